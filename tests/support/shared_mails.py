"""Mails of the shared data, read in memory; tests that need them skip where it is missing."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

import pytest

from tests.support.paths import shared


def members(archive: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file in data/ARCHIVE; skips the test where there is no shared data."""
    place = shared()
    if place is None:
        pytest.skip("no shared data")
    with tarfile.open(place / "data" / archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read()
