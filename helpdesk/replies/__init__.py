"""What buyers read: acknowledgements, drafts, message rules, the SMTP door."""
