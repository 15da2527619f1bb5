"""Reads what several reports share, in one place: response figures, the watch list, and the quality of rescue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdesk.reports import watchlist as pure
from helpdesk.reports.figures import Figures, Window, figures
from helpdesk.settings import WatchList
from helpdesk.store import dashboard
from helpdesk.store import figures as messages
from helpdesk.store import watchlist as queries
from helpdesk.store.engine import Tx

#: Counted in the triage's own report: what became of a person's look at uncertain mails.
LABELS = ("buyer", "spam", "topic")


async def response(tx: Tx, asked: Window) -> tuple[dict[str, Figures], Figures]:
    """The figures of DOMAIN 1.3 of a window: each group's, and those of all."""
    found = await messages.window(tx, since=asked.since, until=asked.until, by=asked.by, offsets=asked.offsets)
    return figures(found, asked.by)


async def watched(tx: Tx, limits: WatchList, now: datetime) -> tuple[list[pure.Entry], dict[int, str]]:
    """The watch list and the words behind it."""
    rows = await queries.contacts(tx, pure.windows(limits, now), pure.itemless())
    rated = await queries.negative(tx, (now - timedelta(days=limits.of(pure.NEGATIVE)[1])).date())
    contacts = [*pure.of_tickets(rows), *pure.of_feedback(rated)]
    found = pure.entries(contacts, await queries.marks(tx), limits, now)
    return found, await queries.words(tx, pure.shown_tickets(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well Junk was watched and mails were judged, in (since, until]."""

    rescued: int  #: tickets' mails rescued out of Junk
    rescued_in_time: int  #: their messages answered within the limit
    cost: float | None  #: the late rate, had all of them stayed in Junk
    late_rate: float | None
    verdicts: Mapping[str, int]  #: mails judged, by verdict
    junk: Mapping[str, int]  #: of them, those that lay in Junk
    corrections: Mapping[str, int]  #: what people's clicks said: buyer, spam, topic
    drift: float | None  #: corrections per 100 judged mails, less those of the span before; None without mails

    @property
    def review_rate(self) -> float | None:
        """The share of judged mails that a person had to look at."""
        judged = sum(self.verdicts.values())
        return self.verdicts.get("review", 0) / judged if judged else None


async def quality(tx: Tx, since: datetime, until: datetime) -> Quality:
    """Rescue and triage over a window."""
    before = since - (until - since)
    mails = await dashboard.mail_counts(tx, since, until)
    earlier = await dashboard.mail_counts(tx, before, since)
    clicks = [one for one in await dashboard.corrections(tx, before) if one.at <= until]
    now_clicks = [one for one in clicks if one.at > since]
    rescued = await dashboard.rescued_messages(tx, since, until)
    total = (await response(tx, Window(since=since, until=until)))[1]
    in_time = sum(
        one.response_seconds is not None and (one.limit_seconds is None or one.response_seconds <= one.limit_seconds)
        for one in rescued
    )
    verdicts: dict[str, int] = {}
    junk: dict[str, int] = {}
    for (verdict, role), number in mails.items():
        if role != "sent":
            verdicts[verdict] = verdicts.get(verdict, 0) + number
        if role == "junk":
            junk[verdict] = junk.get(verdict, 0) + number
    events = await dashboard.event_counts(tx, since, until, ["rescued"])
    missed = total.late + total.unanswered
    return Quality(
        rescued=events.get("rescued", 0),
        rescued_in_time=in_time,
        cost=(missed + in_time) / total.eligible if total.eligible else None,
        late_rate=total.late_rate,
        verdicts=verdicts,
        junk=junk,
        corrections={label: sum(one.label == label for one in now_clicks) for label in LABELS},
        drift=_drift(len(now_clicks), sum(verdicts.values()), len(clicks) - len(now_clicks), _judged(earlier)),
    )


def _judged(mails: Mapping[tuple[str, str], int]) -> int:
    return sum(number for (_, role), number in mails.items() if role != "sent")


def _drift(clicks: int, judged: int, clicks_before: int, judged_before: int) -> float | None:
    """Corrections per 100 judged mails, against the span before."""
    if not judged or not judged_before:
        return None
    return 100 * clicks / judged - 100 * clicks_before / judged_before
