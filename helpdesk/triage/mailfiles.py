"""Mails as files: single ones, folders read recursively, members of tars (judged in memory, never written out)."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from helpdesk.errors import UnreadableMailError, UsageError
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading

#: A file larger than this is no mail that any server would have taken.
MAX_BYTES = 64_000_000
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True, slots=True)
class Found:
    """A file's name (`TAR!member` inside a tar) and its bytes, or why it has none."""

    name: str
    raw: bytes
    fault: str = ""


def is_tar(path: Path) -> bool:
    """By its name."""
    return path.name.lower().endswith(_TARS)


def _single(path: Path) -> Found:
    try:
        if not path.is_file():
            return Found(str(path), b"", "not a regular file")
        if path.stat().st_size > MAX_BYTES:
            return Found(str(path), b"", f"larger than {MAX_BYTES // 1_000_000} MB")
        return Found(str(path), path.read_bytes())
    except OSError as error:
        return Found(str(path), b"", error.strerror or "cannot be read")


class _Member(tarfile.TarInfo):
    """A member's header that tells of a torn archive: tarfile itself takes what is torn for the end."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        """The next header; ReadError where the archive is cut off or damaged behind its first member."""
        try:
            return super().fromtarfile(tar)
        except tarfile.HeaderError as error:
            if tar.offset == 0 or str(error) == "end of file header":  # nothing of a tar; the end mark
                raise
            raise tarfile.ReadError(f"no end mark, {error}") from None


def _members(path: Path) -> Iterator[Found]:
    try:
        with ExitStack() as open_too:
            tar = open_too.enter_context(tarfile.open(path, "r|*", tarinfo=_Member))
            again: tarfile.TarFile | None = None
            for member in tar:
                name, source = f"{path}!{member.name}", tar
                if member.islnk():  # a second name of an earlier file, behind which the stream is already
                    again = again or open_too.enter_context(tarfile.open(path, "r:*"))
                    source, target = again, _named(again, member.linkname)
                    if target is None:
                        yield Found(name, b"", "a link to nothing in the archive")
                        continue
                    member = target
                if not member.isfile():
                    continue
                if member.size > MAX_BYTES:
                    yield Found(name, b"", f"larger than {MAX_BYTES // 1_000_000} MB")
                    continue
                opened = source.extractfile(member)
                yield Found(name, opened.read() if opened else b"")
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        yield Found(str(path), b"", f"the archive cannot be read to its end: {' '.join(str(error).split())[:120]}")
    except Exception as error:  # noqa: BLE001 -- decompressors raise errors of their own (zlib.error, LZMAError)
        yield Found(str(path), b"", f"the archive cannot be read to its end: {type(error).__name__}")


def _named(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo | None:
    try:
        found = tar.getmember(name)
    except KeyError:
        return None
    return found if found.isreg() else None


def _inside(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            yield from _inside(entry)
        else:
            yield entry


def files_in(paths: Sequence[Path]) -> Iterator[Found]:
    """Every mail under the paths, in order. UsageError for a path that does not exist, before the first is given."""
    for path in paths:
        if not path.exists():
            raise UsageError(f"no such file or folder: {path}")
    return _walk(paths)


def _walk(paths: Sequence[Path]) -> Iterator[Found]:
    for path in paths:
        for one in _inside(path) if path.is_dir() else (path,):
            if is_tar(one) and one.is_file():
                yield from _members(one)
            else:
                yield _single(one)


def reading_of(found: Found, authserv_id: str | None = None) -> Reading | str:
    """The reading, or the reason in words why there is none."""
    if found.fault:
        return found.fault
    try:
        return read(found.raw, authserv_id=authserv_id)
    except UnreadableMailError as error:
        return " ".join(str(error).split()) or "not a mail"
    except Exception as error:  # noqa: BLE001 -- promise 1: whatever breaks the parser, the next one goes on
        return f"the parser broke ({type(error).__name__})"
