"""`make bench`: every benchmark one after another, each against a floor timed in the same run.

python -m benchmarks [NAME …]      names are those of the files, without "bench_"
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(chosen: list[str]) -> int:
    """Run them; 2 for a name that is none."""
    known = names()
    for name in chosen:
        if name not in known:
            print(f"no benchmark {name!r}: there are {', '.join(known)}", file=sys.stderr)
            return 2
    code = 0
    for name in chosen or known:
        print(f"== {name}", flush=True)
        # a process each: one's memory and caches are not another's
        code |= subprocess.run(
            [sys.executable, "-m", f"benchmarks.bench_{name}"], check=False, cwd=HERE.parent
        ).returncode
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
