"""No socket, no file outside tests/data, no clock."""
