"""The clock: profiles, business hours, due steps."""
