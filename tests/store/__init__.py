"""Jobs and queries on real databases."""
