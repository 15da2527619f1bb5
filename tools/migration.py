"""Write a migration from the difference between the tables and the migrations so far.

`python -m tools.migration "what changed"` adds the next revision; `--first` writes
0001 anew (before the first release).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from helpdesk.store.engine import Store
from helpdesk.store.schema import MIGRATIONS


def revise(connection: Connection, message: str, number: str) -> None:
    """Bring an empty database to the newest revision, then write the difference as the next one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    command.revision(config, message, autogenerate=True, rev_id=number)


async def main(message: str, *, first: bool) -> None:
    """Write the revision and format it."""
    versions = MIGRATIONS / "versions"
    if first:
        for path in versions.glob("*.py"):
            path.unlink()
    number = f"{len(list(versions.glob('*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        store = Store.connect(f"sqlite:///{folder}/x.db")
        async with store.write() as tx:
            await tx.run_sync(revise, message, number)
        await store.close()


def tidy() -> None:
    """Format what was written."""
    versions = MIGRATIONS / "versions"
    for step in (["format", "-q"], ["check", "-q", "--fix"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(versions)], check=True)
    print(sorted(Path(p).name for p in versions.glob("*.py")))


if __name__ == "__main__":
    words = [a for a in sys.argv[1:] if a != "--first"]
    asyncio.run(main(words[0] if words else "initial", first="--first" in sys.argv))
    tidy()
