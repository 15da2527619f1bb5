"""Mails on their way out: how one lies in the outbox, and what an attempt to send it comes to. Pure.

A row's payload: `kind` (ack, reply, or another word), `from`, `to`, `message_id` (without angle brackets), `raw` (the
mail as text, or base64 where `base64` is true); for people and history `agent`, `template`, `language`; for a reply
`resolve` (close the ticket with it); for an acknowledgement `counts` (this profile lets it stop the clock).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Effect, Outbox, OutboxState
from helpdesk.errors import MailboxError, SendError

ACK, REPLY = "ack", "reply"

#: The first retry (DESIGN 4, Operating), doubled at each further one up to a cap.
FIRST_RETRY = timedelta(seconds=10)
MAIL_CAP = timedelta(minutes=15)  # greylisting, a full mailbox
SERVER_CAP = timedelta(minutes=1)  # a server that is away is looked for often: all mails wait for it
#: RFC 5321 4.5.4.1: the give-up time is at least four to five days.
GIVE_UP = timedelta(days=5)

#: A mail of unknown fate is looked for in Sent again after this long, before its absence means something.
FILING_TIME = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row: its next state and what is written with it."""

    item: Outbox
    state: OutboxState
    at: datetime
    error: str = ""
    next_at: datetime | None = None  #: of a queued row; of a row that stays sending: when it is asked for
    server: bool = False  #: the server is at fault: the lane's other mails wait too
    result: dict[str, Any] = field(default_factory=dict)


def mail_effect(
    raw: bytes,
    *,
    key: str,
    kind: str,
    mailbox: str,
    sender: str,
    recipient: str,
    message_id: str,
    now: datetime,
    ticket_id: int | None = None,
    **more: Any,
) -> Outbox:
    """The outbox row of one mail to one recipient. `more` are further payload keys."""
    text = raw.isascii()
    payload: dict[str, Any] = {
        "kind": kind,
        "from": sender,
        "to": recipient,
        "message_id": message_id,
        "raw": raw.decode("ascii") if text else b64encode(raw).decode("ascii"),
        **({} if text else {"base64": True}),
        **more,
    }
    return Outbox(
        key=key,
        effect=Effect.MAIL,
        lane=mailbox,
        payload=payload,
        ticket_id=ticket_id,
        next_at=now,
        created_at=now,
    )


def raw_of(item: Outbox) -> bytes:
    """The mail's bytes, exactly as composed."""
    raw: str = item.payload["raw"]
    return b64decode(raw) if item.payload.get("base64") else raw.encode("ascii")


def kind_of(item: Outbox) -> str:
    """ack, reply, or another word for mails that belong to no conversation's clock."""
    return str(item.payload.get("kind", ""))


def delay(tries: int, *, server: bool) -> timedelta:
    """How long to wait after the n-th failed try."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(max(tries, 1) - 1, 20)
    return min(doubled, SERVER_CAP if server else MAIL_CAP)


def sent(item: Outbox, at: datetime, server_reply: str) -> Outcome:
    """The server took it, or it was found in Sent."""
    return Outcome(item=item, state=OutboxState.DONE, at=at, result={"server": server_reply})


def not_sent(item: Outbox, at: datetime, error: SendError) -> Outcome:
    """The server did not take it: for good, or to be tried again. Not for errors whose outcome is unknown."""
    if error.permanent:
        return Outcome(item=item, state=OutboxState.FAILED, at=at, error=str(error))
    if at - item.created_at > GIVE_UP:
        return Outcome(item=item, state=OutboxState.FAILED, at=at, error=f"given up after {GIVE_UP.days} days: {error}")
    next_at = at + delay(item.tries, server=error.server)
    return Outcome(item=item, state=OutboxState.QUEUED, at=at, error=str(error), next_at=next_at, server=error.server)


def asked(
    item: Outbox, at: datetime, *, found: bool | None, reachable: bool, files_sent: bool | None, fresh: bool, error: str
) -> Outcome:
    """What is done about a mail of unknown fate after the Sent folder was asked for its Message-ID.

    `found` None: there is nobody to ask. `reachable` False: the folder could not be asked now. `files_sent`: does the
    provider file what it sends by itself; only then does absence prove something. `fresh`: the attempt has just ended,
    the provider may still be filing it. A mail is repeated only when it is proven absent.
    """
    if found:
        return sent(item, at, "found in the Sent folder")
    if not reachable or (found is False and files_sent and fresh):
        return Outcome(item=item, state=OutboxState.SENDING, at=at, error=error, next_at=at + FILING_TIME)
    if found is False and files_sent:
        return Outcome(
            item=item, state=OutboxState.QUEUED, at=at, error=f"{error}; not in Sent: sent again", next_at=at
        )
    return Outcome(item=item, state=OutboxState.HELD, at=at, error=error)


#: A provider that files what it sends by itself has done so by then.
PROBE_AFTER = timedelta(seconds=20)


def copy_effect(outcome: Outcome, *, mode: str, files_sent: bool | None) -> Outbox | None:
    """The outbox row that keeps a copy of a sent mail in Sent; None where none is needed.

    `mode` is mailbox.smtp.sent_copy: auto, always, never. While it is not known whether the provider files mails by
    itself, auto looks first, after a while.
    """
    if outcome.state != OutboxState.DONE or outcome.item.effect != Effect.MAIL:
        return None
    if mode == "never" or (mode == "auto" and files_sent):
        return None
    wait = PROBE_AFTER if mode == "auto" and files_sent is None else timedelta(0)
    item = outcome.item
    return Outbox(
        key=f"copy:{item.key}",
        effect=Effect.COPY,
        lane=item.lane,
        payload={"of": item.key, "message_id": item.payload.get("message_id", "")},
        ticket_id=item.ticket_id,
        next_at=outcome.at + wait,
        created_at=outcome.at,
    )


def not_copied(item: Outbox, at: datetime, error: MailboxError) -> Outcome:
    """The Sent folder could not be reached, or refused the copy for good."""
    if error.permanent or at - item.created_at > GIVE_UP:
        return Outcome(item=item, state=OutboxState.FAILED, at=at, error=str(error))
    next_at = at + delay(item.tries, server=False)
    return Outcome(item=item, state=OutboxState.QUEUED, at=at, error=str(error), next_at=next_at)
