"""Steps: who is told, what a step is called, and overriding a profile key by key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.domain import Ticket
from helpdesk.errors import SettingsError
from helpdesk.marketplaces.profile import SlaProfile
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sla.policy import firing, moments
from helpdesk.sla.profiles import override, rules

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AMAZON = PROFILES["amazon"].sla
HOUR = timedelta(hours=1)


def waiting(**changes: Any) -> Ticket:
    """A ticket whose clock began at BEGIN."""
    ticket = Ticket(
        mailbox="m", marketplace="amazon", buyer="b", received_at=BEGIN, last_mail_at=BEGIN, created_at=BEGIN,
        updated_at=BEGIN, anchor_at=BEGIN,
    )  # fmt: skip
    return ticket.evolve(**changes)  # type: ignore[no-any-return]  # evolve copies


@pytest.mark.parametrize(
    ("hours", "step", "kind", "tell"),
    [
        (12, "12h", "reminder", ("owner",)),
        (20, "20h", "reminder", ("owner", "on_call")),
        (23, "23h", "reminder", ("owner", "on_call", "managers")),
        (24, "24h", "breach", ("owner", "on_call", "managers")),
        (40, "40h", "claim_risk", ("owner", "on_call", "managers")),
    ],
)
def test_who_is_told_at_each_step(hours: int, step: str, kind: str, tell: tuple[str, ...]) -> None:
    """The owner from the first step, on-call from the second, managers from the third; the limit is a breach."""
    found = firing(waiting(), rules(AMAZON, {}, "UTC"), BEGIN + hours * HOUR)

    assert found is not None
    assert (found.step, found.kind, found.tell, found.age) == (step, kind, tell, hours * HOUR)
    assert found.due_at == BEGIN + hours * HOUR


@pytest.mark.parametrize("name", list(PROFILES))
def test_every_profile_has_a_clock(name: str) -> None:
    """Each profile's calendar is known, and its steps come in order."""
    times = [at for _, at in moments(BEGIN, rules(PROFILES[name].sla, {}, "Europe/Berlin"))]
    assert times == sorted(times)
    assert len(set(times)) == len(times) > 0


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ({"limit": "12h"}, "limit", 12 * HOUR),
        ({"limit": "none"}, "limit", None),
        ({"limit": timedelta(hours=2)}, "limit", 2 * HOUR),
        ({"steps": ["2h", "1h", "60m"]}, "steps", (HOUR, 2 * HOUR)),
        ({"steps": []}, "steps", ()),
        ({"calendar": "office"}, "calendar", "office"),
        ({"anchor": "first_in_thread"}, "anchor", "first_in_thread"),
        ({"auto_reply_counts": True}, "auto_reply_counts", True),
        ({"cycle": "18:00-09:30 Asia/Tokyo"}, "cycle", "18:00-09:30 Asia/Tokyo"),
        ({"cycle": ""}, "cycle", ""),
        ({"target": 0.8}, "target", 0.8),
        ({"target": 1}, "target", 1.0),
        ({"windows": [7, 30]}, "windows_days", (7, 30)),
        ({"windows_days": ["7d", "30d"]}, "windows_days", (7, 30)),
        ({"claim_risk": "36h", "steps": ["12h"]}, "steps", (12 * HOUR, 36 * HOUR)),
    ],
)
def test_any_key_can_be_overridden(keys: dict[str, Any], field: str, value: object) -> None:
    """Each key of [sla.NAME] replaces the profile's own; the others stay."""
    changed = override(AMAZON, keys, "sla.amazon")

    assert getattr(changed, field) == value
    untouched = {"limit", "calendar", "anchor", "auto_reply_counts", "target"} - {field}
    assert all(getattr(changed, name) == getattr(AMAZON, name) for name in untouched)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"limits": "12h"}, r"sla\.amazon\.limits is not a key: did you mean limit"),
        ({"limit": "soon"}, r"sla\.amazon\.limit"),
        ({"limit": 24}, r"sla\.amazon\.limit"),
        ({"steps": "12h"}, r"sla\.amazon\.steps"),
        ({"steps": ["12h", "x"]}, r"sla\.amazon\.steps"),
        ({"steps": ["1h"] * 21}, r"sla\.amazon\.steps"),
        ({"anchor": "newest"}, r"sla\.amazon\.anchor"),
        ({"auto_reply_counts": "yes"}, r"sla\.amazon\.auto_reply_counts"),
        ({"cycle": "18-19"}, r'sla\.amazon\.cycle: "18-19" is not a cycle'),
        ({"cycle": "18:00-19:00 Asia/Nowhere"}, r"sla\.amazon\.cycle"),
        ({"cycle": "25:00-19:00 UTC"}, r"sla\.amazon\.cycle"),
        ({"target": 90}, r"sla\.amazon\.target"),
        ({"target": "high"}, r"sla\.amazon\.target"),
        ({"windows": ["12h"]}, r"sla\.amazon\.windows"),
        ({"windows": [0]}, r"sla\.amazon\.windows"),
        ({"claim_risk": "later"}, r"sla\.amazon\.claim_risk"),
    ],
)
def test_a_wrong_override_is_named(keys: dict[str, Any], named: str) -> None:
    """A fault is one line that names table and key."""
    with pytest.raises(SettingsError, match=named):
        override(AMAZON, keys, "sla.amazon")


def test_an_unknown_calendar_names_the_profile() -> None:
    """A profile with a calendar that nobody defined is refused when the rules are made."""
    with pytest.raises(SettingsError, match=r"sla\.amazon\.calendar"):
        rules(override(AMAZON, {"calendar": "offfice"}), {}, "UTC", "sla.amazon")


def test_a_step_over_working_hours_keeps_its_name() -> None:
    """Names come from the profile, times from the calendar."""
    profile = SlaProfile(limit=None, steps=(HOUR,), calendar="business")
    [(name, at)] = moments(datetime(2026, 3, 7, 12, tzinfo=UTC), rules(profile, {}, "UTC"))
    assert (name, at) == ("1h", datetime(2026, 3, 9, 1, tzinfo=UTC))
