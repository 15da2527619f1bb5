"""What every part of the desk holds: the store, the rules, a clock that is handed in, and whom to wake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from helpdesk.replies.recall import Recall
from helpdesk.replies.templates import Library
from helpdesk.replies.writer import Model
from helpdesk.settings import Settings
from helpdesk.sla.ledger import RulesOf
from helpdesk.store.engine import Store


class Base:
    """The desk's ground. `wake` tells the running jobs that there is work; `now` gives aware UTC."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        library: Library,
        rules_of: RulesOf,
        now: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
        *,
        model: Model | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.library = library
        self.rules_of = rules_of
        self.now = now
        self.wake = wake
        self.model = model
        self.recall = Recall(store)

    @property
    def home(self) -> str:
        """The mailbox under which calls are filed: the first."""
        return self.settings.mailbox[0].name if self.settings.mailbox else "phone"
