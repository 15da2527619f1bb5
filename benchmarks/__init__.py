"""Speed, measured against a floor timed in the same run: `make bench`."""
