"""Is a mail from whom it says? Judged by what our own server wrote, never by what the sender may have written.

Believed is the topmost Authentication-Results with our own authserv-id, and those of the same id stacked directly under
it (some servers write one header a method). The parser is our own: authres 1.2.0 takes half a millisecond a header,
raises on Microsoft's and ARC's forms; tests/pure/test_authenticity.py holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_VALUE = 8192


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: "dkim", "pass", {"header.d": "shop.example"}; names and result in lower case."""

    method: str
    result: str
    properties: dict[str, str]


_TOKEN = re.compile(r"\"((?:[^\"\\]|\\.)*)\"?|([;=])|([^\s;=\"()]+)", re.DOTALL)
_SPECIAL = re.compile(r"[\\()\"]")
_METHOD = re.compile(r"[a-z][a-z0-9-]{1,30}", re.IGNORECASE)
_METHODS = frozenset(
    [
        "spf",
        "dkim",
        "dmarc",
        "arc",
        "iprev",
        "auth",
        "sender-id",
        "dkim-adsp",
        "domainkeys",
        "compauth",
        "vbr",
        "smime",
        "bimi",
        "dnswl",
        "x-tm",
        "dkim-atps",
        "rrvs",
    ]
)


def parse(value: str) -> tuple[str, tuple[Result, ...]]:
    """(authserv-id, results) of one header value; the id is "" where the server writes none, as Microsoft's does."""
    text = _without_comments(value[:MAX_VALUE])
    parts = _parts(text)
    if not parts:
        return "", ()
    identity = ""
    if not _is_result(parts[0]):
        identity = parts[0][0].lower() if parts[0] else ""
        if identity == "i" and "=" in parts[0]:  # ARC: "i=1; mx.example; spf=…"
            parts = parts[1:]
            identity = parts[0][0].lower() if parts and parts[0] else ""
        parts = parts[1:]
    return identity, tuple(r for r in map(_result, parts) if r is not None)


def _without_comments(text: str) -> str:
    """Comments are the sender's to fill: they may nest, and hold "dmarc=pass"; quoted strings hold no comments."""
    if "(" not in text:
        return text
    out: list[str] = []
    depth, quoted, start, skip = 0, False, 0, -1
    for match in _SPECIAL.finditer(text):
        at = match.start()
        if at == skip:
            continue
        c = text[at]
        if c == "\\":
            skip = at + 1
        elif depth == 0 and c == '"':
            quoted = not quoted
        elif quoted or c == '"':
            continue
        elif c == "(":
            if depth == 0:
                out.append(text[start:at])
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                start = at + 1
                out.append(" ")
    if depth == 0:
        out.append(text[start:])
    return "".join(out)


def _parts(text: str) -> list[list[str]]:
    """Tokens of every part between semicolons; "=" stands alone."""
    parts: list[list[str]] = [[]]
    for quoted, sign, word in _TOKEN.findall(text):
        if sign == ";":
            parts.append([])
        else:
            parts[-1].append(sign or word or quoted)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _is_result(tokens: list[str]) -> bool:
    return len(tokens) >= 3 and tokens[1] == "=" and tokens[0].partition("/")[0].lower() in _METHODS


def _result(tokens: list[str]) -> Result | None:
    if len(tokens) < 3 or tokens[1] != "=":
        return None
    method = tokens[0].partition("/")[0].lower()
    if not _METHOD.fullmatch(method):
        return None
    properties: dict[str, str] = {}
    i, size = 3, len(tokens)
    while i + 2 < size:
        if tokens[i + 1] != "=":
            i += 1
            continue
        key, value = tokens[i].lower(), tokens[i + 2]
        i += 3
        while i + 1 < size and tokens[i] == "=":  # a value that holds "=" itself
            value += "=" + tokens[i + 1]
            i += 2
        properties.setdefault(key, value)
    return Result(method, tokens[2].lower(), properties)


def authentic(
    values: Sequence[str],
    from_domain: str,
    authserv_id: str | Sequence[str] | None = None,
) -> str:
    """ "pass", "fail" or "none" for the domain in From (DESIGN 4, classify).

    `values`: the Authentication-Results headers, topmost first, "" where other headers part them. `authserv_id`: ours,
    or several; "" for a server that writes none; None when none is configured: the topmost header is believed.
    """
    return judge(believed(values, authserv_id), from_domain)


def believed(values: Sequence[str], authserv_id: str | Sequence[str] | None) -> tuple[Result, ...]:
    """The results our own server wrote, from the topmost header of ours and those of one id stacked right under it."""
    wanted: frozenset[str] | None
    if authserv_id is None:
        wanted = None
    elif isinstance(authserv_id, str):
        wanted = frozenset((authserv_id.lower(),))
    else:
        wanted = frozenset(one.lower() for one in authserv_id) or None
    found: list[Result] = []
    ours: str | None = None
    for value in values[:20]:
        if not value:  # what follows stood below a hop or the sender's own headers: anybody may have written it
            if ours is not None:
                break
            continue
        identity, results = parse(value)
        if ours is None:
            if wanted is not None and identity not in wanted:
                continue
            ours = identity
        elif identity != ours or {r.method for r in results} & {r.method for r in found}:
            break
        found.extend(results)
    return tuple(found)


def checked_instead(values: Sequence[str], from_domain: str, authserv_id: str | Sequence[str] | None) -> str:
    """The domain that our server's dmarc=pass is about, where that is not the one in From; "" otherwise."""
    passes = [r for r in believed(values, authserv_id) if r.method == "dmarc" and r.result == "pass"]
    named = [r.properties["header.from"] for r in passes if r.properties.get("header.from")]
    return named[0] if named and from_domain and not any(aligned(n, from_domain) for n in named) else ""


def judge(results: Sequence[Result], from_domain: str) -> str:
    """pass: dmarc=pass, or no dmarc result and an aligned dkim or spf pass; fail: dmarc=fail, or a fail with none."""
    dmarc = [r.result for r in results if r.method == "dmarc"]
    if "pass" in dmarc or "bestguesspass" in dmarc:
        matching = [r for r in results if r.method == "dmarc" and r.result in ("pass", "bestguesspass")]
        named = next((r.properties["header.from"] for r in matching if r.properties.get("header.from")), "")
        return "pass" if not named or not from_domain or aligned(named, from_domain) else "none"
    if "fail" in dmarc:
        return "fail"
    passes = any(r.result == "pass" and _aligned_result(r, from_domain) for r in results)
    if passes:
        # dmarc=none says that the domain publishes no policy: no verdict, so the aligned pass counts.
        return "pass" if all(d == "none" for d in dmarc) else "none"
    failed = any(r.method in ("spf", "dkim") and r.result in ("fail", "hardfail") for r in results)
    return "fail" if failed else "none"


def _aligned_result(result: Result, from_domain: str) -> bool:
    if result.method == "dkim":
        domains = (result.properties.get("header.d", ""), result.properties.get("header.i", "").rpartition("@")[2])
        return any(d and aligned(d, from_domain) for d in domains)
    if result.method == "spf":
        mailfrom = result.properties.get("smtp.mailfrom", "").rpartition("@")[2] or result.properties.get(
            "smtp.helo", ""
        )
        return bool(mailfrom) and aligned(mailfrom, from_domain)
    return False


#: Second-level labels under which people register: co.uk, com.au, ne.jp …
_SECOND = frozenset(
    [
        "co",
        "com",
        "net",
        "org",
        "ac",
        "edu",
        "gov",
        "gob",
        "mil",
        "or",
        "ne",
        "go",
        "ad",
        "gr",
        "lg",
        "ed",
        "id",
        "ltd",
        "plc",
        "me",
        "sch",
        "nhs",
        "police",
        "asn",
        "firm",
        "gen",
        "ind",
        "nic",
        "res",
        "web",
        "adv",
        "art",
        "blog",
        "eco",
        "emp",
        "eng",
        "info",
    ]
)


def organisation(domain: str) -> str:
    """The part of a domain that is registered: example.co.uk of mail.example.co.uk. By rule of thumb, no list."""
    labels = domain.lower().strip(". \"'<>").split(".")
    if len(labels) <= 2:
        return ".".join(labels)
    take = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND else 2
    return ".".join(labels[-take:])


def aligned(one: str, other: str) -> bool:
    """Relaxed alignment: the same organisation."""
    return organisation(one) == organisation(other)
