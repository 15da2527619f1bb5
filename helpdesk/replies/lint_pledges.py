"""Promises of money or goods by their verb: "we refund you", "wir schicken Ihnen einen neuen", "le devolveremos todo".

The words of lint_words.toml tell a promise where a word for it stands beside one for the future; many languages promise
in the present tense, with nothing but the first person. The patterns stand in lint_pledges.toml, and are read over
folded lower-case text, sentence by sentence.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_GAP, _WIDE = r"[^.?!;\n]{0,40}?", r"[^.?!;\n]{0,60}?"


@cache
def pledge(cjk: bool = False) -> re.Pattern[str]:
    """All patterns of the Latin languages, or of Chinese and Japanese, as one."""
    data = tomllib.loads(Path(__file__).with_name("lint_pledges.toml").read_text(encoding="utf-8"))
    joined = "|".join(data["cjk" if cjk else "latin"])
    return re.compile(joined.replace("PAPER", data["paper"]).replace("WIDE", _WIDE).replace("GAP", _GAP))
