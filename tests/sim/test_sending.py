"""What becomes of a text that the modem does not take: the class of the error decides, and nothing goes out blindly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from test_faults import Twist
from test_modem_found import now_s, said
from world import World, live


class Sending:
    """Replaces the results of AT+CMGS by `finals`, one after the other, and notes when each was asked for."""

    def __init__(self, world: World, finals: list[bytes], *, sent: bool = False) -> None:
        self.times: list[float] = []
        self._finals = list(finals)
        self._body = False
        port = world.board.port
        port.heard = self._heard
        port.twist = self._twist
        self._hears_body = sent  # False: the PDU never reaches the modem
        self._world = world

    def _heard(self, octets: bytes) -> bool:
        if octets.startswith(b"AT+CMGS="):
            self.times.append(now_s())
        if not octets.endswith(b"\x1a") or not self._finals:
            return True
        final = self._finals.pop(0)
        if self._hears_body:
            self._swallow = final
            self._body = True
            return True
        self._world.modem.feed(b"\x1b", self._world.board.port.now_ms())
        self._body = True
        self._swallow = final
        self._world.pump()
        return False

    def _twist(self, octets: bytes) -> bytes:
        if not self._body or (b"OK" not in octets and b"ERROR" not in octets):
            return octets
        self._body = False
        return b"\r\n" + self._swallow + b"\r\n"


# the results of the first attempts, how many are made in two hours, what is logged
OUTCOMES = (
    ("permanent", [b"+CMS ERROR: 1"], 1),
    ("permanent, by our fault", [b"+CMS ERROR: 304"], 1),
    ("transient", [b"+CMS ERROR: 41"], 2),
    ("transient for a while", [b"+CMS ERROR: 331"] * 4, 5),
    ("transient for ever", [b"+CMS ERROR: 42"] * 40, 9),
    ("once more", [b"+CMS ERROR: 21"] * 40, 2),
    ("unknown", [b"+CMS ERROR: 500"], 1),
    ("a vendor's number that no table explains", [b"+CMS ERROR: 545"], 1),
    ("a bare error behind the PDU", [b"ERROR"], 1),
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
        assert len(world.network.sent) == 1, "never blindly again"

    live(tmp_path, story, name=name, wrap=Twist)
