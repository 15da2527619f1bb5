"""Classify: raw bytes to verdict, features and topics included, on one core; the floor is the standard library's parse.

    python -m benchmarks.bench_classify [--data junk.tar.gz] [--json]

Two kinds of mail are judged: invented ones, small, and real ones where there are any: the tar of --data, else the open
benchmark of $HELPDESK_SHARED/data or ../shared/data. Counted is CPU time of this process, every mail seen for the first
time; the floor is timed in between, since a busy host moves both.
"""

from __future__ import annotations

import argparse
import json
import os
import tarfile
import time
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any

from helpdesk.app.judging import LazyJudge
from helpdesk.errors import UnreadableMailError
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.sandbox import letters

BATCH = 200
ROOT = Path(__file__).resolve().parents[1]


def real_mail(chosen: Path | None) -> Path | None:
    """The tar of real mails: the chosen one, or what lies beside the project."""
    places = [Path(os.environ.get("HELPDESK_SHARED", "")), ROOT.parent / "shared"]
    known = (place / "data" / "junk_bench_open.tar.gz" for place in places)
    return chosen or next((path for path in known if path.is_file()), None)


def load(path: Path) -> list[bytes]:
    """The mails of a tar."""
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        return [file.read() for file in files if file is not None]


def readings(mails: list[bytes], now: datetime) -> list[Reading]:
    """Those that are mails at all, read."""
    found = []
    for raw in mails:
        try:
            found.append(read(raw, arrived=now))
        except UnreadableMailError:
            continue
    return found


def measure(judge: LazyJudge, mails: list[bytes]) -> dict[str, Any]:
    """CPU time of both ways over the same mails, in turns."""
    now = datetime.now(UTC)
    ours = floor = 0.0
    for start in range(0, len(mails), BATCH):
        batch = mails[start : start + BATCH]
        began = time.process_time()
        judge(readings(batch, now), "junk")
        between = time.process_time()
        for raw in batch:
            for part in BytesParser(policy=compat32).parsebytes(raw).walk():
                if not part.is_multipart():
                    part.get_payload(decode=True)
        ours += between - began
        floor += time.process_time() - between
    return {
        "mails": len(mails),
        "bytes_a_mail": round(sum(map(len, mails)) / len(mails)),
        "mails_per_cpu_second": round(len(mails) / ours),
        "floor_mails_per_cpu_second": round(len(mails) / floor),
        "times_the_floor": round(ours / floor, 2),
    }


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    began = time.perf_counter()
    judge = LazyJudge()
    judge.load()
    judge.warm()
    found: dict[str, Any] = {"load_seconds": round(time.perf_counter() - began, 2)}
    found["invented"] = measure(judge, letters.shop(4000))
    if (path := real_mail(chosen.data)) is not None:
        found["real"] = measure(judge, load(path))
    if chosen.json:
        print(json.dumps(found))
        return
    print(f"model and language profiles loaded in {found['load_seconds']} s")
    for kind in ("invented", "real"):
        if kind in found:
            figures = found[kind]
            print(
                f"classify, {figures['mails']} {kind} mails of {figures['bytes_a_mail']} bytes: "
                f"{figures['mails_per_cpu_second']} mails a CPU second; floor (parsing alone) "
                f"{figures['floor_mails_per_cpu_second']}, {figures['times_the_floor']} times the floor's time"
            )


if __name__ == "__main__":
    main()
