"""The sign page in a real browser, from a file and without a network: the vectors, and a person's way through it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.async_api import Page, async_playwright, expect
from programs import find_program, requires

from mtmo_host.cli import group
from mtmo_host.commands.sign_page import command
from mtmo_host.errors import MtmoError
from mtmo_host.sign_page import page as sign_page
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CLOCK_LIMIT_S, CounterStore
from mtmo_host.sms.device_keys import export_keys
from mtmo_host.sms.keys import MasterKey

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "sc1.json").read_text())
IMEI, OTHER = "356938035643809", "356938035643817"
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
Story = Callable[[Page], Awaitable[None]]


def browse(folder: Path, story: Story) -> None:
    """Run a story on the page, opened from a file; whatever it asks of a network, or complains of, fails it."""
    path = folder / "sign.html"
    path.write_text(sign_page(), encoding="utf-8")

    async def run() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_program("chromium"), args=_ARGUMENTS)
            page = await browser.new_page()
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
            page.on("request", lambda request: None if request.url == path.as_uri() else problems.append(request.url))
            await page.goto(path.as_uri())
            await story(page)
            await browser.close()
            assert not problems

    asyncio.run(run())


def slot_of(vector: dict[str, Any]) -> str:
    """The JavaScript that derives the vector's keys."""
    master = "recovery_master" if vector["kid"] == "Z" else "master"
    devid, kid, epoch = VECTORS["devid"], vector["kid"], vector["epoch"]
    return f"await sc1.slotKeys(await sc1.deviceKey(sc1.fromHex('{VECTORS[master]}'), '{devid}', '{kid}', {epoch}))"


@requires("chromium")
def test_the_vectors_hold_in_the_browser(tmp_path: Path) -> None:
    async def story(page: Page) -> None:
        devid = VECTORS["devid"]
        for row in VECTORS["commands"]:
            made = await page.evaluate(
                f"async ([ctr, body, secret]) => {{ const keys = {slot_of(row)};"
                f" const made = await sc1.sign(keys, '{devid}', '{row['kid']}', ctr, body, secret);"
                f" const back = await sc1.verify(keys, '{devid}', made.sms);"
                " return [made.sms, sc1.hex(made.tag), back.text]; }",
                [row["ctr"], row["body"], row["encrypted"]],
            )
            assert made == [row["sms"], row["tag"], row["body"]], row["name"]
            assert len(row["sms"]) == row["septets"]
        for row in (*VECTORS["replies"], *VECTORS["notices"]):
            opens = f"(await sc1.verify({slot_of(row)}, '{devid}', sms, tag && sc1.fromHex(tag))).text"
            text = await page.evaluate(f"async ([sms, tag]) => {opens}", [row["sms"], row.get("command_tag")])
            assert text == row["text"], row["name"]

    browse(tmp_path, story)


@requires("chromium")
def test_what_the_vectors_accept_or_refuse_the_browser_does_too(tmp_path: Path) -> None:
    async def story(page: Page) -> None:
        keys = slot_of({"kid": "A", "epoch": 1})
        opens = (
            f"async (sms) => {{ const keys = {keys}; try {{ return (await sc1.verify(keys, '{VECTORS['devid']}', sms,"
            " new Uint8Array(8))).text; }"
            " catch (error) { if (error instanceof sc1.Sc1Error) return null; throw error; } }"
        )
        for row in VECTORS["accepted_as_the_same"]:
            assert await page.evaluate(opens, row["sms"]) == "apn set em", row["why"]
        for row in VECTORS["refused"]:
            assert await page.evaluate(opens, row["sms"]) is None, row["why"]
        answers = {row["name"]: row for row in (*VECTORS["replies"], *VECTORS["notices"]) if row["kid"] == "A"}
        for row in VECTORS["answers_accepted_as_the_same"]:
            same = answers[row["as"]]
            tag = f"sc1.fromHex('{same['command_tag']}')" if "command_tag" in same else "null"
            verify = f"async (sms) => (await sc1.verify({keys}, '{VECTORS['devid']}', sms, {tag})).text"
            assert await page.evaluate(verify, row["sms"]) == same["text"], row["why"]
        for row in VECTORS["answers_refused"]:
            assert await page.evaluate(opens, row["sms"]) is None, row["why"]

    browse(tmp_path, story)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """What an operator has: keys of slot B of two devices."""
    master = MasterKey.create(tmp_path / "fleet.key")
    export_keys(master, [IMEI, OTHER], "B", {IMEI: 1, OTHER: 1}, tmp_path / "anna.json")
    return tmp_path / "anna.json"


def keys_of(folder: Path, kid: str = "B") -> sc1.SlotKeys:
    return MasterKey.load(folder / "fleet.key").slot(IMEI, kid)


@requires("chromium")
def test_an_operator_signs_and_checks_the_answer(tmp_path: Path, exported: Path) -> None:
    keys = keys_of(tmp_path)

    async def story(page: Page) -> None:
        await page.set_input_files("#key-file", exported)
        await expect(page.locator("#key-state")).to_have_text("Slot B, epoch 1, 2 devices.")
        await page.fill("#command", "apn set  em ")
        await page.click("#sign")
        signed = await page.input_value("#signed")
        command = sc1.verify_command(keys, IMEI, signed)
        assert (command.kid, command.body) == ("B", "apn set em")
        assert abs(command.ctr - time.time()) < 60
        await expect(page.locator("#count")).to_have_text(f"{len(signed)} of 160 characters: one SMS.")
        good = sc1.sign_reply(keys, IMEI, "B", command.ctr, command.tag, "OK apn=em state=confirmed txn=1", part=1)
        await page.fill("#answer", f"  {good} ")
        await page.click("#check")
        await expect(page.locator("#verdict")).to_have_text("VERIFIED answer: OK apn=em state=confirmed txn=1")
        for forged in (good[:-1] + "2", "OK apn=em", good.replace("=B", "=A"), good.replace("/1", ""), "<b>x</b>"):
            await page.fill("#answer", forged)
            await page.click("#check")
            await expect(page.locator("#verdict")).to_contain_text("NOT VERIFIED")
        await page.fill("#answer", sc1.sign_notice(keys, IMEI, "B", 7, "boot wdt", encrypted=True))
        await page.click("#check")
        await expect(page.locator("#verdict")).to_have_text("VERIFIED notice: boot wdt")

    browse(tmp_path, story)


@requires("chromium")
def test_a_counter_never_comes_twice_though_the_page_is_closed(tmp_path: Path, exported: Path) -> None:
    keys = keys_of(tmp_path)

    async def story(page: Page) -> None:
        counters = []
        for _ in range(2):
            await page.set_input_files("#key-file", exported)
            for _ in range(3):
                await page.fill("#command", "ping")
                await page.click("#sign")
                await expect(page.locator("#signed-row")).to_be_visible()
                counters.append(sc1.verify_command(keys, IMEI, await page.input_value("#signed")).ctr)
            await page.reload()
        assert counters == sorted(set(counters))
        kept = await page.evaluate("JSON.stringify(localStorage)")
        assert not any(key.hex() in kept for key in (keys.k_cmd, keys.k_rep, keys.k_enc))
        assert json.loads(exported.read_text())["keys"][IMEI] not in kept

    browse(tmp_path, story)


@requires("chromium")
def test_a_text_that_needs_two_sms_is_warned_of(tmp_path: Path, exported: Path) -> None:
    async def story(page: Page) -> None:
        await page.set_input_files("#key-file", exported)
        await page.fill("#command", "apn set " + "x" * 60 + " user=" + "u" * 32 + " pass=" + "p" * 32)
        await expect(page.locator("#count")).to_contain_text("2 SMS. Some portals cannot send this")
        await page.click("#sign")
        await expect(page.locator("#count")).to_contain_text("2 SMS. Some portals cannot send this")
        assert len(await page.input_value("#signed")) > 160
        await page.fill("#command", "apn set em user=u pass=p")
        await page.check("#encrypt")
        await page.click("#sign")
        await expect(page.locator("#count")).to_contain_text("one SMS")
        assert "!" in await page.input_value("#signed")

    browse(tmp_path, story)


WRONG = [
    ("nothing", "", "there is no command to sign"),
    ("a mangled character", "apn set em@x", "write it as %40"),
    ("one beyond ASCII", "apn set é", "write it as %C3%A9"),
    ("five verbs", "ping;ping;ping;ping;ping", "at most four"),
]


@requires("chromium")
def test_what_cannot_be_signed_is_said_and_spends_no_counter(tmp_path: Path, exported: Path) -> None:
    async def story(page: Page) -> None:
        await page.click("#sign")
        await expect(page.locator("#count")).to_have_text("load a key first")
        await page.set_input_files("#key-file", exported)
        for what, words, message in WRONG:
            await page.fill("#command", words)
            await page.click("#sign")
            await expect(page.locator("#count"), what).to_contain_text(message)
            await expect(page.locator("#signed-row"), what).to_be_hidden()
        assert await page.evaluate("localStorage.length") == 0
        await page.evaluate(f"Date.now = () => {(CLOCK_LIMIT_S + 1) * 1000}")
        await page.fill("#command", "ping")
        await page.click("#sign")
        await expect(page.locator("#count")).to_contain_text("clock is years ahead")

    browse(tmp_path, story)


@requires("chromium")
def test_a_master_key_is_taken_with_a_warning_and_an_imei_is_checked(tmp_path: Path, exported: Path) -> None:
    async def story(page: Page) -> None:
        await page.set_input_files("#key-file", tmp_path / "fleet.key")
        await expect(page.locator("#key-state")).to_contain_text("commands the whole fleet")
        await page.fill("#command", "status")
        await page.fill("#imei", IMEI[:-1] + "0")
        await page.click("#sign")
        await expect(page.locator("#count")).to_contain_text("IMEI is mistyped")
        await page.fill("#imei", IMEI)
        await page.click("#sign")
        await expect(page.locator("#signed-row")).to_be_visible()
        signed = await page.input_value("#signed")
        assert sc1.verify_command(keys_of(tmp_path, "A"), IMEI, signed).body == "status"

    browse(tmp_path, story)


@requires("chromium")
@pytest.mark.parametrize(
    "content", ["", "00", "zz" * 32, "{", "[]", "{}", '{"kind": "mtmo device keys", "version": 2}']
)
def test_what_is_no_key_is_refused_and_not_kept(tmp_path: Path, content: str) -> None:
    async def story(page: Page) -> None:
        await page.click("summary")
        await page.fill("#key-text", content)
        await page.click("#key-use")
        await expect(page.locator("#key-state")).to_have_class("state bad")
        assert await page.input_value("#key-text") == ""

    browse(tmp_path, story)


@requires("chromium")
def test_the_console_and_the_page_share_no_counter_but_agree_on_texts(tmp_path: Path, exported: Path) -> None:
    """A text of `mtmo sms sign` is verified on the page, and its answer by way of it."""
    keys = keys_of(tmp_path)
    ctr = CounterStore(tmp_path / "counters.json").next(IMEI, "B")
    signed = sc1.sign(keys, IMEI, "B", ctr, "status", encrypted=True)
    reply = sc1.sign_reply(keys, IMEI, "B", ctr, signed.tag, "OK st=stable", encrypted=True)

    async def story(page: Page) -> None:
        await page.set_input_files("#key-file", exported)
        await page.fill("#answer", reply)
        await page.click("#check")
        await expect(page.locator("#verdict")).to_contain_text("not known here")
        await page.click("section:nth-of-type(3) summary")
        await page.fill("#answered", signed.sms)
        await page.click("#check")
        await expect(page.locator("#verdict")).to_have_text("VERIFIED answer: OK st=stable")

    browse(tmp_path, story)


def test_the_verb_writes_the_page_and_overwrites_nothing(tmp_path: Path) -> None:
    out = tmp_path / "sign.html"
    first = CliRunner().invoke(command, ["--out", str(out), "--json"])
    line = json.loads(first.stdout)
    assert line["file"] == str(out)
    assert out.read_text(encoding="utf-8") == sign_page()
    with pytest.raises(MtmoError, match="exists already"):
        CliRunner().invoke(command, ["--out", str(out)], catch_exceptions=False)
    assert CliRunner().invoke(command, ["--out", str(out), "--force"]).exit_code == 0
    assert "sign-page" in CliRunner().invoke(group, ["--help"]).stdout


def test_the_page_may_load_nothing_and_is_whole(tmp_path: Path) -> None:
    text = sign_page()
    assert "{{" not in text
    assert "default-src 'none'" in text
    assert not any(word in text for word in ("http://", "https://", "src=", "@import", "url("))
