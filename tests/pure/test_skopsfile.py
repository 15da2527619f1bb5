"""The reader of model files against skops' own."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from helpdesk.resources import resource
from helpdesk.triage import skopsfile

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def same(ours: Any, theirs: Any) -> bool:
    """Equal in type and value, arrays by every number."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and list(ours) == list(theirs) and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, np.ndarray):
        return ours.dtype == theirs.dtype and np.array_equal(ours, theirs)
    return type(ours) is type(theirs) and bool(ours == theirs)


def test_shipped_model_reads_as_skops_reads_it() -> None:
    """Every value of the shipped file."""
    data = (resource("models") / "triage.skops").read_bytes()

    assert same(skopsfile.loads(data), skops.io.loads(data, trusted=[]))


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_whatever_skops_writes_of_plain_values_comes_back(value: dict[str, Any]) -> None:
    """Dicts, lists, texts, numbers, nothing."""
    assert same(skopsfile.loads(skops.io.dumps(value)), value)


@pytest.mark.parametrize("kind", ["float16", "float32", "int64", "uint8"])
def test_arrays_come_back_in_their_type(kind: str) -> None:
    """Arrays of numbers, also empty and of two dimensions."""
    value = {"a": np.arange(6, dtype=kind).reshape(2, 3), "b": np.zeros(0, dtype=kind)}

    assert same(skopsfile.loads(skops.io.dumps(value)), value)


def changed(node: dict[str, Any]) -> bytes:
    """A file whose schema is `node`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("schema.json", json.dumps(node))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (skops.io.dumps({"model": LogisticRegression()}), "LogisticRegression"),
        (skops.io.dumps({"words": np.array(["a", "b"])}), "numbers are expected"),
        (changed({"__loader__": "DictNode", "__module__": "builtins", "__class__": "dict", "content": [1]}), "skops"),
        (changed({"content": {}}), "not a skops file"),
        (b"no zip", "not a skops file"),
    ],
)
def test_what_no_model_holds_is_refused_by_name(data: bytes, told: str) -> None:
    """Estimators, objects, texts in arrays and broken files end in one ValueError."""
    with pytest.raises(ValueError, match=told):
        skopsfile.loads(data)


def test_nesting_without_end_is_refused() -> None:
    """A schema of a hundred lists in each other."""
    node: dict[str, Any] = {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "content": []}
    for _ in range(100):
        node = {**node, "content": [node]}

    with pytest.raises(ValueError, match="too deeply"):
        skopsfile.loads(changed(node))


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    """Half a gigabyte of zeros in half a megabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("schema.json", "{}")
        for number in range(3):
            target.writestr(f"{number}.npy", bytes(80_000_000))

    with pytest.raises(ValueError, match="unpacks"):
        skopsfile.loads(out.getvalue())
