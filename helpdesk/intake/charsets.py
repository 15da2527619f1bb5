"""Bytes to text whatever was declared: declared charset → UTF-8 → hints → a guess for Asian double bytes → cp1252.

Never raises, never returns lone surrogates or NUL (a database takes neither).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

#: What mailers write and what they mean: the wider code page of the same family.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_ODD_NAMES = {
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "",
    "unknown-8bit": "",
    "default": "",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "cp-850": "cp850",
    "iso-8859-8-i": "iso-8859-8",
    "ansi_x3.110-1983": "cp1252",
    "windows-874": "cp874",
    "utf8mb4": "utf-8",
}
#: Codecs that are not charsets, or take quadratic time.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "unicode-escape"}
#: Seven-bit charsets: pure ASCII bytes may still mean something else.
_SHIFTING = {"iso2022_jp_ext", "iso2022_jp", "iso2022_kr", "hz", "utf-7"}
_WIDE = ("utf-16", "utf-32")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
_ASIAN = ("gb18030", "cp932", "euc_jp", "big5hkscs", "cp949")


@lru_cache(maxsize=256)
def codec_name(declared: str) -> str:
    """Python's name of the charset that is meant; "" for an unknown or refused one."""
    name = declared.strip().strip("\"'").lower()[:60]
    name = _ODD_NAMES.get(name, name)
    if not name or "\0" in name:
        return ""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    if not info._is_text_encoding or info.name in _REFUSED:
        return ""
    return _MEANT.get(info.name, info.name)


def decode(data: bytes, declared: str = "", *, html: bool = False) -> str:
    """Text of `data`; `declared` is the charset named by the mail, `html` lets a <meta charset> count as a hint."""
    name = codec_name(declared) if declared else ""
    if data.isascii() and name not in _SHIFTING and not name.startswith(_WIDE):
        head = data[:100_000]
        if b"\x1b" not in head or (b"\x1b$" not in head and b"\x1b(" not in head):
            return _clean(data.decode("ascii"))
        return _clean(data.decode("iso2022_jp_ext", "replace"))
    if data[:3] == b"\xef\xbb\xbf":
        return _clean(data[3:].decode("utf-8", "replace"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _clean(data.decode("utf-16", "replace"))
    return _clean(_decode_high(data, name, html))


def _decode_high(data: bytes, name: str, html: bool) -> str:
    """The same for bytes that are not plain ASCII."""
    if name in ("", "cp1252", "utf-8"):
        # Real Latin text is practically never well-formed UTF-8: a wrong declaration is by far likelier.
        text = _try(data, "utf-8")
        if text is not None:
            return text
    if name and name != "utf-8":
        text = _try(data, name)
        if text is not None:
            return _SURROGATES.sub("\ufffd", text) if name in _SHIFTING else text
        if name not in ("cp1252", "cp1254"):
            text = _try(data, "utf-8")
            return text if text is not None else data.decode(name, "replace")
        return _latin(data)
    if html:
        hint = _META.search(data[:4096])
        hinted = codec_name(hint.group(1).decode("ascii")) if hint else ""
        if hinted and hinted != "utf-8":
            text = _try(data, hinted)
            if text is not None:
                return text
    if name == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return _guess(data)


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _mostly_utf8(data: bytes) -> bool:
    """Damaged in a place or two (a cut character), but UTF-8 all the same."""
    text = data[:20_000].decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    return good > 3 * bad


def _latin(data: bytes) -> str:
    text = _try(data, "cp1252")
    return text if text is not None else data.decode("latin-1")


def _guess(data: bytes) -> str:
    """No usable declaration and not UTF-8: many high bytes in pairs are an Asian charset, few are cp1252."""
    sample = data[:4096]
    high = sum(1 for byte in sample if byte > 0x7F)
    if high * 4 < len(sample.replace(b" ", b"")) or high < 6:
        return _latin(data)
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_ASIAN, "cp1251", "cp1252", "koi8_r"]).best()
    if best is None:
        return _latin(data)
    return data.decode(best.encoding, "replace")


def _clean(text: str) -> str:
    """Without NUL and lone surrogates."""
    return text.replace("\0", "") if "\0" in text else text
