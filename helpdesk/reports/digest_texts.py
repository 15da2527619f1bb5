"""A digest as readable text: for mail, and as Slack's blocks. Pure.

Names of agents and topics are ours or Slack's, but are escaped all the same: data is data (promise 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.marketplaces.registry import label
from helpdesk.plain import plain
from helpdesk.reports.digest import DIMENSIONS, HEADINGS, Digest, Missed, saved
from helpdesk.reports.figures import Figures
from helpdesk.reports.spoken import AGENTS, percent, points, span, spoken

#: What people's clicks said of mails.
LABELS = {"buyer": "buyer after all", "spam": "not a buyer", "topic": "of another topic"}
#: Lines of a list in a digest; the rest stands in the dashboard.
MOST = 10
FOLDER = Path(__file__).resolve().parent


def title(digest: Digest) -> str:
    """ "Daily digest, Tue 24 Nov 2026"."""
    day = digest.period.at.astimezone(ZoneInfo(digest.zone))
    return f"{digest.period.name.capitalize()} digest, {day:%a %d %b %Y}"


def span_line(digest: Digest) -> str:
    """Which messages it is about."""
    zone = ZoneInfo(digest.zone)
    begin, end = (at.astimezone(zone) for at in (digest.period.since, digest.period.at))
    return f"Messages received from {begin:%a %d %b %H:%M} to {end:%a %d %b %H:%M} ({digest.zone})."


def headline(digest: Digest) -> str:
    """The ten-second answer: are buyers answered?"""
    total = digest.total
    now = f" {digest.overdue_now} {_wait(digest.overdue_now)} over the limit now." if digest.overdue_now else ""
    if total.response_rate is None:
        return f"No message had to be answered in this time.{now}"
    met = "on target" if total.response_rate >= digest.target else "BELOW TARGET"
    change = points(total.response_rate, digest.before.response_rate)
    return f"{percent(total.response_rate)} answered in time ({met}, {percent(digest.target)}){change}.{now}"


def _wait(number: int) -> str:
    return "buyer waits" if number == 1 else "buyers wait"


def facts(digest: Digest) -> list[tuple[str, str]]:
    """(label, value): the figures of all messages."""
    total, before, quality = digest.total, digest.before, digest.quality
    kept, due = digest.promises
    found = [
        ("Answered in time", f"{percent(total.response_rate)}{points(total.response_rate, before.response_rate)}"),
        ("Late or unanswered", f"{total.late} late, {total.unanswered} unanswered ({percent(total.late_rate)})"),
        ("First response", f"half within {span(total.p50_seconds)}, 90 % within {span(total.p90_seconds)}"),
        ("Open now", f"{digest.open_now} wait, {digest.at_risk} at risk, {digest.overdue_now} over the limit"),
        ("Rescued from Junk", _rescued(digest)),
        ("To look at", f"{digest.reviews} uncertain mails, {digest.suspects} suspects"),
        ("Corrections", ", ".join(f"{n} {LABELS[name]}" for name, n in quality.corrections.items() if n) or "none"),
        ("Promises kept", f"{kept} of {due}" if due else "none fell due"),
    ]
    if digest.funnel:
        found.append(("Feedback removals", ", ".join(f"{n} {spoken(name)}" for name, n in digest.funnel.items())))
    if digest.watched:
        found.append(("Watch list", "; ".join(plain(one) for one in digest.watched[:5])))
    return found


def _rescued(digest: Digest) -> str:
    worse = saved(digest.quality)
    if not digest.quality.rescued or worse is None:
        return str(digest.quality.rescued)
    return f"{digest.quality.rescued}; left there, {percent(digest.quality.cost)} were late (+{100 * worse:.1f} points)"


def name_of(digest: Digest, dimension: str, group: str) -> str:
    """How a group is called."""
    if dimension == "agent":
        return plain(digest.people.get(group) or AGENTS.get(group, group))
    return plain(label(group) if dimension == "marketplace" else spoken(group))


def row(one: Figures) -> list[str]:
    """A group's figures as cells."""
    return [
        percent(one.response_rate),
        str(one.eligible),
        str(one.late + one.unanswered),
        str(one.open),
        span(one.p50_seconds),
        span(one.p90_seconds),
    ]


HEAD = ("in time", "messages", "missed", "open", "half within", "90 % within")


def missed_line(digest: Digest, one: Missed) -> str:
    """One breach in words."""
    after = f"answered after {span(one.seconds)}" if one.seconds is not None else "unanswered"
    at = one.received_at.astimezone(ZoneInfo(digest.zone))
    who = plain(one.reason)
    for number, name in digest.people.items():
        who = who.replace(number, plain(name))
    return f"#{one.ticket} ({plain(label(one.marketplace))}, {at:%a %d %b %H:%M}): {after}; {who}"


def near_line(one: Missed) -> str:
    """One near miss in words."""
    return f"#{one.ticket}: answered after {span(one.seconds)} of {span(one.limit)}"


def text(digest: Digest) -> str:
    """The digest as plain text, for mail."""
    lines = [title(digest), "=" * len(title(digest)), "", headline(digest), span_line(digest), ""]
    width = max(len(label) for label, _ in facts(digest))
    lines += [f"{label:<{width}}  {value}" for label, value in facts(digest)]
    for dimension in DIMENSIONS:
        groups = digest.groups.get(dimension, {})
        if groups:
            lines += ["", HEADINGS[dimension], *_table(digest, dimension)]
    lines += _list("Missed, and why", [missed_line(digest, one) for one in digest.missed], len(digest.missed))
    lines += _list("Near misses", [near_line(one) for one in digest.near], len(digest.near))
    if digest.url:
        lines += ["", f"Dashboard: {digest.url} (/helpdesk dashboard in Slack lets you in)"]
    return "\n".join(lines) + "\n"


def _table(digest: Digest, dimension: str) -> list[str]:
    rows = [["", *HEAD]]
    rows += [[name_of(digest, dimension, name), *row(one)] for name, one in digest.groups[dimension].items()]
    widths = [max(len(line[n]) for line in rows) for n in range(len(rows[0]))]
    return [
        "  " + "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in rows
    ]


def _list(heading: str, lines: Sequence[str], count: int) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {count - MOST} more"] if count > MOST else []
    return ["", heading, *(f"  {line}" for line in lines[:MOST]), *more]


def html(digest: Digest, image: str = "") -> str:
    """The digest as HTML for mail; `image` is the chart's Content-ID. Everything in it is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables = [
        (HEADINGS[name], [(name_of(digest, name, group), row(one)) for group, one in digest.groups[name].items()])
        for name in DIMENSIONS
        if digest.groups.get(name)
    ]
    return made.get_template("digest.html").render(
        title=title(digest), headline=headline(digest), span=span_line(digest), facts=facts(digest), head=HEAD,
        tables=tables, missed=[missed_line(digest, one) for one in digest.missed[:MOST]],
        near=[near_line(one) for one in digest.near[:MOST]], url=digest.url, image=image,
    )  # fmt: skip


def subject(digest: Digest) -> str:
    """The mail's subject."""
    return (
        f"helpdesk: {title(digest)}: {percent(digest.total.response_rate)} in time, {digest.overdue_now} over the limit"
    )


def weak_times(digest: Digest, dimension: str) -> str:
    """The hours or weekdays of arrival with the most missed messages, the worst first; "" where none was missed."""
    missed = {name: one.late + one.unanswered for name, one in digest.groups.get(dimension, {}).items()}
    worst = sorted((name for name, count in missed.items() if count), key=lambda name: -missed[name])[:3]
    told = ", ".join(f"{name}{' h' if dimension == 'hour' else ''} ({missed[name]})" for name in worst)
    return f"{HEADINGS[dimension][3:].capitalize()}: {told}" if told else ""


def blocks(digest: Digest) -> tuple[str, list[dict[str, Any]]]:
    """(text, blocks) for Slack."""
    found: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title(digest)[:150]}},
        _section(f"*{escaped(headline(digest))}*\n{escaped(span_line(digest))}"),
        {
            "type": "section",
            "fields": [_words(f"*{label}*\n{escaped(value)}"[:1900]) for label, value in facts(digest)][:10],
        },
    ]
    for dimension in ("marketplace", "agent", "topic"):
        groups = list(digest.groups.get(dimension, {}).items())[:MOST]
        if groups:
            lines = [
                f"• {escaped(name_of(digest, dimension, name))}: {percent(one.response_rate)} in time, "
                f"{one.late + one.unanswered} missed, half within {span(one.p50_seconds)}"
                for name, one in groups
            ]
            found.append(_section("\n".join([f"*{HEADINGS[dimension]}*", *lines])))
    weak = [line for line in (weak_times(digest, name) for name in ("hour", "weekday")) if line]
    if weak:
        found.append(_section("\n".join(["*When answers were missed*", *(f"• {escaped(line)}" for line in weak)])))
    if digest.missed:
        lines = [f"• {escaped(missed_line(digest, one))}" for one in digest.missed[:MOST]]
        more = [f"… and {len(digest.missed) - MOST} more"] if len(digest.missed) > MOST else []
        found.append(_section("\n".join(["*Missed, and why*", *lines, *more])))
    if digest.near:
        found.append(_section("\n".join(["*Near misses*", *(f"• {near_line(one)}" for one in digest.near[:MOST])])))
    if digest.url:
        tail = f"{escaped(digest.url)} · type `/helpdesk dashboard` to be let in"
        found.append({"type": "context", "elements": [_words(tail)]})
    return escaped(f"{title(digest)}: {headline(digest)}"), found


def escaped(value: str) -> str:
    """One clean line that Slack reads no orders in."""
    return plain(value, lines=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _words(mrkdwn: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}


def _section(mrkdwn: str) -> dict[str, Any]:
    return {"type": "section", "text": _words(mrkdwn[:2900])}
