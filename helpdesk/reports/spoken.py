"""Figures in words, the same on pages, in mails and in Slack. Pure."""

from __future__ import annotations

#: Who answered, where it was no person of the team in Slack.
AGENTS = {"sent": "another mail program", "marketplace": "the marketplace's site", "nobody": "nobody yet"}


def spoken(name: str | None) -> str:
    """A word of ours for people.

    >>> spoken("late_shipment")
    'late shipment'
    """
    return (name or "none").replace("_", " ")


def span(seconds: float | None) -> str:
    """A length in at most two units.

    >>> [span(n) for n in (None, 20, 240, 12_000, 97_200)]
    ['–', '< 1 min', '4 min', '3 h 20 min', '1 d 3 h']
    """
    if seconds is None:
        return "–"
    minutes = max(0, int(seconds // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "< 1 min"


def percent(share: float | None) -> str:
    """A share of one; never rounded up, so that 100 % means every one.

    >>> percent(0.9251), percent(None), percent(1.0), percent(0.99999)
    ('92.5 %', '–', '100 %', '99.9 %')
    """
    if share is None:
        return "–"
    shown = int(share * 1000 + 1e-9) / 10
    return f"{shown:.0f} %" if shown in {0, 100} else f"{shown:.1f} %"


def points(share: float | None, before: float | None) -> str:
    """The change against the period before, in points; "" where there is nothing to compare.

    >>> points(0.95, 0.9), points(0.9, None)
    (', +5.0 points', '')
    """
    return "" if share is None or before is None else f", {100 * (share - before):+.1f} points"
