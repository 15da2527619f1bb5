"""helpdesk: a customer-service bot that keeps every marketplace buyer's mail from being lost or late."""

__version__ = "0.1.0"
