"""Charts of the response figures: one figure, as SVG for pages and mail, as PNG for Slack. Pure: bytes out, no files.

Every chart is also a table beside it, so a chart is never the only place of a number. Colours are told apart without
seeing red and green alike: late is dark orange and hatched, in time is blue (Okabe and Ito's palette).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from helpdesk.reports.figures import Figures

Format = Literal["svg", "png"]

#: Bars at most; the rest are left to the table.
MOST_BARS = 40
IN_TIME, MISSED, WAITING = "#0072b2", "#d55e00", "#999999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Ink and paper."""

    ink: str
    faint: str
    paper: str | None  #: None: see-through


THEMES = {
    "light": Theme(ink="#1f2328", faint="#c8ccd1", paper=None),
    "dark": Theme(ink="#e6e8ea", faint="#4a5058", paper=None),
    "paper": Theme(ink="#1f2328", faint="#d5d8dc", paper="#ffffff"),
}


def answered(groups: Mapping[str, Figures], *, theme: str = "paper", form: Format = "png", title: str = "") -> bytes:
    """Bars of messages in time, late or unanswered, and open, a bar for each group."""
    shown = list(groups.items())[-MOST_BARS:]
    names = [_short(name) for name, _ in shown]
    parts = [
        ("in time", IN_TIME, "", [one.on_time for _, one in shown]),
        ("late or unanswered", MISSED, "//", [one.late + one.unanswered for _, one in shown]),
        ("open", WAITING, "", [one.open for _, one in shown]),
    ]

    def draw(axes: Any, paint: Theme) -> None:
        base = [0] * len(names)
        for label, colour, hatch, heights in parts:
            axes.bar(range(len(names)), heights, bottom=base, color=colour, label=label, width=0.8, hatch=hatch or None,
                     edgecolor=paint.paper or "none", linewidth=0)  # fmt: skip
            base = [low + high for low, high in zip(base, heights, strict=True)]
        _ticks(axes, names)
        axes.set_ylabel("messages")

    return _figure(draw, theme, form, title)


def speed(groups: Mapping[str, Figures], *, theme: str = "paper", form: Format = "png", title: str = "") -> bytes:
    """Median and 90th percentile of hours until the answer, for each group."""
    shown = list(groups.items())[-MOST_BARS:]
    names = [_short(name) for name, _ in shown]

    def draw(axes: Any, _paint: Theme) -> None:
        spots = range(len(names))
        axes.bar([x - 0.2 for x in spots], [(one.p50_seconds or 0) / 3600 for _, one in shown], width=0.4,
                 color=IN_TIME, label="half within")  # fmt: skip
        axes.bar([x + 0.2 for x in spots], [(one.p90_seconds or 0) / 3600 for _, one in shown], width=0.4,
                 color="#56b4e9", label="90 % within")  # fmt: skip
        _ticks(axes, names)
        axes.set_ylabel("hours")

    return _figure(draw, theme, form, title)


def _ticks(axes: Any, names: Sequence[str]) -> None:
    days = any(" " in name and name[:1].isdigit() for name in names)
    step = max(1, -(-len(names) // 10)) if days else max(1, len(names) // 16)
    spots = range(0, len(names), step)
    slanted = not days and len(names) > 8 and any(len(name) > 3 for name in names)
    slanted = slanted or any(len(name) > 9 for name in names)
    axes.set_xticks(
        list(spots), [names[n] for n in spots], rotation=35 if slanted else 0, ha="right" if slanted else "center",
        parse_math=False,
    )  # fmt: skip
    axes.yaxis.get_major_locator().set_params(integer=True)


def _short(name: str) -> str:
    """A group's name, short enough for an axis."""
    kept = "".join(c if c.isprintable() else " " for c in name).replace("_", " ")
    with suppress(ValueError):
        if len(kept) == 10 and kept[4] == kept[7] == "-":  # a day, without its year
            return f"{date.fromisoformat(kept):%-d %b}"
    return kept if len(kept) <= 18 else kept[:17] + "…"


def _figure(draw: Any, theme: str, form: Format, title: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # in SVG the reader's own fonts draw the letters; in a PNG a sign of no font here is a box, which no log need tell
    warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
    paint = THEMES[theme]
    looks: Any = {"font.size": 10, "svg.fonttype": "none", "svg.hashsalt": "helpdesk", "font.family": "sans-serif",
             "text.color": paint.ink, "axes.labelcolor": paint.ink, "xtick.color": paint.ink, "ytick.color": paint.ink,
             "axes.edgecolor": paint.faint, "hatch.color": paint.ink, "hatch.linewidth": 0.4}  # fmt: skip
    with mpl.rc_context(looks):
        figure = Figure(figsize=(7.2, 2.8), layout="constrained")
        canvas: Any = FigureCanvasSVG(figure) if form == "svg" else FigureCanvasAgg(figure)
        figure.patch.set_alpha(0 if paint.paper is None else 1)
        figure.patch.set_facecolor(paint.paper or "none")
        axes = figure.add_subplot()
        axes.set_facecolor("none")
        draw(axes, paint)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="y", color=paint.faint, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_ylim(bottom=0, top=None if axes.get_ylim()[1] >= 1 else 1)  # no message is no scale of hundredths
        if title:
            axes.set_title(title, loc="left", fontsize=11)
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
        out = io.BytesIO()
        if form == "svg":
            canvas.print_svg(out, metadata={"Date": None, "Creator": None})
        else:
            figure.set_dpi(144)
            canvas.print_png(out)
    return out.getvalue()
