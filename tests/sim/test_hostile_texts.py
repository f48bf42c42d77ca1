"""The attack cases of the security reference as a table: what each costs, and that the next command is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hostile_cases import CASES, Case
from virtual_time import run
from world import World

from mtmo_host.sms.address import TON_ALPHANUMERIC, TON_INTERNATIONAL, Address

LONG = Address("+4915112345678", TON_INTERNATIONAL)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number} {case.name}"[:50] for case in CASES])
def test_an_attack_costs_no_more_than_the_table_says(tmp_path: Path, case: Case) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"replies-per-hour": 60}) as world:
            await asyncio.sleep(5)  # the radio cycle of the start brings a sweep
            writes, sent = world.store.writes, len(world.network.sent)
            heard: list[bytes] = []
            world.modem.trace = lambda direction, octets, now_ms: heard.append(octets) if direction == "rx" else None
            case.send(world)
            await asyncio.sleep(case.wait_s)
            await world.until(lambda: not world.network.waiting)
            await asyncio.sleep(5)
            assert len(world.network.sent) - sent == case.mo
            assert world.store.writes - writes <= case.writes
            assert not world.stored()
            assert world.agent.modem.chat.errors == 0
            assert b"CGDCONT=" not in b"".join(heard)
            assert not any("xyzzy" in said for _, said in world.network.sent)
            assert world.resets == 0
            assert await world.ask("ping") == "OK pong"

    run(story())


@pytest.mark.parametrize("what", ["empty", "missing", "damaged", "keys gone"])
def test_06_07_81_without_a_list_or_a_key_every_door_is_closed(tmp_path: Path, what: str) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            await world.stop()
            record = world.store.read("keys")
            if what == "empty":
                world.store.write("keys", {**record, "allow": []})
            elif what == "keys gone":
                world.store.write("keys", {**record, "slots": []})
            else:
                for slot in (0, 1):
                    path = tmp_path / f"keys.{slot}"
                    path.unlink(missing_ok=True) if what == "missing" else path.write_bytes(b"MTM1" + bytes(40))
            world.start()
            await asyncio.sleep(30)
            writes = world.store.writes
            for words in (world.sign("ping").sms, "ping", "#0000 ping", "reboot"):
                world.text(words)
            await asyncio.sleep(60)
            assert (len(world.network.sent), world.store.writes - writes, world.stored()) == (0, 0, [])

    run(story())


def test_08_a_command_from_letters_is_answered_where_the_setting_says(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"any-sender-if-signed": True, "reply-to": "short:54321"}) as world:
            world.text(world.sign("ping").sms, Address("EMnify", TON_ALPHANUMERIC, 0))
            await world.until(lambda: world.network.sent)
            assert world.network.sent[0][0] == "54321"

    run(story())


def test_13_76_a_reboot_is_executed_once_though_it_comes_again_after_the_boot(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            command = world.sign("reboot")
            world.text(command.sms)
            await world.until(lambda: world.resets == 1)
            world.text(command.sms, again=True)
            world.text(command.sms)
            await asyncio.sleep(120)
            assert world.resets == 1
            assert not world.stored()

    run(story())
