"""The console page in a real browser: signing, verifying, cancelling, and that no text of a stranger becomes markup."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from network_world import eventually
from page_desk import Desk, browse
from playwright.async_api import Page, expect
from programs import requires

from mtmo_host.network.schema import CANCELED, DELIVERED
from mtmo_host.sms import sc1

pytestmark = requires("chromium")

_NASTY = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_a_command_is_signed_and_its_answer_verified(tmp_path: Path) -> None:
    async def signed(desk: Desk, page: Page) -> None:
        desk.first.attach()
        await expect(page.locator("#facts")).to_contain_text("attached · +423663921520531")
        await page.keyboard.type("ping")  # the compose box has the focus
        await expect(page.locator("#count")).to_have_text("31/160 GSM-7 · 1 SMS")
        await page.keyboard.press("Control+Enter")
        await eventually(lambda: desk.first.waiting)
        desk.first.settle()
        assert desk.command().body == "ping"
        assert desk.first.delivered[-1].oa.number == "12345"
        sent = page.locator("#talk li.mt")
        await expect(sent.locator(".text")).to_have_text("ping")
        await expect(sent).to_contain_text("Delivered")
        await expect(sent).to_contain_text("signed")

        desk.first.send("12345", desk.answer("OK pong"))
        answer = page.locator("#talk li.mo").first
        await expect(answer.locator(".text")).to_have_text("OK pong")
        await expect(answer.locator(".chip.ok")).to_have_text("✓ VERIFIED")
        await expect(answer.locator(".meta")).to_contain_text("answers ping")

        desk.first.send("12345", desk.answer("OK pong").replace("pong", "Pong"))
        await expect(page.locator("#talk li.mo").nth(1).locator(".chip.bad")).to_have_text("NOT VERIFIED")
        desk.first.send("12345", "OK unsigned")
        await expect(page.locator("#talk li.mo").nth(2).locator(".chip")).to_have_text("NOT VERIFIED")

    browse(tmp_path, signed)


def test_an_encrypted_command_and_its_answer_are_shown_in_the_clear(tmp_path: Path) -> None:
    async def encrypted(desk: Desk, page: Page) -> None:
        desk.first.attach()
        await page.check("#encrypt")
        await page.fill("#text", "set pin 1234")
        await page.keyboard.press("Shift+Enter")
        await eventually(lambda: desk.first.waiting)
        desk.first.settle()
        assert "1234" not in (desk.first.delivered[-1].text or "").partition("!")[2]
        assert desk.command().encrypted
        desk.first.send("12345", desk.answer("OK pin set"))
        await expect(page.locator("#talk li.mo .text")).to_have_text("OK pin set")
        await expect(page.locator("#talk li.mo .chip.ok")).to_have_text("✓ VERIFIED")
        await expect(page.locator("#talk li.mt .text")).to_have_text("set pin 1234")

    browse(tmp_path, encrypted, color_scheme="dark")


def test_a_notice_counts_once(tmp_path: Path) -> None:
    async def notice(desk: Desk, page: Page) -> None:
        keys = desk.master.slot(desk.first.imei)
        sms = sc1.sign_notice(keys, desk.first.imei, "A", 5, "OK low battery")
        desk.first.send("12345", sms)
        await expect(page.locator("#talk li.mo .chip")).to_have_text(["✓ VERIFIED"])
        desk.first.send("12345", sms)
        await expect(page.locator("#talk li.mo .chip")).to_have_text(["✓ VERIFIED", "REPEATED"])
        await page.reload()
        await expect(page.locator("#talk li.mo .chip")).to_have_text(["✓ VERIFIED", "REPEATED"])

    browse(tmp_path, notice)


def test_what_waits_can_be_canceled(tmp_path: Path) -> None:
    async def cancel(desk: Desk, page: Page) -> None:
        await page.uncheck("#sign")
        await page.fill("#text", "status")
        await page.click("#compose .primary")
        await expect(page.locator("#talk li.mt")).to_contain_text("Waiting for delivery")
        await expect(page.locator(".badge.wait")).to_have_text("1")
        await page.click("text=Cancel")
        await expect(page.locator("#talk li.mt")).to_contain_text("Canceled")
        assert [message.status_id for message in desk.outbound()] == [CANCELED]
        desk.first.attach()
        assert not desk.first.taken

    browse(tmp_path, cancel)


def test_texts_of_strangers_are_text_and_nothing_else(tmp_path: Path) -> None:
    async def nasty(desk: Desk, page: Page) -> None:
        desk.core.add_endpoint(
            "<b onclick=x>unit</b>", imei=None, iccid="89883030000067347699", imsi="295050901896999", msisdn="42366399"
        )
        desk.first.send("12345", _NASTY)
        desk.core.device_log(desk.one.id).append(_NASTY)
        await expect(page.locator("#talk li.mo .text")).to_have_text(_NASTY)
        await expect(page.locator(".device b").nth(2)).to_have_text("<b onclick=x>unit</b>")
        await page.click("text=Device log")
        await expect(page.locator("#lines")).to_contain_text(_NASTY)
        assert await page.locator("img, #talk script, #lines *").count() == 0
        assert await page.title() == "mtmo console"

    browse(tmp_path, nasty)


def test_an_external_phone_texts_and_reads_the_answer(tmp_path: Path) -> None:
    async def phone(desk: Desk, page: Page) -> None:
        desk.first.attach()
        await page.click("text=External phone")
        await page.fill("#phone-text", "hello")
        await page.keyboard.press("Control+Enter")
        await eventually(lambda: desk.first.waiting)
        desk.first.settle()
        assert desk.first.delivered[-1].oa.number == "+491511234567"
        await expect(page.locator("#talk li.mt")).to_contain_text("from 491511234567")
        desk.first.send("+491511234567", "who are you?", ton=1)
        await page.click("text=External phone")
        await expect(page.locator("#inbox li .text")).to_have_text("who are you?")

    browse(tmp_path, phone)


def test_unread_messages_are_counted_on_other_devices_only(tmp_path: Path) -> None:
    async def unread(desk: Desk, page: Page) -> None:
        desk.second.send("12345", "hi")
        second = page.locator(".device").nth(1)
        await expect(second.locator(".badge")).to_have_text("1")
        await second.click()
        await expect(page.locator("#talk li.mo .text")).to_have_text("hi")
        await expect(second.locator(".badge")).to_have_count(0)
        await page.fill("#filter", "unit-1")
        await expect(page.locator(".device")).to_have_count(1)

    browse(tmp_path, unread)


def test_on_a_small_screen_the_list_and_the_conversation_take_turns(tmp_path: Path) -> None:
    async def small(desk: Desk, page: Page) -> None:
        await expect(page.locator("#chat")).to_be_hidden()
        await page.locator(".device").first.click()
        await expect(page.locator("#text")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.click("#back")
        await expect(page.locator(".device").first).to_be_visible()
        await page.locator(".device").first.click()

    browse(tmp_path, small, viewport={"width": 390, "height": 780})


def test_a_page_without_a_token_asks_for_the_application_token(tmp_path: Path) -> None:
    async def login(desk: Desk, page: Page) -> None:
        url = page.url.partition("#")[0]
        await page.route(url, _strip_token)
        await page.goto("about:blank")
        await page.goto(url)
        await page.fill("#login-token", "wrong")
        await page.click("text=Sign in")
        await expect(page.locator("#login-token")).to_have_attribute("placeholder", "not accepted")
        await page.fill("#login-token", desk.store.application_token())
        await page.click("text=Sign in")
        await expect(page.locator(".device")).to_have_count(2)

    with pytest.raises(AssertionError, match="401"):  # the browser logs the refused sign-in, and nothing else
        browse(tmp_path, login)


async def _strip_token(route: object) -> None:
    answer = await route.fetch()  # type: ignore[attr-defined]
    text = await answer.text()
    start = text.index('name="mtmo-token" content="') + len('name="mtmo-token" content="')
    await route.fulfill(response=answer, body=text[:start] + text[text.index('"', start) :])  # type: ignore[attr-defined]


def test_many_messages_are_shown_from_the_newest(tmp_path: Path) -> None:
    async def many(desk: Desk, page: Page) -> None:
        started = time.monotonic()
        for number in range(300):
            desk.first.send("12345", f"OK n={number}")
        await expect(page.locator("#talk li.mo")).to_have_count(200)
        await expect(page.locator("#talk li.mo .text").last).to_have_text("OK n=299")
        await expect(page.locator("#talk li.mo").last).to_be_in_viewport()
        assert time.monotonic() - started < 20
        assert all(message.status_id == DELIVERED for message in desk.store.messages.of_endpoint(desk.one.id))

    browse(tmp_path, many)
