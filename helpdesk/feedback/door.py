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
from helpdesk.feedback.countries import country

REPORT = "GET_SELLER_FEEDBACK_DATA"
#: Seconds between looks at a report in the making: Amazon allows two a second, a report takes minutes.
LOOK_EVERY = 15.0
#: Looks before we come back another time.
LOOKS = 40

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
        return api.Reports(credentials=self._credentials, marketplace=getattr(base.Marketplaces, marketplace))

    async def fetch(self, marketplace: str, since: datetime) -> bytes | None:
        """The report from `since` on; None while it is in the making or says nothing. Raises DoorError."""
        reports = self._make(marketplace)
        number = self._waiting.get(marketplace)
        if number is None:
            number = await self._asked(reports, marketplace, since)
            self._waiting[marketplace] = number
        for _ in range(LOOKS):
            found = await self._call(reports.get_report, number)
            status = str(found.get("processingStatus") or "")
            if status == "DONE":
                del self._waiting[marketplace]
                return await self._document(reports, str(found["reportDocumentId"]))
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
        return str(made["reportId"])

    async def _document(self, reports: Any, number: str) -> bytes:
        # read as Latin-1 every byte comes through unchanged; what the bytes mean is the report reader's business
        found = await self._call(reports.get_report_document, number, download=True, character_code="iso-8859-1")
        return str(found.get("document") or "").encode("iso-8859-1")

    async def _call(self, method: Callable[..., Any], *given: Any, **named: Any) -> dict[str, Any]:
        """A call of the library, which blocks, in a thread; its errors become ours."""
        try:
            answer = await asyncio.to_thread(method, *given, **named)
        except DoorError:
            raise
        except Exception as error:
            code = getattr(error, "code", None)
            permanent = isinstance(code, int) and 400 <= code < 500 and code != 429
            raise DoorError(f"Selling Partner API: {type(error).__name__}: {error}", permanent=permanent) from error
        payload = answer.payload
        return payload if isinstance(payload, dict) else {}
