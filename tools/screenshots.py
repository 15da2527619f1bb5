"""Pictures of the dashboard over an invented shop, for docs/: `make screenshots`."""

from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image

from helpdesk.store import schema
from helpdesk.store.engine import Store
from tests.support import browser
from tests.support.managers import fill, invented, served

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
#: (file, page, size, theme)
PICTURES: tuple[tuple[str, str, tuple[int, int], browser.Theme], ...] = (
    ("overview", "/", (1280, 900), "light"),
    ("overview-dark", "/", (1280, 900), "dark"),
    ("overview-phone", "/", (360, 740), "light"),
    ("queue", "/queue", (1280, 700), "light"),
    ("ticket", "/tickets/26", (1280, 900), "light"),
    ("response-times", "/sla?window=30d&by=topic", (1280, 900), "light"),
    ("rescue-and-triage", "/quality?window=30d", (1280, 900), "light"),
    ("mails-behind-a-number", "/lists/mails?window=7d", (1280, 700), "light"),
    ("feedback", "/feedback", (1280, 700), "light"),
    ("replies", "/texts?language=de", (1280, 900), "light"),
    ("watch-list", "/watchlist", (1280, 900), "light"),
    ("watch-list-phone", "/watchlist", (360, 740), "dark"),
)


async def name_of(user: str) -> str:
    """Invented people."""
    return {"U0ANNA": "Anna", "U0BEN": "Ben", "U0MAYA": "Maya"}.get(user, user)


def small(png: bytes) -> Image.Image:
    """The picture in 128 colours: a third of the bytes, and no difference to the eye."""
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(128, dither=Image.Dither.NONE)


async def main() -> None:
    """Take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.connect(f"sqlite:///{folder}/helpdesk.db")
        await schema.upgrade(store)
        await fill(store, invented(300))
        async with served(store, managers=("U0MAYA",)) as found, browser.browser() as chromium:
            found.site.name_of = name_of
            for name, path, (width, height), theme in PICTURES:
                async with browser.page(chromium, found.url, width=width, height=height, theme=theme) as seen:
                    await seen.page.goto(await found.link())
                    for _ in range(2):  # names are asked for at the first look
                        await seen.page.goto(found.url + path, wait_until="networkidle")
                    small(await seen.page.screenshot()).save(FOLDER / f"{name}.png", optimize=True)
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
