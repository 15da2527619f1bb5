"""Classify: raw bytes to verdict, features and topics included, on one core; the floor is the standard library's parse.

    python -m benchmarks.bench_classify [--data junk.tar.gz] [--json]

Without --data, invented mails are judged; with it, a tar of real ones. Counted is CPU time of this process.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import time
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any

from helpdesk.app.judging import LazyJudge
from helpdesk.intake.read import read
from helpdesk.sandbox import letters

BATCH = 200


def load(path: Path | None) -> list[bytes]:
    """The mails to judge."""
    if path is None:
        return letters.shop(2000)
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        return [file.read() for file in files if file is not None]


def measure(mails: list[bytes]) -> dict[str, Any]:
    """CPU time of both ways over the same mails."""
    began = time.perf_counter()
    judge = LazyJudge()
    judge.load()
    loaded = time.perf_counter() - began
    judge.warm()
    now = datetime.now(UTC)
    began = time.process_time()
    for start in range(0, len(mails), BATCH):
        judge([read(raw, arrived=now) for raw in mails[start : start + BATCH]], "junk")
    ours = time.process_time() - began
    began = time.process_time()
    for raw in mails:
        parsed = BytesParser(policy=compat32).parsebytes(raw)
        for part in parsed.walk():
            if not part.is_multipart():
                part.get_payload(decode=True)
    floor = time.process_time() - began
    size = sum(map(len, mails)) / len(mails)
    return {
        "mails": len(mails),
        "bytes_a_mail": round(size),
        "mails_per_cpu_second": round(len(mails) / ours),
        "floor_mails_per_cpu_second": round(len(mails) / floor),
        "load_seconds": round(loaded, 2),
    }


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    found = measure(load(chosen.data))
    if chosen.json:
        print(json.dumps(found))
        return
    rate, least = found["mails_per_cpu_second"], found["floor_mails_per_cpu_second"]
    print(
        f"classify, {found['mails']} mails of {found['bytes_a_mail']} bytes: {rate} mails a CPU second; "
        f"floor (parsing alone) {least}; model loaded in {found['load_seconds']} s"
    )


if __name__ == "__main__":
    main()
