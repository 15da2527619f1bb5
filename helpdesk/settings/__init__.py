"""helpdesk.toml: one object, passed in; its example file is the manual; unknown keys are errors."""

from helpdesk.settings.load import config_path, load
from helpdesk.settings.schema import (
    Acknowledge,
    Calendar,
    Database,
    Imap,
    MailboxSettings,
    OAuth2,
    Reports,
    Retention,
    Seller,
    Settings,
    Sla,
    SlackSettings,
    Smtp,
    Web,
)

__all__ = [
    "Acknowledge",
    "Calendar",
    "Database",
    "Imap",
    "MailboxSettings",
    "OAuth2",
    "Reports",
    "Retention",
    "Seller",
    "Settings",
    "Sla",
    "SlackSettings",
    "Smtp",
    "Web",
    "config_path",
    "load",
]
