"""Reads template folders: the one file of this room, beside job and door, that opens files."""

from __future__ import annotations

from pathlib import Path

from helpdesk.errors import SettingsError

MAX_BYTES = 64_000


def read_folder(folder: Path) -> dict[str, tuple[str, str]]:
    """All `<kind>/<name>.<language>.txt` below a folder: {"kind/name.language.txt": (path as shown, text)}.

    Raises SettingsError for a folder that is not there, a file that is not UTF-8, or one that is far too large.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder}: not a folder; name one that holds reply templates")
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.glob("*/*.txt")):
        place = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise SettingsError(f"{path}:1: larger than {MAX_BYTES} bytes; a reply template is a short text")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise SettingsError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from error
        found[place] = (str(path), text)
    return found
