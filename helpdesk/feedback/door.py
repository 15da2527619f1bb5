"""The way to Amazon's Selling Partner API for the feedback report (DOMAIN 4.4, 4.6). Holds no rules.

Needs the extra `amazon` (python-amazon-sp-api). A report is asked for, looked after until it is done, fetched once.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from helpdesk.errors import DoorError
from helpdesk.marketplaces.countries import country

REPORT = "GET_SELLER_FEEDBACK_DATA"
#: Seconds between looks at a report in the making: Amazon allows two a second, a report takes minutes.
LOOK_EVERY = 15.0
#: Looks before we come back another time.
LOOKS = 40
#: How often a call is made again, the statuses it is made again for, and the longest pause in seconds (createReport
#: and getReportDocument are allowed once a minute).
PATIENCE = 3
TOO_MANY, BROKEN = 429, frozenset({500, 502, 503, 504})
LONGEST_PAUSE = 65.0

Sleep = Callable[[float], Awaitable[None]]


class SellingPartner:
    """Reports by python-amazon-sp-api; `make` builds its `Reports` for a marketplace (tests hand in their own)."""

    def __init__(
        self,
        credentials: dict[str, str],
        make: Callable[[str], Any] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._credentials, self._sleep = credentials, sleep
        self._make = make or self._reports
        self._waiting: dict[str, str] = {}  # marketplace → report that was asked for and is not done

    def _reports(self, marketplace: str) -> Any:
        try:
            api = importlib.import_module("sp_api.api")
            base = importlib.import_module("sp_api.base")
        except ImportError:
            raise DoorError(
                "the Selling Partner API needs an extra: pip install 'helpdesk[amazon]'", permanent=True
            ) from None
        place = getattr(base.Marketplaces, country(marketplace).code, None)
        if place is None:  # China has an API of its own
            raise DoorError(
                f"the Selling Partner API does not serve {marketplace}: take it out of fetch", permanent=True
            )
        return api.Reports(credentials=self._credentials, marketplace=place)

    async def fetch(self, marketplace: str, since: datetime) -> bytes | None:
        """The report from `since` on; None while it is in the making or says nothing. Raises DoorError."""
        reports = self._make(marketplace)
        number = self._waiting.get(marketplace)
        if number is None:
            number = await self._asked(reports, marketplace, since)
            self._waiting[marketplace] = number
        try:
            return await self._awaited(reports, marketplace, number)
        except DoorError as error:
            if error.permanent:
                self._waiting.pop(marketplace, None)  # the next time another is asked for
            raise

    async def _awaited(self, reports: Any, marketplace: str, number: str) -> bytes | None:
        for _ in range(LOOKS):
            found = await self._call(reports.get_report, number)
            status = str(found.get("processingStatus") or "")
            if status == "DONE":
                data = await self._document(reports, _told(found, "reportDocumentId"))
                del self._waiting[marketplace]
                return data
            if status in {"CANCELLED", "FATAL"}:  # unknown, not "no feedback"
                del self._waiting[marketplace]
                return None
            await self._sleep(LOOK_EVERY)
        return None

    async def _asked(self, reports: Any, marketplace: str, since: datetime) -> str:
        # only a start: with an end as well Amazon cancels more often
        made = await self._call(
            reports.create_report,
            reportType=REPORT,
            dataStartTime=since.astimezone(UTC).isoformat(),
            marketplaceIds=[country(marketplace).marketplace_id],
        )
        return _told(made, "reportId")

    async def _document(self, reports: Any, number: str) -> bytes:
        # read as Latin-1 every byte comes through unchanged; what the bytes mean is the report reader's business
        found = await self._call(reports.get_report_document, number, download=True, character_code="iso-8859-1")
        return str(found.get("document") or "").encode("iso-8859-1")

    async def _call(self, method: Callable[..., Any], *given: Any, **named: Any) -> dict[str, Any]:
        """A call of the library, which blocks, in a thread; its errors become ours. What passes by itself (too many
        calls, a fault at Amazon's) is waited out a few times."""
        for left in range(PATIENCE, -1, -1):
            try:
                answer = await asyncio.to_thread(method, *given, **named)
            except DoorError:
                raise
            except Exception as error:
                status = _status(error)
                if left and (status == TOO_MANY or status in BROKEN):
                    await self._sleep(_pause(error) if status == TOO_MANY else LOOK_EVERY)
                    continue
                said = _said(error)
                # the library keeps a token a little longer than it may; it takes another by itself
                permanent = 400 <= status < 500 and status != TOO_MANY and "expired" not in said
                raise DoorError(f"Selling Partner API: {said}", permanent=permanent) from error
            return answer.payload if isinstance(answer.payload, dict) else {}
        raise AssertionError("the last round returns or raises")


def _status(error: Exception) -> int:
    """The HTTP status an error of the library stands for: `code` with the API, `status_code` with the sign-in."""
    found = getattr(error, "status_code", None) or getattr(error, "code", None)
    return found if isinstance(found, int) else 0


def _said(error: Exception) -> str:
    """What an error says; the library keeps Amazon's words in `message`, and headers beside them."""
    code = getattr(error, "amzn_code", None) or getattr(error, "error_code", None) or type(error).__name__
    return f"{code}: {getattr(error, 'message', None) or error}"


def _pause(error: Exception) -> float:
    """Seconds until a call is allowed again: one over the rate that the answer names (calls a second)."""
    headers = getattr(error, "headers", None) or {}
    try:
        rate = float(headers.get("x-amzn-RateLimit-Limit") or 0)
    except ValueError:
        rate = 0.0
    return min(max(1 / rate, 1.0), LONGEST_PAUSE) if rate > 0 else LONGEST_PAUSE


def _told(found: dict[str, Any], name: str) -> str:
    """A value that every answer of its kind holds."""
    value = found.get(name)
    if not value:
        raise DoorError(f"Selling Partner API: an answer without {name}; it is asked again later")
    return str(value)
