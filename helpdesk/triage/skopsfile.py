"""Reads what our models hold of the skops format: dicts, lists, plain values and arrays of numbers.

skops itself writes the files (training) and can read them, but importing its reader costs 31 MB and a second for every estimator of
scikit-learn, none of which stands in our files: the bot would carry that around for one dict of arrays. Tests hold this
reader against skops' own. Source of the format: skops.io, protocol 2 (schema.json in a zip, arrays as .npy beside it).
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import Any

MAX_UNPACKED = 200_000_000
_MAX_DEPTH = 20
#: What zipfile, json and the walk raise on a file that is none of ours.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RecursionError,
    NotImplementedError,
)


def loads(data: bytes) -> Any:
    """The value that skops.io.dumps wrote. ValueError says what is foreign to it; nothing of the file is ever executed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            if sum(info.file_size for info in opened.infolist()) > MAX_UNPACKED:
                raise ValueError("it unpacks to more than a model holds")
            return _value(json.loads(opened.read("schema.json")), opened, 0)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise ValueError(f"not a skops file: {' '.join(str(error).split())}") from None


def _value(node: dict[str, Any], opened: zipfile.ZipFile, depth: int) -> Any:
    """The value of a node of the schema."""
    if depth > _MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    kind = node["__loader__"], node["__module__"], node["__class__"]
    if kind == ("DictNode", "builtins", "dict"):
        return {str(key): _value(child, opened, depth + 1) for key, child in node["content"].items()}
    if kind == ("ListNode", "builtins", "list"):
        return [_value(child, opened, depth + 1) for child in node["content"]]
    if kind == ("JsonNode", "builtins", "str"):
        return json.loads(node["content"])
    if kind == ("NdArrayNode", "numpy", "ndarray") and node["type"] == "numpy":
        import numpy as np

        array = np.load(io.BytesIO(opened.read(node["file"])), allow_pickle=False)
        if array.dtype.kind not in "fiu":
            raise ValueError(f"an array of {array.dtype}, where numbers are expected")
        return array
    raise ValueError(f"it holds a {kind[1]}.{kind[2]}, which no model of helpdesk does")
