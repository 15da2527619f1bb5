"""From which state a feedback may go to which, and what a person is told where it may not. Pure."""

from __future__ import annotations

import difflib

from helpdesk.domain_feedback import Feedback, FeedbackState
from helpdesk.errors import RefusedError, UsageError

S = FeedbackState

#: States a person can name. `gone` and `expired` are found out, not said.
BY_HAND = (S.NEW, S.APPROVED, S.SUBMITTED, S.REMOVED, S.STRUCK, S.REFUSED, S.REPLIED, S.CONTACTED, S.DISMISSED)

#: What follows only upon a request: marking it without one is allowed, as the request may have been made elsewhere.
ENDS = (S.REMOVED, S.STRUCK)


def answered_only(item: Feedback) -> bool:
    """Can what was submitted only have been a reply or a message? Nothing about it could be removed."""
    return item.verdict == "no" and item.recommended in ("public_reply", "contact")


def was_contacted(item: Feedback) -> bool:
    """Was the buyer written to about it, and is it still there?"""
    return item.state == S.CONTACTED or (
        item.state == S.SUBMITTED and answered_only(item) and item.recommended == "contact"
    )


def order_said(item: Feedback) -> str:
    """The order's number as people are shown it; a forgotten buyer's is no more."""
    return "erased" if item.facts.get("forgotten") else item.order_id


def state_named(text: str) -> FeedbackState:
    """The state a person named. Raises UsageError that names the nearest."""
    name = text.strip().lower().replace("-", "_")
    names = [str(s) for s in BY_HAND]
    if name in names:
        return FeedbackState(name)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    raise UsageError(f"state {text!r} is unknown{hint} Known: {', '.join(names)}")


def may_become(current: FeedbackState, wanted: FeedbackState) -> None:
    """Raises RefusedError where the change would hide what happened."""
    if current == wanted or wanted is S.NEW:
        return
    if current in ENDS:
        raise RefusedError(f"this feedback is {current}: it counts no more, there is nothing left to do")
    if current == S.GONE and wanted not in ENDS:
        raise RefusedError("this feedback is gone from the marketplace's report: there is nothing left to do")
    if current == S.REFUSED and wanted in {S.APPROVED, S.SUBMITTED}:
        raise RefusedError(
            "Amazon refused this request: do not open repeat cases; answer publicly or write to the buyer"
        )
    if current == S.EXPIRED and wanted in {S.APPROVED, S.SUBMITTED}:
        raise RefusedError("the 90 days for a removal request have passed: answer publicly or write to the buyer")
