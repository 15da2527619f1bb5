"""Which folder is Inbox, Junk, Sent: a configured name, the server's SPECIAL-USE flag, or a name people know. Pure."""

from __future__ import annotations

import difflib
import functools
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Folders that only group others; a known name counts at the top or under one of these.
_PARENTS = frozenset({"", "inbox", "[gmail]", "[google mail]", "[googlemail]", "mail"})
_NO_MAIL = frozenset({"\\noselect", "\\nonexistent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A folder of the server's list: the name people see, the wire's, its flags in lower case, its delimiter."""

    name: str
    wire: str
    flags: frozenset[str]
    delimiter: str

    @property
    def path(self) -> tuple[str, str]:
        """(parent, own name), both folded."""
        parent, _, leaf = self.name.rpartition(self.delimiter) if self.delimiter else ("", "", self.name)
        return fold(parent), fold(leaf)


class NoSuchFolderError(LookupError):
    """A configured folder is not there. `nearest`: the existing name most like it, "" if none is."""

    def __init__(self, wanted: str, nearest: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.nearest = nearest


def fold(name: str) -> str:
    """A name for comparing: one Unicode form, no case."""
    return unicodedata.normalize("NFC", name).casefold().strip()


def choose(listed: Sequence[Listed], role: str, wanted: str) -> Listed | None:
    """The folder for a role ("inbox", "junk", "sent"), None if there is none or `wanted` is "".

    `wanted`: "auto" or a name as people or the wire write it. Raises NoSuchFolderError for a name that is not there.
    """
    usable = [folder for folder in listed if not folder.flags & _NO_MAIL]
    if not wanted:
        return None
    if wanted == "auto":
        return _flagged(usable, role) or _known(usable, role)
    return _named(usable, wanted)


def _named(usable: Sequence[Listed], wanted: str) -> Listed:
    for same in (
        [f for f in usable if wanted in {f.name, f.wire}],
        [f for f in usable if fold(f.name) == fold(wanted)],
        [f for f in usable if f.path[1] == fold(wanted) and f.path[0] in _PARENTS],  # "Junk" where all lies in INBOX
    ):
        if len(same) == 1 or (same and fold(wanted) == "inbox"):
            return same[0]
    by_fold = {fold(f.name): f.name for f in usable}
    near = difflib.get_close_matches(fold(wanted), list(by_fold), n=1, cutoff=0.4)
    raise NoSuchFolderError(wanted, by_fold[near[0]] if near else "")


def _flagged(usable: Sequence[Listed], role: str) -> Listed | None:
    flags = {"\\" + role, "\\spam"} if role == "junk" else {"\\" + role}  # \Spam: Google's XLIST
    hits = [f for f in usable if f.flags & flags]
    return min(hits, key=lambda f: f.name.count(f.delimiter) if f.delimiter else 0, default=None)


def _known(usable: Sequence[Listed], role: str) -> Listed | None:
    if role == "inbox":
        return next((f for f in usable if fold(f.name) == "inbox"), None)
    ranks = _ranks()[role]
    hits = []
    for folder in usable:
        parent, leaf = folder.path
        if leaf in ranks and parent in _PARENTS:
            hits.append((ranks[leaf], parent != "", folder))
    return min(hits, key=lambda hit: hit[:2])[2] if hits else None


@functools.cache
def _ranks() -> dict[str, dict[str, int]]:
    """role → folded name → rank, from folder_names.toml."""
    table = tomllib.loads(Path(__file__).with_name("folder_names.toml").read_text(encoding="utf-8"))
    return {role: {fold(n): i for i, n in reversed(list(enumerate(names)))} for role, names in table.items()}
