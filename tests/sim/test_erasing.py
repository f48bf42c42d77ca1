"""What the modem does not erase does not run again, whatever it says of it, and however often the board restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from twist import Twist
from virtual_time import run
from world import World

from mtmo_host.emulator.sms.store import Stored

UNSIGNED = "out relay off"
FIRST = 1  # index of the family


class Stuck:
    """The text at the first index cannot be erased: the modem refuses it, says nothing, or says OK;
    "late": and it is there again half a second later.
    """

    def __init__(self, world: World, how: str) -> None:
        self.tries = 0
        self._world = world
        self._how = how
        self._stored: Stored | None = None
        self.attach()

    def attach(self) -> None:
        """To the port of this boot."""
        self._world.board.port.heard = self._heard

    async def text(self, words: str) -> None:
        """It comes."""
        store = self._world.modem.sms.store
        self._world.text(words)
        await self._world.until(lambda: store.get("ME", FIRST), 60, 0.001)
        self._stored = store.get("ME", FIRST)
        await settle(self._world)

    def _heard(self, octets: bytes) -> bool:
        if octets != b"AT+CMGD=%d\r" % FIRST:
            return True
        self.tries += 1
        if self._how in ("OK", "late"):
            self._put_back(0.5 if self._how == "late" else 0)
            return True
        if self._how == "refused":
            self._world.modem.urc("+CMS ERROR: 500")
            self._world.pump()
        return False

    def _put_back(self, delay_s: float) -> None:
        places = self._world.modem.sms.store._places["ME"]
        if FIRST not in places and not delay_s:
            places[FIRST] = self._stored
        else:
            asyncio.get_running_loop().call_later(delay_s or 0.001, self._put_back, 0)


async def settle(world: World) -> None:
    await world.until(lambda: not world.network.waiting)
    await asyncio.sleep(70)  # the minute's limit is over


def lives(tmp_path: Path, story: Callable[[World], object], **settings: object) -> None:
    async def main() -> None:
        # not by live(): the store is not empty at the end
        async with World(tmp_path, access="allow-list", wrap=Twist, **{"replies-per-hour": 60, **settings}) as world:
            await story(world)

    run(main())


def ran(world: World) -> int:
    return sum("accepted from" in line for line in world.log)


def erase_nothing(world: World) -> None:
    """From now on the modem refuses every AT+CMGD."""

    def heard(octets: bytes) -> bool:
        if octets.startswith(b"AT+CMGD="):
            world.modem.urc("+CMS ERROR: 500")
            world.pump()
            return False
        return True

    world.board.port.heard = heard


@pytest.mark.parametrize("how", ["refused", "silent", "OK", "late"])
def test_a_text_that_cannot_be_erased_is_judged_once(tmp_path: Path, how: str) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(5)
        stuck = Stuck(world, how)
        await stuck.text(UNSIGNED)
        rejected = world.agent.rejected
        await asyncio.sleep(7200)
        assert ran(world) == 1
        assert world.agent.rejected - rejected <= 1, "it is judged no more"
        assert 2 <= stuck.tries <= 14, "it is tried again now and then"
        assert "stuck=1" in await world.ask("status")
        world.board.port.heard = lambda octets: True
        await world.until(lambda: not world.stored(), 2000)
        await asyncio.sleep(1000)
        assert "stuck" not in await world.ask("status")

    lives(tmp_path, story)


@pytest.mark.parametrize("how", ["refused", "OK"])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_text_that_cannot_be_erased_does_not_run_again_after_the_ring_has_moved_on(
    tmp_path: Path, how: str, restarts: bool
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(5)
        stuck = Stuck(world, how)
        await stuck.text(UNSIGNED)
        for i in range(20):
            world.text(f"set sweep-min {i + 20}")
            if i % 5 == 4:
                await settle(world)
                if restarts:
                    await world.stop()
                    world.start()
                    stuck.attach()
                    await asyncio.sleep(60)
        assert ran(world) == 21
        assert not any(entry.body == UNSIGNED for entry in world.agent.journal.entries)
        await asyncio.sleep(3600)
        assert ran(world) == 21

    lives(tmp_path, story)


def test_where_nothing_is_erased_unsigned_texts_are_refused_and_signed_ones_are_served(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(5)

        erase_nothing(world)
        for i in range(40):
            world.text(f"set sweep-min {i + 20}")
            if i % 5 == 4:
                await settle(world)
        accepted = ran(world)
        assert 8 < accepted <= 17, "the ring's eight and eight more are remembered"
        assert any("the modem does not erase" in line for line in world.log)
        assert await world.ask("ping") == "OK pong"
        await asyncio.sleep(2000)
        assert any("E50 modem erases no texts" in text for _, text in world.network.sent)
        await world.stop()
        world.start()
        erase_nothing(world)
        await asyncio.sleep(2000)
        assert ran(world) == accepted + 1

    lives(tmp_path, story, **{"reply-to": "short:54321"})


def test_a_wrong_pin_that_cannot_be_erased_is_one_guess(tmp_path: Path) -> None:
    async def main() -> None:
        async with World(tmp_path, access="pin", pin="geheim77", wrap=Twist) as world:
            await asyncio.sleep(5)

            erase_nothing(world)
            world.text("#falsch11 ping")
            await asyncio.sleep(40_000)
            assert sum("wrong PIN" in line for line in world.log) == 1

    run(main())
