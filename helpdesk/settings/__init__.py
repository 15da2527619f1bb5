"""helpdesk.toml: one object, passed in; its example file is the manual; unknown keys are errors."""

from helpdesk.settings.load import config_path, load
from helpdesk.settings.mailbox import Imap, MailboxSettings, OAuth2, Smtp
from helpdesk.settings.schema import Settings, Sla, SlackSettings
from helpdesk.settings.watchlist import WatchList

__all__ = [
    "Imap",
    "MailboxSettings",
    "OAuth2",
    "Settings",
    "Sla",
    "SlackSettings",
    "Smtp",
    "WatchList",
    "config_path",
    "load",
]
