"""Pictures of the cards and forms in Slack for docs/slack.md, drawn as the demo's page draws them: `make screenshots`.

What is drawn is the JSON that the tests keep (tests/support/slack_samples.py, tests/data/digest), so the pictures show
what is posted.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from typing import Any

from helpdesk.reports import charts
from helpdesk.reports.figures import Figures
from helpdesk.sandbox.page import SHELL
from helpdesk.sandbox.page_blocks import home_html, message_html, view_html
from helpdesk.sandbox.slack_state import OpenView
from helpdesk.sandbox.slack_typing import fill
from tests.support import browser
from tests.support.paths import DATA, ROOT
from tests.support.slack_samples import samples

FOLDER = ROOT / "docs" / "pictures"
USERS = {"U0MIA0001": "mia", "U0BEN0001": "ben", "U0BOSS001": "boss", "U0ANNA": "anna", "U0BEN": "ben"}
#: (file, samples one below the other)
PICTURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("card", ("card_new",)),
    ("card-late", ("card_late",)),
    ("card-thanks", ("card_thanks",)),
    ("card-attachments", ("card_attachments",)),
    ("card-answered", ("card_answered",)),
    ("thread", ("thread_acknowledged", "thread_mail", "thread_reply_queued", "thread_reply_sent", "thread_snoozed",
                "thread_reply_refused")),
    ("reply-form", ("form_reply",)),
    ("reply-form-warned", ("form_reply_warned",)),
    ("preview", ("view_preview",)),
    ("everything", ("view_everything",)),
    ("snooze", ("form_snooze",)),
    ("call", ("form_call",)),
    ("call-back", ("card_phone", "form_call_back")),
    ("escalation", ("escalation", "escalation_late")),
    ("review", ("review", "review_rescued")),
    ("suspect", ("suspect",)),
    ("feedback", ("feedback",)),
    ("hello", ("hello",)),
    ("home", ("home_agent",)),
    ("home-manager", ("home_manager",)),
    ("digest", ("digest",)),
)  # fmt: skip
#: Pixels; the digest is longer.
TALLEST = 1000
#: Without the page's header, and dialogs where they stand.
STILL = """<style>header{display:none}main{display:block!important;padding:.6rem;width:40rem;box-sizing:border-box}
dialog{display:block;position:static;width:100%;margin:0}article{margin:0 0 .4rem}</style>"""


def drawn(sample: dict[str, Any]) -> str:
    """One sample as HTML."""
    if sample.get("type") == "modal":
        shown = OpenView("V1", "U0MIA0001", sample, "V1")
        fill(shown, {})
        return view_html(shown, USERS)
    if sample.get("type") == "home":
        return home_html(OpenView("V1", "U0MIA0001", sample, "V1"), USERS)
    return f"<article>{message_html({**sample, 'channel': 'C1', 'ts': '1.1'}, USERS)}</article>"


def a_week() -> bytes:
    """The chart of an invented week."""
    shares = {"response_rate": None, "late_rate": None, "avg_seconds": None, "p50_seconds": None, "p90_seconds": None}
    days = {
        f"2026-11-{17 + n}": Figures(eligible=a + b, on_time=a, late=b, unanswered=0, open=c, **shares)
        for n, (a, b, c) in enumerate(
            [(31, 1, 0), (28, 0, 0), (35, 2, 0), (30, 0, 0), (17, 1, 0), (14, 0, 0), (33, 2, 4)]
        )
    }
    return charts.answered(days, title="Messages by day of arrival, until yesterday")


def small(png: bytes) -> bytes:
    """The same picture in 64 colours, its beginning if it is long."""
    from PIL import Image

    out = io.BytesIO()
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    whole.crop((0, 0, whole.width, min(whole.height, TALLEST))).quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def page_of(names: tuple[str, ...], every: dict[str, Any]) -> str:
    """A page with some samples, without the demo's script."""
    chart = base64.b64encode(a_week()).decode()
    inner = "".join(drawn(every[name]) for name in names)
    inner = re.sub(r'src="/files/[^"]*"', f'src="data:image/png;base64,{chart}"', inner)
    return re.sub(r"<script>.*</script>", "", SHELL, flags=re.DOTALL).replace("{{page}}", inner) + STILL


async def main() -> None:
    """Draw every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    digest = json.loads((DATA / "digest" / "weekly.blocks.json").read_text(encoding="utf-8"))
    every = {**samples(), "digest": digest}
    async with browser.browser() as chromium:
        context = await chromium.new_context(viewport={"width": 660, "height": 400}, color_scheme="light")
        page = await context.new_page()
        for name, shown in PICTURES:
            await page.set_content(page_of(shown, every), wait_until="load")
            png = await page.locator("main").screenshot()
            (FOLDER / f"{name}.png").write_bytes(await asyncio.to_thread(small, png))
        await context.close()


if __name__ == "__main__":
    asyncio.run(main())
