"""Texts as gateways and phones send them: what stands at their ends, a capital at the beginning (SC1 §2.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from world import OPERATOR, World, live

from mtmo_host.sms import gsm7
from mtmo_host.sms.address import TON_INTERNATIONAL, Address
from mtmo_host.sms.tpdu import encode_deliver

PIN = "Sesam77"
BUDGET = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60, "same-texts-per-hour": 60}
STRANGER = Address("+4915112345678", TON_INTERNATIONAL)


def say(world: World, text: str, oa: Address | None = None) -> None:
    """Send it in the alphabet that it needs."""
    scts = datetime(2026, 3, 14, 8, tzinfo=UTC) + timedelta(seconds=len(world.network.sent) + len(world.log))
    dcs = 0 if gsm7.fits(text) else 8
    world.network.submit(world.modem, encode_deliver(oa=oa or Address(OPERATOR), scts=scts, text=text, dcs=dcs))


async def answer(world: World, text: str) -> str:
    """What it is answered; "" if nothing."""
    before = len(world.network.sent)
    say(world, text)
    await asyncio.sleep(20)
    return world.network.sent[before][1] if len(world.network.sent) > before else ""


@pytest.mark.parametrize(("front", "end"), [
    ("", "\n"), ("", "\r\n"), ("\r\n", ""), ("\ufeff", "\u200d "), ("\u00a0", "\u00a0"), ("\u200b \u200e", "\u200f\n"),
])  # fmt: skip
@pytest.mark.parametrize("secret", [False, True], ids=["plain", "encrypted"])
def test_a_signed_text_is_the_same_whatever_stands_at_its_ends(
    tmp_path: Path, front: str, end: str, secret: bool
) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping", encrypted=secret)
        say(world, front + command.sms + end)
        await world.until(lambda: world.network.sent, 20)
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story)


ANSWERS = [
    ("Ping", "OK pong"),
    ("PING\r\n", "OK pong"),
    ("\ufeffPing; Ping ;pINg\u200b", "OK pong; OK pong; OK pong"),
    ("Get Report-H", "E12 unknown setting"),  # a verb's name is folded, no argument
    ("Get report-h\n", "OK report-h=0"),
    ("Set report-h 24", "OK report-h=24"),
    ("Report every 12h", "OK report=12h but reply-to is not set"),
    ("Sms Stop", "OK sms=stopped"),
    ("SMS start\u00a0", "OK sms=started"),
    ("Out relay on", "OK relay=on"),
    ("Out Relay on", "E12 out led/relay on/off/pulse MS"),
    ("Allow Add short:777 viewer", "OK listed=2"),
    ("Nonsense", "E11 unknown verb"),
    ("pi\u200bng", "E11 unknown verb"),
    ("ping\u2010", "E11 unknown verb"),
    ("\u200aping", "E11 unknown verb"),
    ("", "E11 unknown verb"),
    ("\r\n\u200b", "E11 unknown verb"),
    ("Ok", ""),
    ("q txn=1", ""),
    ("e11 unknown verb", ""),
    ("Okay", "E11 unknown verb"),
    ("\u200bOK pong", ""),
    ("\r\nQ txn=1", ""),
    ("Q", ""),
    ("\ufeff=A1.0 OK", ""),
    ("\n+A1.0 x", ""),
    ("\u00a0E10 syntax", ""),
]


@pytest.mark.parametrize(("text", "said"), ANSWERS, ids=[ascii(text) for text, _ in ANSWERS])
def test_an_unsigned_command_is_read_as_phones_write_it(tmp_path: Path, text: str, said: str) -> None:
    async def story(world: World) -> None:
        assert await answer(world, text) == said

    live(tmp_path, story, access="allow-list", **BUDGET)


def test_a_value_keeps_its_case_behind_a_verb_that_is_folded(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        say(world, "Apn Set Em.Test user=UsER\n")
        await world.until(lambda: world.network.sent, 60)
        assert world.agent.apn.candidate[:2] == ["Em.Test", "UsER"]

    live(tmp_path, story, access="allow-list", **BUDGET)


def test_a_verb_of_the_application_is_found_as_it_is_called_and_in_small_letters(tmp_path: Path) -> None:
    from mtmo import verbs

    async def story(world: World) -> None:
        verbs.register("query", "read", "query", lambda args: " ".join(args) or "q")
        verbs.register("CamelCase", "read", "CamelCase", lambda args: "c")
        try:
            assert await answer(world, "Query Abc") == "OK Abc"
            assert await answer(world, "CamelCase") == "OK c"
        finally:
            verbs._rows.clear()

    live(tmp_path, story, access="allow-list", **BUDGET)


def test_a_pin_keeps_its_case_and_the_verb_behind_it_need_not(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await answer(world, f"\ufeff#{PIN} Ping\r\n") == "OK pong"
        assert await answer(world, f"#{PIN.lower()} Ping") == ""
        assert await answer(world, f"#{PIN}\u200b Ping") == ""

    live(tmp_path, story, access="pin", pin=PIN, **BUDGET)


@pytest.mark.parametrize("blanks", ["", " ", "  ", "\u00a0 ", "\r\n  "])
def test_a_form_of_another_platform_may_have_anything_at_its_ends(tmp_path: Path, blanks: str) -> None:
    async def story(world: World) -> None:
        say(world, blanks + "setparam 2001:em\r\n")
        await world.until(lambda: world.network.sent, 60)
        assert world.network.sent[0][1] == "Q txn=1"

    live(tmp_path, story, access="allow-list", legacy=True, **BUDGET)


INSIDE = "signed, but with a foreign character inside"
REASONS: list[tuple[str, Callable[[str], str], str]] = [
    ("no signature", lambda sms: "ping\n", "unsigned"),
    ("no signature, a foreign character", lambda sms: "pi\u200bng", "unsigned"),
    ("a zero-width space inside", lambda sms: sms.replace(" ping", " pi\u200bng"), INSIDE),
    ("a line end inside", lambda sms: sms.replace(" ping", "\nping"), INSIDE),
    ("a neighbour of what is stripped", lambda sms: sms + "\u2010", INSIDE),
    ("a tab at the end", lambda sms: sms + "\t", INSIDE),
    ("cut", lambda sms: sms[:12], "signed, but malformed"),
    ("an answer", lambda sms: "\ufeff=" + sms[1:], "an answer, not a command"),
    ("another signature", lambda sms: sms.replace(" ping", " pinG") + "\r\n", "bad signature"),
]


@pytest.mark.parametrize("any_sender", [False, True])
@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS])
def test_the_log_names_the_true_reason(
    tmp_path: Path, change: Callable[[str], str], reason: str, any_sender: bool
) -> None:
    async def story(world: World) -> None:
        say(world, change(world.sign("ping").sms))
        await world.until(lambda: any("refused: " in line for line in world.log), 20)
        assert any("refused: " + reason in line for line in world.log), world.log
        assert not world.network.sent

    live(tmp_path, story, **{"any-sender-if-signed": any_sender})


@pytest.mark.parametrize(("text", "reason"), [
    ("ping", "sender not on the allow-list"), ("*A18.22CDX6MYSKTB3 pi\u200bng", INSIDE),
])  # fmt: skip
def test_the_true_reason_is_named_of_a_sender_on_no_list_who_may_sign(tmp_path: Path, text: str, reason: str) -> None:
    async def story(world: World) -> None:
        say(world, text, STRANGER)
        await world.until(lambda: any("refused: " + reason in line for line in world.log), 20)
        assert not world.network.sent

    live(tmp_path, story, **{"any-sender-if-signed": True, "reply-to": "short:54321"})


def test_a_foreign_character_in_an_unsigned_text_that_names_no_verb_is_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await answer(world, "pi\u200bng")
        assert any("foreign character inside" in line for line in world.log)

    live(tmp_path, story, access="allow-list", **BUDGET)
