"""The keys of [[mailbox]]."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator, model_validator

from helpdesk.errors import HelpdeskError
from helpdesk.intake.mailbox import is_loopback
from helpdesk.marketplaces.registry import profile
from helpdesk.settings.values import Duration, Host, Interval, MailAddress, Patience, Table

Security = Literal["tls", "starttls", "none"]


class OAuth2(Table):
    """[mailbox.imap.oauth2_app]: the app registered with Google or Microsoft."""

    client_id: str = ""
    client_secret: str | None = None
    refresh_token: str | None = None
    tenant: str = "common"
    token_url: str = ""


class Server(Table):
    """What an IMAP and an SMTP server have in common."""

    host: Host
    port: int = Field(ge=1, le=65535)
    security: Security = "tls"
    username: str = ""
    password: str | None = None
    oauth2: Literal["gmail", "microsoft365"] | None = None
    oauth2_app: OAuth2 | None = None
    timeout: Patience = timedelta(seconds=30)

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
    poll: Interval = timedelta(seconds=60)
    idle_refresh: Interval = timedelta(minutes=5)


class Smtp(Server):
    """[mailbox.smtp]"""

    port: int = Field(default=465, ge=1, le=65535)
    connections: int = Field(default=4, ge=1, le=4)
    sent_copy: Literal["auto", "always", "never"] = "auto"


class MailboxSettings(Table):
    """[[mailbox]]"""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][\w.-]*$")
    address: MailAddress
    sender_name: str = ""
    marketplace: str = "amazon"
    authserv_id: str | list[str] | None = None
    ignore_senders: list[str] = Field(default_factory=list)
    first_contact: Duration = timedelta(days=3)
    imap: Imap
    smtp: Smtp | None = None

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
