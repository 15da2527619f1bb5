"""The seed's advice: every problem and cause of its table has something to do now and something to change for good."""

from __future__ import annotations

import pytest

from helpdesk.triage.playbook import advice
from helpdesk.triage.topics import TAXONOMY

ROWS = [(topic, cause) for topic, causes in TAXONOMY.items() for cause in causes]


@pytest.mark.parametrize(("topic", "cause"), ROWS)
def test_each_cause_has_its_own_advice(topic: str, cause: str) -> None:
    """No two causes share their long-term advice, and none is empty."""
    found = advice(topic, cause)
    others = {advice(t, c).for_good for t, c in ROWS if (t, c) != (topic, cause)}

    assert found.now
    assert found.for_good
    assert found.for_good not in others


def test_unknown_topic_gets_general_advice() -> None:
    """A topic nobody knows still gets the general lines."""
    assert advice("weather", None) == advice("other")


def test_urgent_flags_add_a_line_each() -> None:
    """Safety and legal words each add a line, unknown flags none."""
    assert len(advice("quality_defect", "unsatisfactory_quality", ["safety", "legal", "moon"]).urgent) == 2
