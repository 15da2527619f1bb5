"""What each channel's mail looks like, its clock and its message rules (pure)."""
