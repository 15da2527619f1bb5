"""Kinds of values in helpdesk.toml, and what every table has in common; each fault says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from helpdesk.errors import HelpdeskError
from helpdesk.marketplaces import durations

#: Keys that hold a secret, or may hold one: never shown, and taken as they are.
SECRETS = {
    "password",
    "bot_token",
    "app_token",
    "signing_secret",
    "client_secret",
    "refresh_token",
    "secret",
    "url",
    "api_key",
}

#: More of anything that is counted is a slip of the finger, and would not fit into a database.
MOST = 1_000_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def duration(value: object, info: ValidationInfo) -> timedelta:
    """A validator: the duration a person wrote; ValueError with the remedy otherwise."""
    try:
        return durations.parse(value, info.field_name or "")
    except HelpdeskError as error:
        # the key is named by load.py, which knows the table too
        raise ValueError(str(error).partition(" is ")[2] or str(error)) from error


def _within(longest: timedelta, said: str) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if value > longest:
            raise ValueError(f"longer than {said}: write a shorter one")
        return value

    return AfterValidator(check)


Duration = Annotated[timedelta, BeforeValidator(duration)]
#: How often something is looked at: a mailbox that is seen less than daily keeps no clock.
Interval = Annotated[Duration, _within(timedelta(days=1), "a day")]
#: How long one answer is waited for.
Patience = Annotated[Duration, _within(timedelta(minutes=10), "ten minutes")]
Count = Annotated[int, Field(ge=0, le=MOST)]


def web_address(value: str) -> str:
    """A validator: an http or https address, or nothing; ValueError with the remedy otherwise."""
    if value and not re.fullmatch(r"https?://[^\s/?#]+\S*", value, re.IGNORECASE):
        raise ValueError(f"{value!r} is no web address: write https://…")
    return value


def mail_address(value: str) -> str:
    """A validator: one e-mail address; ValueError with the remedy otherwise."""
    local, at, domain = value.rpartition("@")
    if not local or not at or not domain or any(c in value for c in " \t\r\n<>,;\"'"):
        raise ValueError(f"{value!r} is not an e-mail address: write support@shop.example")
    return value


def is_slack_user(value: str) -> bool:
    """Does it look like an id, U0123ABCD, rather than like somebody's name?"""
    return re.fullmatch(r"[UW][\w-]*|[A-Z][A-Z0-9_-]*", value, re.ASCII) is not None


def slack_user(value: str) -> str:
    """A validator: a Slack user id, not a name; ValueError with the remedy otherwise."""
    if not is_slack_user(value):
        raise ValueError(f'{value!r} is no Slack user id: write "U0123" (profile, ⋮, Copy member ID)')
    return value


def host(value: str) -> str:
    """A validator: a server's name or address; ValueError with the remedy otherwise."""
    if re.search(r"[\s/@]", value):
        raise ValueError(f"{value!r} is no server's name: write imap.shop.example")
    return value


WebAddress = Annotated[str, AfterValidator(web_address)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
SlackUser = Annotated[str, AfterValidator(slack_user)]
Host = Annotated[str, Field(min_length=1), AfterValidator(host)]


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

    @field_validator("*", mode="before")
    @classmethod
    def _one_line(cls, value: object, info: ValidationInfo) -> object:
        """A line break or another control character in a name would break a header or a log."""
        if info.field_name not in SECRETS and any(_CONTROL.search(text.strip()) for text in _texts(value)):
            raise ValueError("has a line break or another control character inside: write it on one line")
        return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
