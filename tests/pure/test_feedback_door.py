"""The door to Amazon's Selling Partner API, against its documented shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from helpdesk.errors import DoorError
from helpdesk.feedback.door import SellingPartner

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
TEXT = "Date\tRating\n商品\n"


class ApiError(Exception):
    """As the library's SellingApiException: a status in `code`, Amazon's words in `message`, and the headers."""

    def __init__(self, code: int, message: str = "", rate: str = "") -> None:
        self.code, self.message, self.amzn_code = code, message, "Code"
        self.headers = {"x-amzn-RateLimit-Limit": rate} if rate else {}


class SignInError(Exception):
    """As the library's AuthorizationError: the status is in `status_code`."""

    def __init__(self, status: int) -> None:
        self.status_code, self.error_code, self.message = status, "invalid_grant", "an invalid refresh token"


class Reports:
    """python-amazon-sp-api's Reports, with answers as Amazon documents them."""

    def __init__(self, *statuses: str, error: Exception | None = None, times: int = 100) -> None:
        self.statuses, self.error, self.times = list(statuses), error, times
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def create_report(self, **named: Any) -> SimpleNamespace:
        """POST /reports/2021-06-30/reports."""
        self.calls.append(("create", named))
        if self.error and self.times:
            self.times -= 1
            raise self.error
        return SimpleNamespace(payload={"reportId": "R1"})

    def get_report(self, number: str) -> SimpleNamespace:
        """GET /reports/2021-06-30/reports/R1."""
        self.calls.append(("look", {"number": number}))
        status = self.statuses.pop(0) if self.statuses else "IN_PROGRESS"
        if status.isdigit():
            raise ApiError(int(status), "no such report")
        done = {"reportDocumentId": "D1"} if status == "DONE" else {}
        return SimpleNamespace(payload={"reportId": "R1", "processingStatus": status, **done})

    def get_report_document(self, number: str, **named: Any) -> SimpleNamespace:
        """GET /reports/2021-06-30/documents/D1, downloaded and decoded as told."""
        self.calls.append(("document", {"number": number, **named}))
        raw = TEXT.encode("cp932")
        return SimpleNamespace(payload={"reportDocumentId": "D1", "document": raw.decode(named["character_code"])})


async def no_sleep(_seconds: float) -> None:
    """Time passes at once."""


def partner(reports: Reports) -> SellingPartner:
    """The door over a fake library."""
    return SellingPartner({}, make=lambda _marketplace: reports, sleep=no_sleep)


async def test_a_report_comes_through_byte_by_byte() -> None:
    """Asked for by marketplace from a day on, looked after, fetched; its bytes are untouched."""
    reports = Reports("IN_QUEUE", "IN_PROGRESS", "DONE")

    assert await partner(reports).fetch("JP", SINCE) == TEXT.encode("cp932")
    assert reports.calls[0] == (
        "create",
        {
            "reportType": "GET_SELLER_FEEDBACK_DATA",
            "dataStartTime": "2026-11-01T00:00:00+00:00",
            "marketplaceIds": ["A1VC38T7YXB528"],
        },
    )
    assert [name for name, _ in reports.calls] == ["create", "look", "look", "look", "document"]


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL"])
async def test_cancelled_is_unknown(status: str) -> None:
    """A cancelled report is none, and the next time a new one is asked for."""
    reports = Reports(status, "DONE")
    amazon = partner(reports)

    assert await amazon.fetch("US", SINCE) is None
    assert await amazon.fetch("US", SINCE) is not None
    assert [name for name, _ in reports.calls].count("create") == 2


async def test_a_slow_report_is_not_asked_for_twice() -> None:
    """A report still in the making is looked after again the next time."""
    reports = Reports()
    amazon = partner(reports)
    assert await amazon.fetch("US", SINCE) is None
    reports.statuses = ["DONE"]

    assert await amazon.fetch("US", SINCE) is not None
    assert [name for name, _ in reports.calls].count("create") == 1


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ApiError(429), False), (ApiError(500), False), (ApiError(503), False), (ApiError(400), True),
        (ApiError(403, "Access to requested resource is denied."), True),
        (ApiError(403, "The access token you provided has expired."), False),
        (SignInError(400), True), (SignInError(503), False), (OSError("no route"), False),
    ],
)  # fmt: skip
async def test_the_librarys_errors_become_ours(error: Exception, permanent: bool) -> None:
    """Whoever asked is told whether trying again can help."""
    with pytest.raises(DoorError) as caught:
        await partner(Reports(error=error)).fetch("US", SINCE)

    assert caught.value.permanent is permanent


@pytest.mark.parametrize(
    ("error", "paused"),
    [
        (ApiError(429, rate="0.5"), 2.0), (ApiError(429, rate="0.0167"), 1 / 0.0167), (ApiError(429), 65.0),
        (ApiError(429, rate="0.0001"), 65.0), (ApiError(429, rate="much"), 65.0), (ApiError(503), 15.0),
    ],
)  # fmt: skip
async def test_what_passes_is_waited_out(error: Exception, paused: float) -> None:
    """Too many calls, or a fault at Amazon's: the call is made again, after the pause that the rate asks for."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    reports = Reports("DONE", error=error, times=2)
    amazon = SellingPartner({}, make=lambda _marketplace: reports, sleep=pause)

    assert await amazon.fetch("US", SINCE) == TEXT.encode("cp932")
    assert pauses == [paused, paused]


async def test_a_report_that_amazon_forgot_is_asked_for_again() -> None:
    """A number that is refused for good is not held on to."""
    reports = Reports("404", "DONE")
    amazon = partner(reports)
    with pytest.raises(DoorError, match="no such report"):
        await amazon.fetch("US", SINCE)

    assert await amazon.fetch("US", SINCE) is not None
    assert [name for name, _ in reports.calls].count("create") == 2


async def test_an_answer_without_its_number() -> None:
    """What Amazon leaves out is named, and asked for again later."""
    reports = Reports("DONE")
    reports.create_report = lambda **_: SimpleNamespace(payload={})  # type: ignore[method-assign]  # an empty answer

    with pytest.raises(DoorError, match="reportId") as caught:
        await partner(reports).fetch("US", SINCE)

    assert not caught.value.permanent


async def test_a_marketplace_that_the_library_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """China has an API of its own: said for good, instead of a crash in every pass."""
    library = SimpleNamespace(Marketplaces=SimpleNamespace(US="us"), Reports=lambda **named: named)
    monkeypatch.setattr("helpdesk.feedback.door.importlib.import_module", lambda _name: library)

    with pytest.raises(DoorError, match="CN") as caught:
        await SellingPartner({}).fetch("CN", SINCE)

    assert caught.value.permanent


async def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the remedy is told."""

    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr("helpdesk.feedback.door.importlib.import_module", missing)

    with pytest.raises(DoorError, match=r"helpdesk\[amazon\]"):
        await SellingPartner({}).fetch("US", SINCE)
