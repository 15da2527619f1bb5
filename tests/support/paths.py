"""Where the tests find the project and, where it is laid out beside it, the shared data."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"


def shared() -> Path | None:
    """The folder of shared data beside the project (or $HELPDESK_SHARED); None where there is none."""
    for place in (os.environ.get("HELPDESK_SHARED", ""), str(ROOT.parent / "shared")):
        if place and (Path(place) / "data").is_dir():
            return Path(place)
    return None
