"""Seller feedback: report, eligibility, drafts, deadlines."""
