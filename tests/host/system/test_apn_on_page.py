"""A wrong APN as an operator meets it: typed into the console page, signed, tried, undone by itself, and explained."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from browser_page import console_page
from lab_rig import Up, make_key, mpremote, running
from playwright.async_api import Locator, Page, expect
from programs import requires

from mtmo_host.sms import sc1

pytestmark = [pytest.mark.slow, requires("chromium")]

SOON_MS = 60_000  # an answer
BACK_MS = 150_000  # denied for 30 s, then back on the good one, each with its registration
FAILED = "E42 txn=1 cause=unknown-apn ceer=27"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("lab")
    with running(Up(folder / "state", make_key(folder))) as up:
        yield up


def bubble(page: Page, way: str, text: str) -> Locator:
    """The message that says exactly this, `mt` to the device or `mo` from it."""
    return page.locator(f"#talk li.{way}", has=page.locator(".text", has_text=text))


async def answered(page: Page, text: str, command: str, chips: list[str], timeout_ms: int = SOON_MS) -> None:
    """The answer is there, verified, and beside the command it belongs to."""
    answer = bubble(page, "mo", text)
    await expect(answer).to_have_count(1, timeout=timeout_ms)
    await expect(answer.locator(".chip")).to_have_text(["✓ VERIFIED", *chips])
    await expect(answer.locator(".meta")).to_contain_text("answers " + command)


def test_a_try_of_a_bad_apn_comes_back_alone_and_the_page_says_why(up: Up) -> None:
    device = up.devices[0]

    async def story() -> None:
        async with console_page(up.ready["http"], "apn_try") as page:
            facts = page.locator("#facts")
            await expect(facts).to_contain_text(f"attached · +{device['msisdn'].lstrip('+')}", timeout=SOON_MS)
            await page.click("#verbs >> text=apn try")
            await page.keyboard.type("iot.bad 5")  # behind the words, which have the focus
            await expect(page.locator("#text")).to_have_value("apn try iot.bad 5")
            await expect(page.locator("#sign")).to_be_checked()
            await expect(page.locator("#count")).to_have_text("44/160 GSM-7 · 1 SMS")
            await page.keyboard.press("Control+Enter")
            tried = bubble(page, "mt", "apn try iot.bad 5")
            await expect(tried).to_contain_text("Delivered", timeout=SOON_MS)
            await expect(tried).to_contain_text("signed")
            await expect(page.locator("#text")).to_have_value("")
            await answered(page, "Q txn=1", "apn try iot.bad 5", ["result follows"])

            # the bad APN blocks the attach: what is sent now waits, and is seen to wait
            await expect(facts).to_contain_text("not attached", timeout=SOON_MS)
            await page.keyboard.type("ping")
            await page.keyboard.press("Control+Enter")
            await expect(bubble(page, "mt", "ping")).to_contain_text("Waiting for delivery")
            await expect(page.locator(".badge.wait")).to_have_text("1")

            await expect(bubble(page, "mt", "ping")).to_contain_text("Delivered", timeout=BACK_MS)
            await answered(page, FAILED, "apn try iot.bad 5", ["error"], BACK_MS)
            await answered(page, "OK pong", "ping", [])
            await expect(page.locator(".badge.wait")).to_have_count(0)
            await expect(facts).to_have_text(f"attached · +{device['msisdn'].lstrip('+')} · IMEI {device['imei']}")

            await page.click("#verbs >> text=status")
            await page.keyboard.press("Control+Enter")
            await answered(page, "last=1:unknown-apn", "status", [])
            await expect(bubble(page, "mo", "last=1:unknown-apn")).to_contain_text("st=stable")
            await page.click("text=Device log")
            for phase in ("applying", "testing", "failed: unknown-apn ceer=27", "rollback", "stable"):
                await expect(page.locator("#lines")).to_contain_text("apn: txn=1 " + phase)
            await page.click("text=Messages")

    asyncio.run(story())
    # the page's verdict is its server's: the same by hand
    texts = {row["id"]: row["payload"] for row in up.log(device) if row["sms_type"]["description"] == "MT"}
    frame = sc1.parse(texts[min(texts)])
    command = sc1.SignedCommand(texts[min(texts)], frame.tag, frame.kid, frame.ctr)
    answers = [sms for sms in up.mo(device) if sc1.parse(sms).ctr == frame.ctr]
    assert [up.verified(device, sms, command) for sms in answers] == ["Q txn=1", FAILED]


def test_the_record_of_it_can_be_read_on_the_repl(up: Up) -> None:
    words = "from mtmo.store import Store; r = Store().read('apn'); print(r['state'], r['good'][0], r['history'])"
    done = mpremote(up.devices[0]["repl"], "exec", words)
    assert done.stdout.strip() == "stable iot ['1:unknown-apn']", done.stderr
