"""The keys of [feedback]: where seller feedback reports come from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from helpdesk.errors import HelpdeskError
from helpdesk.marketplaces.countries import country
from helpdesk.settings.values import Table


class FeedbackSettings(Table):
    """[feedback]"""

    folder: str = ""
    marketplace: str = "US"
    date_format: Literal["", "mdy", "dmy", "ymd"] = ""
    fetch: list[str] = Field(default_factory=list)
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""

    @field_validator("marketplace", "fetch")
    @classmethod
    def _known_countries(cls, value: str | list[str]) -> str | list[str]:
        try:
            for name in [value] if isinstance(value, str) else value:
                country(name, "the marketplace")
        except HelpdeskError as error:
            raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _credentials(self) -> FeedbackSettings:
        if self.fetch and not (self.client_id and self.client_secret and self.refresh_token):
            raise ValueError(
                "fetch needs client_id, client_secret and refresh_token of your Selling Partner application"
            )
        return self
