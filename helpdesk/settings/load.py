"""Reading helpdesk.toml: the file, its environment twins, its secrets; every fault is one line naming the key."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from helpdesk.errors import SettingsError
from helpdesk.settings.schema import Settings
from helpdesk.settings.values import SECRETS

DEFAULT = "helpdesk.toml"
PREFIX = "HELPDESK_"

#: Variables that say where things are and are no keys of the file.
NOT_KEYS = {"CONFIG", "SHARED"}


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """The configuration's place: $HELPDESK_CONFIG (the command's --config sets it), else ./helpdesk.toml."""
    environ = os.environ if environ is None else environ
    return Path(environ.get("HELPDESK_CONFIG") or DEFAULT)


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the whole configuration. Raises SettingsError: one line with file, key and remedy."""
    environ = os.environ if environ is None else environ
    path = config_path(environ) if path is None else path
    data = _read(path)
    _overlay(data, environ)
    _secrets(data, path.parent, "")
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error, data)}") from None


def load_or_default(environ: Mapping[str, str] | None = None) -> Settings:
    """As `load`; where no file was named and ./helpdesk.toml does not exist, the defaults and the environment."""
    environ = os.environ if environ is None else environ
    if environ.get("HELPDESK_CONFIG") or Path(DEFAULT).exists():
        return load(environ=environ)
    data: dict[str, Any] = {}
    _overlay(data, environ)
    _secrets(data, Path(), "")
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"the environment: {_explain(error, data)}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist: write one with `helpdesk init`, or name it with --config"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        last = f"at line {len(text.splitlines())}, the end of the file"
        reason = str(error).replace("at end of document", last)
        raise SettingsError(f"{path} is no valid TOML: {reason}") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a list in a list in a list …
        raise SettingsError(f"{path} is no valid TOML: {' '.join(str(error).split())[:120]}") from None


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Lay HELPDESK_DATABASE__URL and its like over the file; a mailbox is named by its number or its name."""
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in NOT_KEYS:
            continue
        steps = name.removeprefix(PREFIX).lower().split("__")
        if len(steps) == 1 and steps[0] not in Settings.model_fields:
            near = difflib.get_close_matches(steps[0], Settings.model_fields, n=1, cutoff=0.8)
            if near:
                raise SettingsError(f"{name} is no setting: did you mean {PREFIX}{near[0].upper()}?")
            continue
        _put(data, steps, environ[name], name)


def _put(data: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    where: Any = data
    for step in steps[:-1]:
        where = _member(where, step, name) if isinstance(where, list) else where.setdefault(step, {})
        if not isinstance(where, dict | list):
            raise SettingsError(f"{name}: {step} is a value, not a table")
    if isinstance(where, list):
        raise SettingsError(f"{name}: name a key of the table too")
    where[steps[-1]] = _value(value, _kinds(steps))


def _member(tables: list[Any], step: str, name: str) -> Any:
    for number, table in enumerate(tables):
        known = str(table.get("name", "")).lower().replace("-", "_") if isinstance(table, dict) else ""
        if step in {str(number), known}:
            return table
    raise SettingsError(f"{name}: there is no mailbox {step!r}; use its number (0, 1, …) or its name")


def _kinds(steps: list[str]) -> set[Any]:
    """The types that the key of a variable takes; empty for an unknown key. A mailbox's number or name is no key."""
    keys = [step for place, step in enumerate(steps) if not (place == 1 and steps[0] == "mailbox")]
    table: Any = Settings
    for step in keys[:-1]:
        table = _table_of(table, step)
    field = table.model_fields.get(keys[-1])
    waiting, found = [field.annotation] if field is not None else [], set()
    while waiting:
        kind = waiting.pop()
        found.add(get_origin(kind) or kind)
        waiting += [inner for inner in get_args(kind) if not isinstance(inner, str)]
    return found


def _value(text: str, kinds: set[Any]) -> Any:
    """A variable's text as TOML would read it: lists, numbers and booleans; all else is a string.

    Where the key takes text alone, as a password or a telephone number does, it stays as it is: "0123" is no number.
    """
    if str in kinds and kinds <= {str, NoneType, UnionType, Union}:
        return text
    if text[:1] in "[{" or text in {"true", "false"} or text.replace(".", "", 1).lstrip("-").isdigit():
        try:
            return tomllib.loads(f"x = {text}")["x"]
        except (ValueError, RecursionError):
            return text
    return text


def _secrets(data: Any, base: Path, where: str) -> None:
    """Replace every `NAME_file` of a secret by the text of that file, without the line end."""
    if isinstance(data, list):
        for number, table in enumerate(data):
            label = table.get("name", number) if isinstance(table, dict) else number
            _secrets(table, base, f"{where}.{label}")
    if not isinstance(data, dict):
        return
    for key in list(data):
        inner = f"{where}.{key}".strip(".")
        plain = key.removesuffix("_file")
        if plain != key and plain in SECRETS and isinstance(data[key], str):
            path = base / data.pop(key)
            try:
                data[plain] = path.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is no text"
                raise SettingsError(f"{inner}: {path} cannot be read: {reason}") from None
        else:
            _secrets(data[key], base, inner)


def _explain(error: ValidationError, data: dict[str, Any]) -> str:
    """The first fault in words; an unknown key first, since it is often the cause of a missing one."""
    faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    steps = [step for step in fault["loc"] if not (isinstance(step, str) and step.startswith(("str", "list[")))]
    key = _name(steps, data)
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}{_nearest(steps)}"
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "value_error":
        text = str(fault["ctx"]["error"]) if "ctx" in fault else fault["msg"]
        return f"{key}: {text}" if key else text
    shown = "a secret" if steps and steps[-1] in SECRETS else repr(fault["input"])
    if fault["type"] == "string_pattern_mismatch":
        return f'{key} = {shown[:60]}: write letters, digits, "-", "_" or ".", a letter or digit first'
    return f"{key} = {shown[:60]}: {fault['msg'].lower()}"


def _name(steps: Iterable[Any], data: Any) -> str:
    """The key as a person finds it: mailbox.us-store.imap.port."""
    words: list[str] = []
    for step in steps:
        inside = data[step] if isinstance(data, dict) and step in data else None
        if isinstance(step, int) and isinstance(data, list) and step < len(data):
            inside = data[step]
            step = inside.get("name", step) if isinstance(inside, dict) else step
        data = inside
        words.append(str(step))
    return ".".join(words)


def _nearest(steps: list[Any]) -> str:
    """The known key that looks most like the unknown one, in its own table first."""
    unknown = str(steps[-1])
    table: Any = Settings
    for step in steps[:-1]:
        if not isinstance(step, int):
            table = _table_of(table, step)
    known = list(table.model_fields) if table else []
    known += [f"{name}_file" for name in known if name in SECRETS]
    near = difflib.get_close_matches(unknown, known, n=1, cutoff=0.4)
    if near:
        return f": did you mean {near[0]}?"
    return f": known here are {', '.join(known)}" if known else ""


def _table_of(table: Any, key: str) -> Any:
    """The table class behind a key of a table class; for [sla.NAME] the class of the values."""
    field = table.model_fields.get(key) if table is not None else None
    if field is None:
        return table
    waiting = [field.annotation]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        waiting += list(get_args(kind))
    return table
