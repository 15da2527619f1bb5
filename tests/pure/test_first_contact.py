"""How the reading of what lay in a mailbox before is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from helpdesk.intake.first_contact import FirstContact, Reached
from helpdesk.slack.home import HomeView, home


def contact(done: int, of: int, left: float | None = None, *, going: bool = True) -> FirstContact:
    """The first contact of a mailbox called shop."""
    return FirstContact(mailbox="shop", reached=Reached(done=done, of=of, left=left), going=going)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (contact(3200, 8013, 250.0), "Reading mailbox shop: 3,200 of 8,013 mails, about 4 min left."),
        (contact(8000, 8013, 2.0), "Reading mailbox shop: 8,000 of 8,013 mails, less than a minute left."),
        (contact(200, 190_000, 17_000.0), "Reading mailbox shop: 200 of 190,000 mails, about 5 h left."),
        (contact(200, 8013), "Reading mailbox shop: 200 of 8,013 mails."),
        (contact(8013, 8013), "Reading mailbox shop: 8,013 of 8,013 mails, now they are filed."),
        (
            contact(3200, 8013, 250.0, going=False),
            "Reading mailbox shop stopped at 3,200 of 8,013 mails; helpdesk run or sync goes on from there.",
        ),
    ],
)
def test_it_is_told_in_one_sentence(told: FirstContact, sentence: str) -> None:
    """How far, how long still, and whether anybody is at it."""
    assert str(told) == sentence


def test_the_home_tab_begins_with_it() -> None:
    """An agent who sees an empty queue must know that it is still filling."""
    now = datetime(2026, 11, 24, 11, tzinfo=UTC)
    shown = home(HomeView(user="U0MIA0001", reading=[contact(3200, 8013, 250.0)]), now, UTC)
    first: dict[str, Any] = shown["blocks"][0]

    assert first["type"] == "context"
    assert "Reading mailbox shop: 3,200 of 8,013 mails, about 4 min left." in first["elements"][0]["text"]
