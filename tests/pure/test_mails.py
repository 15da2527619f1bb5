"""Whole mails as they arrive, one test each: tests/data/mails/NAME.eml with what is expected of it in NAME.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from tests.support.paths import DATA

MAILS = sorted((DATA / "mails").glob("*.eml"))


def seen(reading: Reading) -> dict[str, Any]:
    """A reading as the expectation files name it."""
    return {
        "channel": reading.channel,
        "kind": reading.kind,
        "order_ids": list(reading.order_ids),
        "language": reading.language,
        "customer": reading.customer,
        "reply_to": reading.reply_to,
        "buyer_name": reading.buyer_name,
        "authentic": reading.authentic,
        "suspect": bool(reading.lookalike or reading.suspicion),
        "clock_start": reading.clock_start.isoformat().replace("+00:00", "Z"),
        "subject": reading.parsed.subject,
        "text": reading.text,
        "token": reading.facts.get("token", ""),
        "asin": reading.items[0].asin if reading.items else "",
        "no_response_link": bool(reading.no_response_link),
        "attachments": [[a.name, a.content_type, a.size, a.part] for a in reading.parsed.attachments],
    }


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_is_read_as_written_beside_it(path: Path) -> None:
    """Every field that NAME.json names is read so from NAME.eml."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    reading = read(path.read_bytes(), authserv_id=("mx.shop.example", ""))
    facts = expected.pop("facts", {})
    link = expected.pop("no_response_link_has", "")
    actual = seen(reading)
    assert {name: actual[name] for name in expected} == expected
    assert {name: reading.facts.get(name) for name in facts} == facts
    assert link in reading.no_response_link


def test_every_mail_has_its_expectation() -> None:
    """No .eml without a .json, and a good number of both."""
    assert len(MAILS) >= 60
    assert {p.stem for p in MAILS} == {p.stem for p in (DATA / "mails").glob("*.json")}
