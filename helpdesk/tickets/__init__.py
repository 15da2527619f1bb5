"""The only place where a ticket's status changes (pure)."""
