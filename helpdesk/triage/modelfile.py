"""Models on disk: skops files (never pickle), each named with its sha256 in the manifest.json beside it (promise 10).

The bytes depend on the model alone: skops writes memory addresses and the hour into its zip, both are taken out here.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from helpdesk.errors import ModelFileError
from helpdesk.triage import skopsfile

FILE = "triage.skops"
MANIFEST = "manifest.json"
PREVIOUS = "previous"
FORMAT = 1
MAX_BYTES = 20_000_000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ID = re.compile(r'("__id__": |"file": ")(\d+)')


def _settled(data: bytes) -> bytes:
    """The same zip with ids counted from 0 and no hour in it."""
    source = zipfile.ZipFile(io.BytesIO(data))
    schema = source.read("schema.json").decode()
    numbers: dict[str, str] = {}
    for match in _ID.finditer(schema):
        numbers.setdefault(match.group(2), str(len(numbers)))
    schema = _ID.sub(lambda m: m.group(1) + numbers[m.group(2)], schema)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:

        def rank(name: str) -> tuple[int, str]:
            number = numbers.get(name.partition(".")[0]) or name
            return len(number), number

        for name in sorted(source.namelist(), key=rank):
            stem, dot, rest = name.partition(".")
            content = schema.encode() if name == "schema.json" else source.read(name)
            info = zipfile.ZipInfo(f"{numbers.get(stem, stem)}{dot}{rest}", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            out.writestr(info, content, compresslevel=6)
    return target.getvalue()


def dumps(content: dict[str, Any]) -> bytes:
    """The model as bytes, the same for the same content; its version is the start of their sha256."""
    import skops.io

    whole = _one_of_each({"helpdesk": FORMAT, **content}, {})
    return _settled(skops.io.dumps(whole, compression=zipfile.ZIP_DEFLATED))


def _one_of_each(value: Any, seen: dict[tuple[type, str], Any]) -> Any:
    """The same content, equal plain values one object: skops tells objects, not values, apart, and two of equal numbers may be one."""
    if isinstance(value, dict):
        return {_one_of_each(key, seen): _one_of_each(one, seen) for key, one in value.items()}
    if isinstance(value, list):
        return [_one_of_each(one, seen) for one in value]
    if isinstance(value, str | int | float | bool | None):
        return seen.setdefault((type(value), repr(value)), value)
    return value


def loads(data: bytes, sha256: str, where: str) -> dict[str, Any]:
    """The content of a model's bytes; ModelFileError, naming `where` they stood, for any but those of `sha256`."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelFileError(f"{where} was changed (sha256 differs)")
    return _content(data, where, "")


def save(
    folder: Path, content: dict[str, Any], card: dict[str, Any], *, keep_previous: bool = True, file: str = FILE
) -> str:
    """Write the model and its manifest; returns the version, which is the start of the file's sha256."""
    data = dumps(content)
    digest = hashlib.sha256(data).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    if keep_previous:
        _keep_previous(folder)
    manifest = {"format": FORMAT, "file": file, "sha256": digest, "version": digest[:12], "bytes": len(data), **card}
    for name, payload in (
        (file, data),
        (MANIFEST, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()),
    ):
        waiting = folder / f"{name}.new"
        waiting.write_bytes(payload)
        waiting.replace(folder / name)
    return digest[:12]


def _keep_previous(folder: Path) -> None:
    """Copy the model that stands to `previous/`, for `roll_back`."""
    if (folder / MANIFEST).exists() and (folder / FILE).exists():
        kept = folder / PREVIOUS
        kept.mkdir(exist_ok=True)
        for name in (FILE, MANIFEST):
            (kept / name).write_bytes((folder / name).read_bytes())


def roll_back(folder: Path) -> str:
    """Take the model before the last training again; returns its version. ModelFileError when there is none."""
    if not (folder / PREVIOUS / MANIFEST).exists():
        raise ModelFileError(f"{folder} keeps no model before the one in use: there is nothing to go back to")
    _, version = load(folder / PREVIOUS)
    for name in (FILE, MANIFEST):
        (folder / PREVIOUS / name).replace(folder / name)
    return version


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest; ModelFileError names the file and the remedy."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFileError(
            f"no trained model in {folder}: reinstall helpdesk, or make one with `helpdesk train`"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read ({error}): reinstall helpdesk, or train anew") from None
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or not isinstance(manifest.get("sha256"), str)
    ):
        raise ModelFileError(f"{path} is not of this version of helpdesk: reinstall helpdesk, or train anew")
    return manifest


def load(folder: Path, file: str = FILE) -> tuple[dict[str, Any], str]:
    """The model's content and its version. A file that is missing, foreign or not what the manifest names: ModelFileError."""
    manifest = read_manifest(folder)
    path = folder / file
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelFileError(f"{path} is too large to be a model of helpdesk: reinstall helpdesk, or train anew")
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror}): reinstall helpdesk, or train anew") from None
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        raise ModelFileError(
            f"{path} is not the file that {MANIFEST} names (sha256 differs): it was changed; reinstall helpdesk, or train anew"
        )
    content = _content(data, str(path), ": reinstall helpdesk, or train anew")
    return content, str(manifest["version"] if "version" in manifest else manifest["sha256"][:12])


def _content(data: bytes, where: str, remedy: str) -> dict[str, Any]:
    """What the bytes hold; ModelFileError for any that are no model."""
    try:
        content = skopsfile.loads(data)
    except ValueError as error:
        reason = " ".join(str(error).split())[:120]
        raise ModelFileError(f"{where} is no model of helpdesk ({reason}){remedy}") from None
    if not isinstance(content, dict) or content.get("helpdesk") != FORMAT:
        raise ModelFileError(f"{where} is no model of helpdesk{remedy}")
    return content
