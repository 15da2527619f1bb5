"""Amazon's marketplaces by country: languages, and how their feedback report writes dates (DOMAIN 4.4)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from helpdesk.errors import UsageError


@dataclass(frozen=True, slots=True)
class Country:
    """One marketplace: `code` is its country, `dates` the order of day, month and year, None where nobody is sure."""

    code: str
    languages: tuple[str, ...]
    dates: str | None = None
    marketplace_id: str = ""


_ALL = (
    Country("US", ("en", "es"), "mdy", "ATVPDKIKX0DER"),
    Country("CA", ("en", "fr"), None, "A2EUQ1WTGCTBG2"),
    Country("MX", ("es",), None, "A1AM78C64UM0Y8"),
    Country("BR", ("pt",), None, "A2Q3Y263D00KWC"),
    Country("UK", ("en",), "dmy", "A1F83G8C2ARO7P"),
    Country("DE", ("de", "en"), "dmy", "A1PA6795UKMFR9"),
    Country("FR", ("fr",), "dmy", "A13V1IB3VIYZZH"),
    Country("IT", ("it",), "dmy", "APJ6JRA9NG5V4"),
    Country("ES", ("es",), "dmy", "A1RKKUPIHCS9HS"),
    Country("NL", ("nl", "en"), None, "A1805IZSGTT6HS"),
    Country("BE", ("nl", "fr"), None, "AMEN7PMS3EDWL"),
    Country("IE", ("en",), None, "A28R8C7NBKEWEA"),
    Country("SE", ("sv", "en"), None, "A2NODRKZP88ZB9"),
    Country("PL", ("pl", "en"), None, "A1C3SOZRARQ6R3"),
    Country("TR", ("tr", "en"), None, "A33AVAJ2PDY3EV"),
    Country("AE", ("en",), None, "A2VIGQ35RCS4UG"),
    Country("SA", ("en",), None, "A17E79C6D8DWNP"),
    Country("EG", ("en",), None, "ARBP9OOSHTCHU"),
    Country("ZA", ("en",), None, "AE08WJ6YKNBMC"),
    Country("IN", ("en",), None, "A21TJRUUN4KGV"),
    Country("SG", ("en", "zh"), None, "A19VAU5U5O7RUS"),
    Country("AU", ("en",), None, "A39IBJ37TRP1C6"),
    Country("JP", ("ja", "en"), "ymd", "A1VC38T7YXB528"),
    Country("CN", ("zh",), None, "AAHKV2X7AFYLW"),
)
COUNTRIES = {c.code: c for c in _ALL} | {"GB": next(c for c in _ALL if c.code == "UK")}


def country(name: str, said: str = "--marketplace") -> Country:
    """The marketplace of a country code, in any case.

    Raises UsageError that names the nearest; `said`: where the name stood.
    """
    if name in COUNTRIES:
        return COUNTRIES[name]
    code = name.strip().upper().removeprefix("AMAZON").lstrip(".-_ ")
    code = {"COM": "US", "CO.UK": "UK", "CO.JP": "JP", "COM.MX": "MX", "COM.BR": "BR", "COM.AU": "AU"}.get(code, code)
    found = COUNTRIES.get(code)
    if found is not None:
        return found
    near = difflib.get_close_matches(code, COUNTRIES, n=1, cutoff=0.4)
    hint = f": did you mean {near[0]}?" if near else "."
    raise UsageError(f"{said} {name!r} is unknown{hint} Known: {', '.join(COUNTRIES)}")
