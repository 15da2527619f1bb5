"""Every error helpdesk raises on purpose, in one tree.

    HelpdeskError
    ├── UsageError            a person's option, file or configuration is wrong: one line, exit 2
    │   └── SettingsError     the same, in helpdesk.toml or the environment
    ├── RefusedError          a change that the ticket's state or the message rules forbid
    │   └── LintBlockedError  an outgoing text that breaks a message rule
    ├── UnreadableMailError   a mail that breaks the parser: quarantined with this reason
    ├── ModelFileError        a trained model that is missing, foreign or tampered with: exit 2 as well
    ├── SchemaError           the database is older or newer than this program
    └── DoorError             something outside failed; `permanent` says whether a retry can help
        ├── MailboxError      IMAP
        ├── SendError         SMTP; `unknown` when the server may have taken the mail
        ├── SlackError        Slack; `retry_after` in seconds where Slack named it
        └── TokenError        OAuth2

Who raises decides `permanent`; whoever retries only obeys.
"""

from __future__ import annotations


class HelpdeskError(Exception):
    """Base of all errors raised on purpose. The message is one line: what, where, remedy."""


class UsageError(HelpdeskError):
    """A bad option, file or value given by a person; shown as one line, exit code 2."""


class SettingsError(UsageError):
    """helpdesk.toml or its environment twin is wrong; the message names the key and the remedy."""


class RefusedError(HelpdeskError):
    """A change the ticket's present state forbids; the message tells the agent the truth about it."""


class LintBlockedError(RefusedError):
    """An outgoing text breaks a message rule; `findings` are the blocking ones."""

    def __init__(self, message: str, findings: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class UnreadableMailError(HelpdeskError):
    """A mail that cannot be read; it is kept as a quarantined row with this reason."""


class ModelFileError(HelpdeskError):
    """A model file is missing, foreign or tampered with; the message names file and remedy."""


class SchemaError(HelpdeskError):
    """The database's schema does not fit this program; the message says which command mends it."""


class DoorError(HelpdeskError):
    """Something outside failed. `permanent` means that trying again cannot help."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class MailboxError(DoorError):
    """An IMAP server refused, vanished or timed out."""


class SendError(DoorError):
    """An SMTP server did not take a mail. `unknown`: the connection ended after DATA, it may have.

    `server`: the server, the way to it or our login is at fault, so other mails would fare alike.
    """

    def __init__(self, message: str, *, permanent: bool = False, unknown: bool = False, server: bool = False) -> None:
        super().__init__(message, permanent=permanent)
        self.unknown = unknown
        self.server = server


class SlackError(DoorError):
    """Slack refused or was out of reach. `unknown`: the answer to a post was lost, it may stand there."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message, permanent=permanent)
        self.unknown = unknown
        self.retry_after = retry_after
        self.code = code


class TokenError(DoorError):
    """An OAuth2 token could not be had; `invalid_grant` is permanent: a person must sign in again."""
