"""A real browser for the pages: Debian's Chromium, and what is looked for on every page."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from tests.support.paths import ROOT

CHROMIUM = "/usr/bin/chromium"
#: axe-core 4.14.1, where `sh tools/axe.sh` has fetched it; the checks below are always made.
AXE = Path(os.environ.get("HELPDESK_AXE", ROOT / ".venv" / "axe.min.js"))
AXE_SCRIPT = AXE.read_text(encoding="utf-8") if AXE.exists() else ""

#: (name, width, height): a phone and a desk.
SIZES = (("phone", 360, 740), ("desk", 1280, 900))
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

#: What is wrong with a page, without axe.
FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")


@dataclass  # without slots: playwright hangs its own on it
class Watched:
    """A page with everything that it did wrong."""

    page: Page
    own: str
    wrong: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note errors, and requests to elsewhere."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.own):
            self.wrong.append(f"elsewhere: {request.url}")

    async def faults(self) -> list[str]:
        """What is wrong with the page: contrast, names, tables, width, and axe's findings if it is there."""
        found: list[str] = list(await self.page.evaluate(FAULTS))
        if AXE_SCRIPT:
            await self.page.evaluate(AXE_SCRIPT + ";0")
            result: dict[str, Any] = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [f"axe {one['id']}: {one['nodes'][0]['html'][:160]}" for one in result["violations"]]
        return found


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium until the block ends."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            await chromium.close()


@asynccontextmanager
async def page(chromium: Browser, own: str, *, width: int, height: int, theme: Theme) -> AsyncIterator[Watched]:
    """A page of one size and theme."""
    context = await chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    try:
        watched = Watched(await context.new_page(), own)
        watched.listen()
        yield watched
    finally:
        await context.close()
