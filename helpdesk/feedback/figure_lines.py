"""Figures of seller feedback as a person reads them in a shell. Pure."""

from __future__ import annotations

from typing import Any

from helpdesk.plain import plain


def lines_of(made: dict[str, Any]) -> list[str]:
    """The lines of `helpdesk feedback figures`; what is not known is said, or left out."""
    lines = []
    for name, part in made["windows"].items():
        share = "" if part["positive"] is None else f", {part['positive']} % positive, {part['negative']} % negative"
        lines.append(f"{name:>8}: {part['count']:>6} feedback{share}")
    if made["windows"]["lifetime"]["count"] and made["windows"]["lifetime"]["positive"] is None:
        lines.append("Shares are not known: the reports so far hold no 4 or 5 stars, as Amazon's usual one.")
    if made["trend_30"] is not None:
        lines.append(f"Positive share against the 30 days before: {made['trend_30']:+d} points")
    if (found := made["defects"]) is not None:
        rates = "" if found["odr"] is None else f" = {found['odr']:.2%} (Amazon's limit: below 1 %)"
        lines.append(f"Order defects in 60 days: {found['defects']} of {found['orders']} orders{rates}")
        lines.append(
            f"  negative feedback {found['negative_feedback']}, A-to-z claims {found['claims']} "
            "(denied ones count here); chargebacks are not known"
        )
    for title, rows in (("Topics of a year", made["topics"]), ("SKUs of a year", made["skus"])):
        if rows:
            told = ", ".join(f"{name.replace('_', ' ')} {row['count']}" for name, row in list(rows.items())[:10])
            lines.append(plain(f"{title} (3 stars and fewer): {told}"))
    lines += [plain(f"Watch {entry['sku']}: {entry['negative']} negative in 90 days") for entry in made["watch"]]
    if made["funnel"]:
        lines.append("Removal requests: " + ", ".join(f"{count} {state}" for state, count in made["funnel"].items()))
    return lines
