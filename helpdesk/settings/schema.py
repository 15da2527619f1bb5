"""The keys of helpdesk.toml, with their types and defaults. helpdesk.example.toml says what each is for."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from helpdesk.errors import HelpdeskError
from helpdesk.marketplaces.registry import PROFILES, profile
from helpdesk.settings.drafts import Drafts
from helpdesk.settings.feedback import FeedbackSettings
from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.settings.values import Count, Duration, MailAddress, SlackUser, Table, WebAddress, duration
from helpdesk.settings.watchlist import WatchList
from helpdesk.sla.clock import Rules
from helpdesk.sla.profiles import override
from helpdesk.sla.profiles import rules as build_rules

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AckMode = Literal["send", "draft", "off"]
Days = Annotated[int, Field(ge=1, le=3650)]


class Database(Table):
    """[database]"""

    url: str = "sqlite:///helpdesk.db"


class Acknowledge(Table):
    """[acknowledge]"""

    direct: AckMode = "send"
    amazon: AckMode = "send"
    ebay: AckMode = "send"
    walmart: AckMode = "send"
    per_address_and_day: Count = 3

    def mode(self, marketplace: str) -> AckMode:
        """The setting for a ticket's marketplace; channels without a key of their own are written to as direct mail."""
        if marketplace == "phone":
            return "off"
        mode: AckMode = getattr(self, marketplace, self.direct)
        return mode


class Sla(Table):
    """[sla.NAME]: overrides of a profile, key by key."""

    limit: Duration | None = None
    steps: list[Duration] | None = None
    calendar: str | None = None
    anchor: Literal["earliest_unanswered", "first_in_thread"] | None = None
    cycle: str | None = None
    auto_reply_counts: bool | None = None
    target: float | None = Field(default=None, ge=0, le=1)
    windows_days: list[Days] | None = None
    claim_risk: Duration | None = None

    @field_validator("steps", mode="before")
    @classmethod
    def _steps(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, list):
            return [duration(v, info) for v in value]
        return value

    def keys(self) -> dict[str, Any]:
        """Only what the file says."""
        return {key: getattr(self, key) for key in self.model_fields_set}


class Calendar(Table):
    """[calendar.NAME]: business hours; each day a list of blocks such as "09:00-12:30"."""

    timezone: str = ""
    mon: list[str] = Field(default_factory=list)
    tue: list[str] = Field(default_factory=list)
    wed: list[str] = Field(default_factory=list)
    thu: list[str] = Field(default_factory=list)
    fri: list[str] = Field(default_factory=list)
    sat: list[str] = Field(default_factory=list)
    sun: list[str] = Field(default_factory=list)
    holidays: str = ""
    closed: list[str] = Field(default_factory=list)
    special: dict[str, list[str]] = Field(default_factory=dict)


class SlackSettings(Table):
    """[slack]"""

    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    mode: Literal["socket", "http"] = "socket"
    channel: str = Field(default="#buyer-support", min_length=1)
    escalations: str = Field(default="#buyer-escalations", min_length=1)
    agents: str = ""
    managers: list[SlackUser] = Field(default_factory=list)
    on_call: list[SlackUser] = Field(default_factory=list)
    api_url: WebAddress = Field(default="https://slack.com/api/", min_length=1)

    @model_validator(mode="after")
    def _tokens(self) -> SlackSettings:
        if not self.bot_token:
            raise ValueError("bot_token (or bot_token_file) is missing: it begins with xoxb-, on the app's OAuth page")
        if self.mode == "socket" and not self.app_token:
            raise ValueError('app_token (or app_token_file) is missing: it begins with xapp-, or set mode = "http"')
        if self.mode == "http" and not self.signing_secret:
            raise ValueError('signing_secret (or signing_secret_file) is missing: mode = "http" checks signatures')
        return self


class Reports(Table):
    """[reports]"""

    daily: str = "08:30"
    weekly: str = "mon 09:00"
    email: list[MailAddress] = Field(default_factory=list)
    channel: str = ""

    @field_validator("daily")
    @classmethod
    def _daily(cls, value: str) -> str:
        if value:
            clock(value)
        return value

    @field_validator("weekly")
    @classmethod
    def _weekly(cls, value: str) -> str:
        if value:
            day, _, hour = value.lower().partition(" ")
            if day not in WEEKDAYS:
                raise ValueError(f'{value!r} is no weekday and time: write "mon 09:00"')
            clock(hour)
        return value.lower()


class Triage(Table):
    """[triage]"""

    retrain: str = "03:30"

    @field_validator("retrain")
    @classmethod
    def _retrain(cls, value: str) -> str:
        if value:
            clock(value)
        return value


class Web(Table):
    """[web]"""

    listen: str = "127.0.0.1:8080"
    secret: str = ""
    url: WebAddress = ""

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and (not host or not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535):
            raise ValueError(f"{value!r} is not HOST:PORT: write 127.0.0.1:8080")
        return value


class Seller(Table):
    """[seller]"""

    name: str = ""
    phone: str = ""
    return_days: Count = 30


class Retention(Table):
    """[retention]"""

    mail: Duration = timedelta(days=730)


class Templates(Table):
    """[templates]"""

    folder: str = ""


class Settings(Table):
    """The whole file."""

    timezone: str = "UTC"
    database: Database = Database()
    mailbox: list[MailboxSettings] = Field(default_factory=list)
    acknowledge: Acknowledge = Acknowledge()
    sla: dict[str, Sla] = Field(default_factory=dict)
    calendar: dict[str, Calendar] = Field(default_factory=dict)
    slack: SlackSettings | None = None
    triage: Triage = Triage()
    reports: Reports = Reports()
    watchlist: WatchList = WatchList()
    web: Web = Web()
    seller: Seller = Seller()
    retention: Retention = Retention()
    templates: Templates = Templates()
    drafts: Drafts = Drafts()
    feedback: FeedbackSettings = FeedbackSettings()
    _rules: dict[str, Rules] = PrivateAttr(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone: write a name such as Europe/Berlin or UTC")
        return value

    @field_validator("sla")
    @classmethod
    def _known_profiles(cls, value: dict[str, Sla]) -> dict[str, Sla]:
        for name in value:
            try:
                profile(name)
            except HelpdeskError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _names_are_single(self) -> Settings:
        names = [box.name for box in self.mailbox]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two mailboxes are named {name!r}: give each its own name")
        return self

    @model_validator(mode="after")
    def _clocks_can_be_built(self) -> Settings:
        try:
            for name in PROFILES:
                self.rules(name)
        except HelpdeskError as error:
            raise ValueError(str(error)) from error
        return self

    def rules(self, marketplace: str) -> Rules:
        """The clock of a marketplace: its profile with the file's overrides, and its calendar."""
        known = self._rules.get(marketplace)
        if known is None:
            own, where = self.sla.get(marketplace), f"sla.{marketplace}"
            clock = override(profile(marketplace).sla, own.keys() if own else {}, where)
            tables = {name: table.model_dump(exclude_unset=True) for name, table in self.calendar.items()}
            known = self._rules[marketplace] = build_rules(clock, tables, self.timezone, where)
        return known

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.timezone)

    def box(self, name: str) -> MailboxSettings | None:
        """A mailbox by its name."""
        return next((box for box in self.mailbox if box.name == name), None)


def clock(value: str) -> time:
    """ "08:30" as a time of day; ValueError with the remedy otherwise."""
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise ValueError(f'{value!r} is no time of day: write "08:30"') from None
