"""Places in the modem's stores: an index that was given away is another message's."""

from __future__ import annotations

from pathlib import Path

from twist import Twist
from world import OPERATOR, World, live

from mtmo_host.emulator.sms.store import Stat
from mtmo_host.emulator.sms.tpdu_fields import sca_octets
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver


def test_no_place_is_deleted_twice_before_the_store_is_listed_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        said: list[bytes] = []
        world.board.port.heard = lambda octets: said.append(octets) or True
        for _ in range(2):
            await world.agent.inbox.delete([5])
            await world.agent.inbox.delete([5])
            await world.agent.inbox.drain(0)
        assert [octets for octets in said if b"CMGD" in octets] == [b"AT+CMGD=5\r"] * 2

    live(tmp_path, story, wrap=Twist)


def test_what_came_while_the_modem_was_down_does_not_make_the_older_commands_stale(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        older, newer = world.sign("set sweep-min 20"), world.sign("set sweep-min 30")
        await world.stop()
        # before it fell, new messages went to ME; until it was set up again, to the card
        for mem, command in (("SM", newer), ("ME", older)):
            tpdu = encode_deliver(oa=Address(OPERATOR), scts=world.next_scts(), text=command.sms)
            world.modem.sms.store.add(mem, Stat.REC_UNREAD, sca_octets(world.modem.sim.smsc) + tpdu)
        world.start()
        await world.until(lambda: len(world.network.sent) == 2)
        assert [world.verified(i, command) for i, command in enumerate((older, newer))] == [
            "OK sweep-min=20",
            "OK sweep-min=30",
        ]

    live(tmp_path, story)


def test_a_command_that_the_service_centre_dates_a_year_ahead_is_not_stale_behind_newer_ones(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        commands = [world.sign(f"set sweep-min {minutes}") for minutes in (20, 30, 40)]
        await world.stop()
        for command, year in zip(commands, (2027, 2026, 2026), strict=True):
            scts = world.next_scts().replace(year=year)
            world.network.submit(world.modem, encode_deliver(oa=Address(OPERATOR), scts=scts, text=command.sms))
        await world.until(lambda: not world.network.waiting)
        world.start()
        await world.until(lambda: len(world.network.sent) == 3)
        assert [world.verified(i, command) for i, command in enumerate(commands)] == [
            "OK sweep-min=20",
            "OK sweep-min=30",
            "OK sweep-min=40",
        ]

    live(tmp_path, story)
