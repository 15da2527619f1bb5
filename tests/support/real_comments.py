"""Comments that people wrote, read out of the shared data where it lies beside the project; none is kept here."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Container, Iterator
from pathlib import Path

from helpdesk.intake.read import read

#: What the collection put round a comment to make a mail of it.
_AFTER = re.compile(
    r"(?:Pedido: |订单号|Order number|Obrigado, |Att, |谢谢|Please see the attached|Thanks!!|I want my money)"
)
_BEFORE = re.compile(r"^(Bom dia|Olá|你好|您好|Hi there|Hello|Hi|Dear Seller|Good morning)[,，]\s*")
_SIGNED = re.compile(r"\s(Best|Regards|Thanks|Thank you\.?),? [A-Z][a-z]+$|(刘洋|李娜|王伟|张敏|陈静|杨帆)$")


def real_comments(place: Path, wanted: Container[str]) -> Iterator[tuple[str, str]]:
    """(file, comment) of each wanted mail of the junk benchmark."""
    with tarfile.open(place / "data" / "junk_bench_open.tar.gz") as tar:
        for member in tar:
            name = member.name.rpartition("/")[2]
            content = tar.extractfile(member) if name in wanted else None
            if content is not None:
                text = " ".join(read(content.read()).text.split())
                yield name, _SIGNED.sub("", _BEFORE.sub("", _AFTER.split(text)[0])).strip()
