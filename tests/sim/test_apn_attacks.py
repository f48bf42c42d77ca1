"""Attacks on the APN, 61 to 64 and 68 to 75 of the security reference: no octet of a refused value reaches the UART."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from virtual_time import run
from world import World

MARK = "zqj7"  # part of every refused value, and of nothing else
REFUSED = [
    *[
        (number, f"apn set {value}")
        for number, value in (
            ("61", f"{MARK}%22%3B+CFUN%3D0"),
            ("61", f"{MARK}%22"),
            ("61", f"{MARK}%0D%0AAT+CFUN%3D0"),
            ("61", f"{MARK}%1A"),
            ("61", f"{MARK}%1B"),
            ("61", f"%0D{MARK}"),
            ("61", f"{MARK}%5C"),
            ("61", f"{MARK}%2C%22%22"),
            ("61", f"{MARK}%"),
            ("61", f"{MARK}%2"),
            ("61", f"{MARK}%00"),
            ("61", f"{MARK}%FF"),
            ("61", f"{MARK}%2522"),
            *[
                ("62", f"em user={MARK}{bad}")
                for bad in ("%22", "%0D", "%0A", "%1A", "%1B", "%5C", "%20", "%00", "%7F")
            ],
            *[("62", f"em user=u pass={MARK}{bad}") for bad in ("%22", "%0D%0A", "%1A", "%1B", "%5C", "%20", "%80")],
            ("62", f"em user={MARK}{'x' * 29}"),
            ("62", f"em user=u pass={MARK}{'x' * 29}"),
            ("62", f"em user=u pass={MARK} auth={MARK}"),
            ("72", MARK + "x" * 59),
            ("72", "rac" + MARK),
            ("72", f"LAC{MARK}.net"),
            ("72", f"sgsn.{MARK}"),
            ("72", f"rnc.{MARK}"),
            ("72", f"{MARK}.gprs"),
            ("72", f"{MARK}.mnc01.mcc262.gprs"),
            ("72", f"{MARK}%2A"),
            ("72", f"{MARK}..x"),
            ("72", f".{MARK}"),
            ("72", f"{MARK}-"),
        )
    ],
    ("61", f"apn try {MARK}%22 5"),
    ("62", f"apn try em 5 user={MARK}%0D"),
    ("64", f"set reply-to +4915{MARK}%22%3B+CFUN%3D1,1"),
    ("64", f"set apn-probe-host {MARK}%22%3B+CFUN%3D1,1"),
    ("64", f"set apn-fallbacks em,{MARK}%22"),
]


def marked(octets: bytes) -> bool:
    return MARK.encode() in octets.lower() or MARK.encode().hex() in octets.lower().decode("latin-1")


@pytest.mark.parametrize(("number", "words"), REFUSED, ids=[f"{row[0]} {row[1]}"[:50] for row in REFUSED])
def test_no_octet_of_a_refused_value_reaches_the_uart(tmp_path: Path, number: str, words: str) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            await world.until(lambda: not world.agent.apn.restoring)
            heard: list[bytes] = []
            world.modem.trace = lambda way, octets, now_ms: heard.append(octets) if way == "rx" else None
            answer = await world.ask(words, encrypted=True)
            assert answer.startswith("E12 "), answer
            assert MARK not in answer
            await asyncio.sleep(60)
            told = b"".join(heard)
            assert not marked(told)
            assert not any(word in told for word in (b"CGDCONT=", b"CGAUTH=", b"CFUN=", b"\x1b"))
            assert (world.agent.apn.txn, world.agent.apn.phase) == (0, 0)
            assert not any(MARK in line for line in world.log)
            assert await world.ask("ping") == "OK pong"

    run(story())


def test_63_what_is_stored_leaves_as_hexadecimal_and_no_credential_leaves_at_all(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            world.text(world.sign("apn set em user=zqj7u pass=zqj7p", encrypted=True).sms)
            await world.until(lambda: any("txn=1 failed" in line for line in world.log), 600)  # the network wants none
            await world.until(lambda: len(world.network.sent) == 2, 600)
            heard: list[bytes] = []
            world.modem.trace = lambda way, octets, now_ms: heard.append(octets) if way == "rx" else None
            answers = [await world.ask(words) for words in ("apn", "status", "help apn set")]
            assert not any("zqj7" in answer for answer in answers)
            assert not any("zqj7p" in line for line in world.log)
            bodies = [octets for octets in heard if octets.endswith(b"\x1a")]
            assert len(bodies) == 3
            assert all(not set(body[:-1]) - set(b"0123456789ABCDEF") for body in bodies)

    run(story())


def test_70_71_a_second_set_is_busy_and_a_wrong_or_late_number_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"replies-per-hour": 60}) as world:
            world.text(world.sign("apn set em confirm=operator hold=2").sms)
            await world.until(lambda: world.agent.apn.phase == 4)
            assert await world.ask("apn set iot") == "E40 txn=1"
            assert await world.ask("apn try iot 5") == "E40 txn=1"
            for number in ("0", "2", "999999999"):
                assert await world.ask("apn confirm " + number) == "E41 no such txn"
                assert await world.ask("apn cancel " + number) == "E41 no such txn"
            assert world.agent.apn.phase == 4
            await world.until(lambda: world.agent.apn.phase == 0 and not world.agent.apn.due, 600)
            for words in ("apn confirm 1", "apn cancel 1"):
                assert await world.ask(words) == "E41 no such txn"
            assert world.agent.apn.good[0] == "iot"

    run(story())


def test_74_factory_keeps_the_apn_that_works(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"replies-per-hour": 60}) as world:
            world.text(world.sign("apn set em").sms)
            await world.until(lambda: len(world.network.sent) == 2)
            assert (await world.ask("factory")).startswith("OK")
            assert (await world.ask("apn")).startswith("OK apn=em stored=em negotiated=em state=stable")

    run(story())


@pytest.mark.parametrize("stale", ["bad", ""])
def test_75_an_apn_in_the_modems_own_memory_never_outlives_a_boot(tmp_path: Path, stale: str) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            await world.stop()
            world.modem.contexts.get(1).apn = stale
            world.start()
            await world.until(lambda: world.modem.contexts.get(1).apn == "iot", 60)
            assert await world.ask("ping") == "OK pong"

    run(story())
