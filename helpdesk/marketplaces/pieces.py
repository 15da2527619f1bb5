"""Long lists of phrases, looked for in many texts."""

from __future__ import annotations

from collections.abc import Iterable


class Phrases:
    """Pieces of text in lower case, any of which may stand in another; a text in ASCII is asked for such alone."""

    __slots__ = ("_all", "_ascii")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._all = tuple(phrases)
        self._ascii = tuple(phrase for phrase in self._all if phrase.isascii())

    def stand_in(self, lowered: str) -> bool:
        """Does any of them stand in this lower-case text?"""
        return any(map(lowered.__contains__, self._ascii if lowered.isascii() else self._all))
