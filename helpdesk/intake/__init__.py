"""Mailbox to mail rows: the IMAP door, parsing, quoting, authenticity."""
