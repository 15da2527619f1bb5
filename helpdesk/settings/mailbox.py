"""The keys of [[mailbox]], and what every table of helpdesk.toml has in common."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from helpdesk.errors import HelpdeskError
from helpdesk.intake.mailbox import is_loopback
from helpdesk.marketplaces import durations
from helpdesk.marketplaces.registry import profile


def duration(value: object, info: ValidationInfo) -> timedelta:
    """A validator: the duration a person wrote; ValueError with the remedy otherwise."""
    try:
        return durations.parse(value, info.field_name or "")
    except HelpdeskError as error:
        # the key is named by load.py, which knows the table too
        raise ValueError(str(error).partition(" is ")[2] or str(error)) from error


Duration = Annotated[timedelta, BeforeValidator(duration)]
Security = Literal["tls", "starttls", "none"]


class Table(BaseModel):
    """A table of the file: frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        """`port = true` would be read as port 1."""
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation in (int, float, float | None):
            raise ValueError(f"{str(value).lower()} is no number")
        return value


def web_address(value: str) -> str:
    """A validator: an http or https address, or nothing; ValueError with the remedy otherwise."""
    if value and not re.fullmatch(r"https?://[^\s/?#]+\S*", value, re.IGNORECASE):
        raise ValueError(f"{value!r} is no web address: write https://…")
    return value


WebAddress = Annotated[str, AfterValidator(web_address)]


class OAuth2(Table):
    """[mailbox.imap.oauth2_app]: the app registered with Google or Microsoft."""

    client_id: str = ""
    client_secret: str | None = None
    refresh_token: str | None = None
    tenant: str = "common"
    token_url: str = ""


class Server(Table):
    """What an IMAP and an SMTP server have in common."""

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    security: Security = "tls"
    username: str = ""
    password: str | None = None
    oauth2: Literal["gmail", "microsoft365"] | None = None
    oauth2_app: OAuth2 | None = None
    timeout: Duration = timedelta(seconds=30)

    @model_validator(mode="after")
    def _plaintext_on_loopback_only(self) -> Server:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                f'security = "none" sends passwords and mails readable to {self.host}: '
                'write "tls" or "starttls" ("none" is for loopback only)'
            )
        if self.oauth2 and self.oauth2_app is None:
            raise ValueError(
                f'oauth2 = "{self.oauth2}" needs a table oauth2_app with client_id and a refresh_token_file'
            )
        return self


class Imap(Server):
    """[mailbox.imap]"""

    port: int = Field(default=993, ge=1, le=65535)
    inbox: str = Field(default="INBOX", min_length=1)
    junk: str = "auto"
    sent: str = "auto"
    poll: Duration = timedelta(seconds=60)
    idle_refresh: Duration = timedelta(minutes=5)


class Smtp(Server):
    """[mailbox.smtp]"""

    port: int = Field(default=465, ge=1, le=65535)
    connections: int = Field(default=4, ge=1, le=4)
    sent_copy: Literal["auto", "always", "never"] = "auto"


class MailboxSettings(Table):
    """[[mailbox]]"""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][\w.-]*$")
    address: str
    sender_name: str = ""
    marketplace: str = "amazon"
    authserv_id: str | list[str] | None = None
    ignore_senders: list[str] = Field(default_factory=list)
    first_contact: Duration = timedelta(days=3)
    imap: Imap
    smtp: Smtp | None = None

    @field_validator("address")
    @classmethod
    def _one_address(cls, value: str) -> str:
        local, at, domain = value.rpartition("@")
        if not local or not at or not domain or any(c in value for c in " \t\r\n<>,;\"'"):
            raise ValueError(f"{value!r} is not an e-mail address: write support@shop.example")
        return value

    @field_validator("marketplace")
    @classmethod
    def _known_marketplace(cls, value: str) -> str:
        try:
            return profile(value).name
        except HelpdeskError as error:
            raise ValueError(str(error)) from error

    @property
    def authserv_ids(self) -> tuple[str, ...] | None:
        """Whose Authentication-Results are believed; None: none configured, the topmost is."""
        if self.authserv_id is None:
            return None
        return (self.authserv_id,) if isinstance(self.authserv_id, str) else tuple(self.authserv_id)
