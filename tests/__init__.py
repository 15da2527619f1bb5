"""Tests in three rings: pure (no sockets), store (jobs on a database), wire (real servers, with faults)."""
