"""The files for Grafana and Prometheus in docs/ ask only for metrics and labels that /metrics has."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from helpdesk.domain import OutboxState, Status, Verdict
from helpdesk.store.gauges import Gauges
from helpdesk.web.pages import exposition
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "grafana"
TOLD = exposition(
    Gauges(
        tickets=dict.fromkeys(map(str, Status), 1),
        mails=dict.fromkeys([*map(str, Verdict), "unjudged"], 1),
        outbox={str(state): 1 for state in OutboxState if state != OutboxState.DONE},
        events={"received": 1, "answered": 1, "escalated": 1, "rescued": 1, "acknowledged": 1},
        mailbox_age={"shop": 1.0},
    )
).decode()
METRICS = set(re.findall(r"^(helpdesk_\w+)", TOLD, re.MULTILINE))
LABELS = set(re.findall(r'(\w+)="', TOLD))


def expressions() -> list[str]:
    """Every query of both files."""
    board = json.loads((FOLDER / "helpdesk.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    rules = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    return found + re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)


@pytest.mark.parametrize("query", expressions())
def test_a_query_asks_for_what_is_there(query: str) -> None:
    """Its metrics, its labels and their values exist, its brackets close."""
    names = set(re.findall(r"helpdesk_\w+", query))
    assert names or "up{" in query
    assert names <= METRICS
    for label, operator, value in re.findall(r'(\w+)\s*(=~|=|!=)\s*"([^"]*)"', query):
        if label == "job":
            continue
        assert label in LABELS
        for one in value.split("|") if operator == "=~" else [value]:
            assert f'{label}="{one}"' in TOLD
    for labels in re.findall(r"\bby\s*\(([^)]*)\)", query):
        assert {one.strip() for one in labels.split(",")} <= LABELS
    for opening, closing in ("()", "{}", "[]"):
        assert query.count(opening) == query.count(closing)


def test_the_dashboard_is_whole() -> None:
    """Panels have numbers of their own, titles, and places that do not overlap."""
    board: dict[str, Any] = json.loads((FOLDER / "helpdesk.json").read_text(encoding="utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert panel["title"]
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_alert_says_what_to_do() -> None:
    """Each rule has its query, patience, severity, summary and remedy; names are its own; no tab, no odd indent."""
    text = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    rules = re.split(r"^ +- alert: ", text, flags=re.MULTILINE)[1:]
    assert len({rule.split()[0] for rule in rules}) == len(rules) >= 6
    for rule in rules:
        for part in (
            r"\n +expr: \S",
            r"\n +for: \d+[mh]\n",
            r"severity: (page|ticket)",
            r'summary: "[^"]+"',
            r'remedy: "[^"]+"',
        ):
            assert re.search(part, rule), (rule, part)
    assert "\t" not in text
    assert all((len(line) - len(line.lstrip())) % 2 == 0 for line in text.splitlines())
