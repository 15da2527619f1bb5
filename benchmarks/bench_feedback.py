"""How long `helpdesk feedback import` takes for 100,000 different comments; asked: ≤ 10 s.

    python -m benchmarks.bench_feedback [--rows 100000] [--json]

Every comment is one of its own, made of two clauses of the labelled sets and words that no other comment has. The
floor is what nobody can save: cutting the file into cells and inserting the same rows with the standard library. CPU
seconds are those of both processes where two cores share the work; the clock tells little on a machine that others use.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETS = ROOT / "tests" / "data" / "feedback"
HEAD = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "ves", "po", "dra", "nil", "sto", "be", "qua", "fer", "gim", "hul", "ja"]


def comments(count: int, seed: int = 7) -> list[str]:
    """That many different comments, most of them English."""
    dice = random.Random(seed)
    rows = [json.loads(line) for name in sorted(SETS.glob("*.jsonl")) for line in name.read_text("utf-8").splitlines()]
    said = [row["comment"] for row in rows if row.get("comment") and row["language"] == "en"]
    foreign = [row["comment"] for row in rows if row.get("comment") and row["language"] != "en"]
    made: dict[str, None] = {}
    while len(made) < count:
        some = said if dice.random() < 0.8 else foreign
        own = "".join(dice.choice(SYLLABLES) for _ in range(4))
        made[f"{dice.choice(some)} {own} {dice.choice(some)}"[:400]] = None
    return list(made)


def report(count: int) -> str:
    """A report with that many rows, the newest first."""
    rows = [
        f"{1 + n * 11 // count}/{1 + n % 28}/26\t{1 + n % 3}\t{words}\t\t111-0000000-{n:07d}\tx"
        for n, words in enumerate(comments(count))
    ]
    return "\n".join([HEAD, *rows, ""])


def floor(file: Path, folder: Path) -> float:
    """CPU seconds of cutting the file and inserting its rows, nothing judged."""
    begin = time.process_time()
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:]]
    base = sqlite3.connect(folder / "floor.db")
    base.execute("CREATE TABLE feedback (id INTEGER PRIMARY KEY, day, stars, words, answer, number, draft)")
    base.execute("CREATE UNIQUE INDEX feedback_order ON feedback (number)")
    base.executemany(
        "INSERT INTO feedback (day, stars, words, answer, number, draft) VALUES (?,?,?,?,?,?)",
        [(r[0], int(r[1]), r[2], r[3], r[4], r[2]) for r in rows],
    )
    base.commit()
    base.close()
    return time.process_time() - begin


def imported(file: Path, folder: Path) -> tuple[float, float, str]:
    """(CPU seconds, wall seconds, last line) of the command, a process of its own."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk", "feedback", "import", str(file), "--marketplace", "US"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - begin, done.stdout.strip()


def main() -> None:
    """Make the report, import it twice, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = folder / "report.txt"
        file.write_text(report(given.rows), encoding="utf-8")
        least = floor(file, folder)
        first, first_wall, said = imported(file, folder)
        again, again_wall, said_again = imported(file, folder)
    told = {
        "rows": given.rows, "floor_cpu": least, "first_cpu": first, "first_wall": first_wall,
        "again_cpu": again, "again_wall": again_wall,
    }  # fmt: skip
    if given.json:
        print(json.dumps(told))
        return
    print(f"floor, split and insert   {least:7.2f} s CPU")
    print(f"import                    {first:7.2f} s CPU  {first_wall:7.2f} s by the clock   {said}")
    print(f"the same report again     {again:7.2f} s CPU  {again_wall:7.2f} s by the clock   {said_again}")


if __name__ == "__main__":
    main()
