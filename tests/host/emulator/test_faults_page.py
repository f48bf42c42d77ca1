"""The console page's fault panel in a real browser."""

from __future__ import annotations

from pathlib import Path

from emulator_rig import FakeNetwork
from page_desk import Desk, browse
from playwright.async_api import Page, expect
from programs import requires

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.violations import Rule

pytestmark = requires("chromium")


def test_faults_are_switched_and_violations_shown_on_the_page(tmp_path: Path) -> None:
    async def faults(desk: Desk, page: Page) -> None:
        modem = Modem(personality("generic"), Sim("1", "2", "+3"), FakeNetwork(), imei="356938035643809", speed=1000)
        desk.core.set_modem(desk.one.id, modem)
        modem.power_on(0)
        modem.breach(Rule.OVERLAP, "<b>AT</b>")
        await page.click("#tab-faults")
        await expect(page.locator("#faults-driver")).to_have_text("Violations of its driver: 1")
        await expect(page.locator("#faults-found li")).to_contain_text("<b>AT</b>")
        await expect(page.locator("#faults-menu li")).to_have_count(26)
        await page.set_viewport_size({"width": 390, "height": 700})
        whole = "e => e.getBoundingClientRect().bottom <= innerHeight && e.scrollWidth <= e.clientWidth"
        for _ in range(20):
            modem.breach(Rule.OVERLAP, "AT+CMGL=4" * 10)
        await page.click("#tab-chat")
        await page.click("#tab-faults")
        await expect(page.locator("#faults-found li")).to_have_count(20)
        assert await page.locator("#faults-found").evaluate(whole), "the list scrolls within the page"
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.select_option("#faults-profile", "silent")
        await expect(page.locator("#fault-F11")).to_be_checked()
        box = page.get_by_label("Parameters of slow")
        await box.fill("ms=9")
        await box.press("Enter")
        await expect(page.locator("#fault-F2")).to_be_checked()
        assert modem.faults.active()["F2"] == {"ms": 9}
        await page.locator("#faults-menu li", has_text="F7 reboot").get_by_role("button", name="Now").click()
        await expect(page.locator("#faults-menu li", has_text="F7 reboot")).to_contain_text("acted 1")
        await page.uncheck("#fault-F11")
        await expect(page.locator("#fault-F11")).not_to_be_checked()
        await page.click("#faults-clear")
        await expect(page.locator("#fault-F2")).not_to_be_checked()
        assert not modem.faults.active()

    browse(tmp_path, faults)
