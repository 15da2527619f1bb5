"""The keys of [watchlist]: how often an item must be written about before the seed's advice applies to it."""

from __future__ import annotations

from pydantic import Field

from helpdesk.settings.values import Count, Table


class WatchList(Table):
    """[watchlist]: each rule's number of contacts (0: the rule is off) and the days in which they must fall."""

    stock_out: Count = 2
    stock_out_days: int = Field(default=30, ge=1, le=730)
    late_shipment: Count = 3
    late_shipment_days: int = Field(default=30, ge=1, le=730)
    wrong_item: Count = 2
    wrong_item_days: int = Field(default=14, ge=1, le=730)
    not_as_described: Count = 2
    not_as_described_days: int = Field(default=30, ge=1, le=730)
    quality_defect: Count = 3
    quality_defect_days: int = Field(default=90, ge=1, le=730)
    negative_feedback: Count = 3
    negative_feedback_days: int = Field(default=90, ge=1, le=730)
    return_questions: Count = 3
    return_questions_days: int = Field(default=30, ge=1, le=730)

    def of(self, rule: str) -> tuple[int, int]:
        """A rule's (least number of contacts, days)."""
        return getattr(self, rule), getattr(self, f"{rule}_days")
