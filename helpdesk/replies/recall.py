"""What this seller answered before to questions like this one: asked of the store, kept as an index, offered again.

The index holds counts of letters and numbers of events, no words: a buyer who is erased is gone from it as soon as the
store has forgotten the answer. It is filled in portions, so that nothing else waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpdesk.domain import Ticket
from helpdesk.replies.lint import blocking, lint
from helpdesk.replies.retrieval import SAME, Vectors, ranked
from helpdesk.replies.reuse import adapted
from helpdesk.store import answers
from helpdesk.store.engine import Store

#: So many of a language's newest answers are compared with; twice as many before the older half is let go.
MOST = 1000
#: Texts indexed in one go: about 20 ms.
PORTION = 60
#: Offered at most, out of so many of the nearest.
OFFERED, LOOKED_AT = 3, 12
#: What the rules say of a gap to be filled in does not keep an answer from being offered.
GAPS = frozenset({"placeholder"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An answer of ours to another buyer, made fit for this one. `event` is its number in the history."""

    event: int
    ticket: int
    text: str


@dataclass(slots=True)
class Shelf:
    """One language's answered questions, oldest first."""

    vectors: Vectors = field(default_factory=Vectors)
    kept: list[answers.Asked] = field(default_factory=list)  #: without the questions
    newest: int = -1
    busy: bool = False

    def put(self, found: list[answers.Asked]) -> None:
        """Behind the others."""
        self.vectors.add([one.question for one in found])
        self.kept += [one._replace(question="") for one in found]
        if len(self.kept) > 2 * MOST:
            self.vectors.keep(MOST)
            del self.kept[:-MOST]


class Recall:
    """The seller's memory of its answers, over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelves: dict[str, Shelf] = {}

    async def nearest(self, ticket: Ticket, words: str, variables: Mapping[str, str]) -> list[Earlier]:
        """Up to three, nearest first; never of the same conversation, never one that the message rules block."""
        if not words.strip():
            return []
        shelf = await self._filled(ticket.language)
        bonus = [SAME * (one.topic == ticket.topic is not None) for one in shelf.kept]
        places = ranked(shelf.vectors.near(words), bonus)
        near = [shelf.kept[place] for place in places if shelf.kept[place].ticket != ticket.id]
        return await self._read([n.event for n in near[:LOOKED_AT]], ticket, variables)

    async def one(self, event: int, ticket: Ticket, variables: Mapping[str, str]) -> Earlier | None:
        """One answer by its event; None when it is not there any more."""
        return next(iter(await self._read([event], ticket, variables)), None)

    async def _read(self, events: list[int], ticket: Ticket, variables: Mapping[str, str]) -> list[Earlier]:
        async with self._store.read() as tx:
            rows = await answers.by_events(tx, events)
        made: list[Earlier] = []
        for row in rows:
            if len(made) == OFFERED:
                break
            text = adapted(row.text, variables, orders=row.orders, titles=row.titles, name=row.name)
            if not text or any(text == one.text for one in made):
                continue
            wrong = blocking(lint(text, marketplace=ticket.marketplace.partition("_")[0]))
            if all(finding.rule in GAPS for finding in wrong):
                made.append(Earlier(event=row.event, ticket=row.ticket, text=text))
        return made

    async def _filled(self, language: str) -> Shelf:
        """The language's shelf, with what was answered since; while another call fills it, as it is."""
        shelf = self._shelves.setdefault(language, Shelf())
        if shelf.busy:
            return shelf
        shelf.busy = True
        try:
            async with self._store.read() as tx:
                last = await answers.last_event(tx)
                if shelf.newest < 0:
                    found = await answers.asked(tx, language, MOST)
                else:
                    found = await answers.asked_since(tx, language, shelf.newest, MOST) if last > shelf.newest else []
            found.reverse()
            for start in range(0, len(found), PORTION):
                shelf.put(found[start : start + PORTION])
                async with self._store.read() as tx:  # others get their turn
                    await answers.last_event(tx)
            shelf.newest = last
        finally:
            shelf.busy = False
        return shelf
