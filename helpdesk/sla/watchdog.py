"""Our own failures: a mailbox out of reach, an outbox that does not move, a clock that jumped; each told once. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from helpdesk.domain import Effect, Mailbox

#: Where the standing incidents are kept.
META = "watchdog"
#: Effects whose queue is watched.
EFFECTS = (Effect.MAIL, Effect.MOVE)

UNREACHED = timedelta(minutes=15)
STUCK = timedelta(minutes=15)
#: So far the wall clock may move against the steady one between two looks.
JUMP = timedelta(seconds=30)
#: A longer gap between two looks was a stop: nobody was watched in between.
GAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the watchdog remembers."""

    looked_at: datetime | None = None
    began_at: datetime | None = None  #: when this watch began: before that nobody could have been reached
    standing: tuple[str, ...] = ()  #: incidents told of and not over yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The new state, and the incidents that begin with it: (name, sentence)."""

    state: State
    begun: list[tuple[str, str]] = field(default_factory=list)


def look(
    boxes: Sequence[Mailbox], stuck: datetime | None, before: State, now: datetime, drift: timedelta = timedelta(0)
) -> Seen:
    """What fails now; an incident is told when it begins and again only after it was over."""
    gap = now - before.looked_at if before.looked_at else timedelta(0)
    began = now if before.began_at is None or gap < timedelta(0) or gap > GAP else before.began_at
    failing = [_unreached(box, began, now) for box in boxes]
    if stuck is not None and now - max(stuck, began) > STUCK:
        failing.append(("outbox", f"Mails have not left the outbox since {_at(stuck)}: see helpdesk check."))
    failures = dict(one for one in failing if one is not None)
    begun = [(name, text) for name, text in failures.items() if name not in before.standing]
    if abs(drift) > JUMP:
        way = "ahead" if drift > timedelta(0) else "back"
        text = (
            f"This machine's clock jumped {way} by {int(abs(drift).total_seconds())} s to {_at(now)}: check its time."
        )
        begun.append(("clock", text))
    return Seen(state=State(looked_at=now, began_at=began, standing=tuple(sorted(failures))), begun=begun)


def _unreached(box: Mailbox, began: datetime, now: datetime) -> tuple[str, str] | None:
    since = max(box.seen_at or began, began)
    if now - since <= UNREACHED:
        return None
    last = _at(box.seen_at) if box.seen_at else "never"
    why = " ".join(box.error.split())[:200]
    reason = f" ({why})" if why else ""
    return f"mailbox:{box.name}", f"Mailbox {box.name} has not been reached for 15 minutes, last {last}{reason}."


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def write(state: State) -> str:
    """The state as text."""
    moments = {name: at.isoformat() if at else None for name, at in _moments(state).items()}
    return json.dumps({**moments, "standing": list(state.standing)})


def read(text: str | None) -> State:
    """The state from text; an empty one where there is none."""
    if not text:
        return State()
    kept = json.loads(text)
    return State(
        looked_at=_moment(kept.get("looked_at")),
        began_at=_moment(kept.get("began_at")),
        standing=tuple(kept.get("standing", ())),
    )


def _moments(state: State) -> dict[str, datetime | None]:
    return {"looked_at": state.looked_at, "began_at": state.began_at}


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
