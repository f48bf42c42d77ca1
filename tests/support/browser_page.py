"""A web page in headless Chromium; whatever its scripts complain of fails the test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright, expect
from programs import find_program

_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def console_page(url: str, shot: str = "", **context: object) -> AsyncIterator[Page]:
    """The network's console at `url`, live. With MTMO_SHOTS=FOLDER its end is kept as the picture `shot`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_program("chromium"), args=_ARGUMENTS)
        page = await (await browser.new_context(**context)).new_page()  # type: ignore[arg-type]
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        await page.goto(url)
        await expect(page.locator("#live")).to_have_text("live")
        try:
            yield page
        finally:
            if shot and "MTMO_SHOTS" in os.environ:
                await page.screenshot(path=f"{os.environ['MTMO_SHOTS']}/{shot}.png")
            await browser.close()
        assert not problems, problems
