"""What becomes of a text that the modem does not take: the class of the error decides, and whose text it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sayings import now_s, said
from sending import Sending
from twist import Twist
from world import World, live

# the results of the first attempts, how many are made in two hours, what is logged
OUTCOMES = (
    ("permanent", [b"+CMS ERROR: 1"], 1),
    ("permanent, by our fault", [b"+CMS ERROR: 304"], 1),
    ("transient", [b"+CMS ERROR: 41"], 2),
    ("transient for a while", [b"+CMS ERROR: 331"] * 4, 5),
    ("transient for ever", [b"+CMS ERROR: 42"] * 40, 9),
    ("once more", [b"+CMS ERROR: 21"] * 40, 2),
    ("unknown", [b"+CMS ERROR: 500"], 2),
    ("unknown for ever", [b"+CMS ERROR: 500"] * 40, 2),
    ("a vendor's number that no table explains", [b"+CMS ERROR: 545"], 2),
    ("a bare error behind the PDU", [b"ERROR"], 2),
    ("SIM busy", [b"+CMS ERROR: 314"], 2),
    ("SIM busy, as the equipment says it", [b"+CME ERROR: 14"], 2),
)


@pytest.mark.parametrize(("what", "finals", "attempts"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_the_class_of_the_error_decides_how_often_a_text_is_offered(
    tmp_path: Path, what: str, finals: list[bytes], attempts: int
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        sending = Sending(world, finals)
        world.text(world.sign("ping").sms)
        await asyncio.sleep(4 * 3600)
        assert len(sending.times) == attempts
        pauses = [later - earlier for earlier, later in zip(sending.times, sending.times[1:], strict=False)]
        assert all(pause >= 29 for pause in pauses), pauses
        assert len(world.network.sent) == (1 if len(finals) < attempts else 0)

    live(tmp_path, story, wrap=Twist, **{"replies-per-hour": 60})


def test_a_text_that_was_taken_before_counts_as_delivered(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        sending = Sending(world, [b"+CMS ERROR: 197"], sent=True)
        world.text(world.sign("ping").sms)
        await asyncio.sleep(3600)
        assert len(sending.times) == 1
        assert len(world.network.sent) == 1

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize(("smsc", "written"), [("+491710000000", True), ("", False)])
def test_a_missing_service_centre_comes_from_the_settings_or_from_nowhere(
    tmp_path: Path, smsc: str, written: bool
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        heard: list[bytes] = []
        world.modem.trace = lambda direction, octets, now_ms: heard.append(octets) if direction == "rx" else None
        Sending(world, [b"+CMS ERROR: 330"])
        world.text(world.sign("ping").sms)
        await world.until(lambda: world.network.sent, 600)
        assert (b'AT+CSCA="+491710000000",145' in b"".join(heard)) == written
        assert b"AT+CSCA=" in b"".join(heard) or not written

    live(tmp_path, story, wrap=Twist, **({"smsc": smsc} if smsc else {}))


def test_a_store_that_is_full_while_sending_is_swept(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        heard: list[bytes] = []
        world.modem.trace = lambda direction, octets, now_ms: heard.append(octets) if direction == "rx" else None
        Sending(world, [b"+CMS ERROR: 322"])
        world.text(world.sign("ping").sms)
        await world.until(lambda: said(world, "+CMS ERROR: 322"), 60)
        heard.clear()
        await world.until(lambda: world.network.sent, 600)
        assert b"AT+CMGL=4" in b"".join(heard)

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize(("name", "longest_s"), [("sim800", 60), ("bg95", 120), ("sara_r5", 180)])
def test_a_result_that_never_comes_ends_after_the_familys_time_and_is_unknown(
    tmp_path: Path, name: str, longest_s: int
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        began: list[float] = []

        def heard(octets: bytes) -> bool:
            if octets.endswith(b"\x1a") and not began:
                began.append(now_s())
                world.board.port.twist = lambda octets: b""
            return True

        world.board.port.heard = heard
        world.text(world.sign("ping").sms)
        await world.until(lambda: said(world, "whether it was sent is unknown"), 300)
        assert longest_s <= now_s() - began[0] < longest_s + 1
        world.board.port.twist = lambda octets: octets
        await asyncio.sleep(3600)
        assert len(world.network.sent) == 2
        assert len(set(world.network.sent)) == 1, "once more, and by its MAC the same"

    live(tmp_path, story, name=name, wrap=Twist)


@pytest.mark.parametrize("final", [b"+CMS ERROR: 500", b"+CMS ERROR: 545", b"ERROR"])
def test_an_unsigned_answer_that_may_have_gone_out_is_never_sent_again(tmp_path: Path, final: bytes) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        sending = Sending(world, [final])
        world.text("ping")
        await asyncio.sleep(4 * 3600)
        assert len(sending.times) == 1

    live(tmp_path, story, wrap=Twist, access="allow-list")


# the results of the first attempts to send an APN report, and the attempts made in a day
REPORTS = (
    ("unknown", [b"+CMS ERROR: 500"] * 5, 6),
    ("a vendor's number that no table explains", [b"+CMS ERROR: 545"] * 5, 6),
    ("a bare error behind the PDU", [b"ERROR"] * 5, 6),
    ("once more", [b"+CMS ERROR: 21"] * 5, 6),
    ("transient for long", [b"+CMS ERROR: 42"] * 12, 13),
)


async def changed_apn(world: World, finals: list[bytes]) -> Sending:
    """An APN change has begun; its report will meet `finals`."""
    await asyncio.sleep(10)
    assert (await world.ask("apn set em")).startswith("Q txn=")
    return Sending(world, finals)


@pytest.mark.parametrize(("what", "finals", "attempts"), REPORTS, ids=[row[0] for row in REPORTS])
def test_the_report_of_an_apn_change_is_repeated_until_it_is_sent(
    tmp_path: Path, what: str, finals: list[bytes], attempts: int
) -> None:
    async def story(world: World) -> None:
        sending = await changed_apn(world, finals)
        await asyncio.sleep(86400)
        assert len(sending.times) == attempts
        assert "state=confirmed" in world.network.sent[-1][1]
        assert len(world.network.sent) == 2
        assert not world.agent.apn.due
        pauses = [later - earlier for earlier, later in zip(sending.times, sending.times[1:], strict=False)]
        assert 29 <= min(pauses) <= max(pauses) < 3700

    live(tmp_path, story, wrap=Twist)


def test_a_report_that_is_never_taken_keeps_to_the_budget(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        sending = await changed_apn(world, [b"+CMS ERROR: 500"] * 1000)
        await asyncio.sleep(10 * 86400)
        assert world.agent.apn.due, "for ever: nobody else tells the operator"
        assert len(sending.times) <= 11 * 10
        assert len(sending.times) >= 9 * 10

    live(tmp_path, story, wrap=Twist, **{"replies-per-day": 10})


def test_a_report_whose_number_no_network_takes_goes_to_reply_to(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        sending = await changed_apn(world, [b"+CMS ERROR: 1"])
        await asyncio.sleep(3600)
        assert len(sending.times) == 2
        assert world.network.sent[-1][0] == "54321"
        assert "state=confirmed" in world.network.sent[-1][1]
        assert not world.agent.apn.due

    live(tmp_path, story, wrap=Twist, **{"reply-to": "short:54321"})


@pytest.mark.parametrize("reboots", [False, True])
def test_a_report_that_nobody_takes_ends_after_three_refusals_a_day_apart(tmp_path: Path, reboots: bool) -> None:
    async def story(world: World) -> None:
        finals = [b"+CMS ERROR: 1"] * 40
        sending = await changed_apn(world, finals)
        attempts = 0
        for _ in range(10):
            await asyncio.sleep(43200)
            if reboots:
                attempts += len(sending.times)
                await world.stop()
                world.start()
                sending = Sending(world, finals)
        assert attempts + len(sending.times) == 3
        assert not world.agent.apn.due
        assert any("nobody can be told: OK apn=em" in line for line in world.log)
        Sending(world, [])
        assert "last=1:confirmed" in await world.ask("status")

    live(tmp_path, story, wrap=Twist)
