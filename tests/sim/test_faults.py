"""One fault each: what the modem or the line did, and that the agent came through."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from test_agent import live
from world import OPERATOR, World

from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver


def test_a_text_for_the_sim_is_read_from_the_sim(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        text = world.sign("ping").sms
        class_2 = encode_deliver(oa=Address(OPERATOR), scts=datetime(2026, 3, 14, tzinfo=UTC), text=text, dcs=0xF2)
        world.network.submit(world.modem, class_2)
        await world.until(lambda: len(world.network.sent) == 1, 10)

    live(tmp_path, story)


def test_what_came_into_the_modems_own_store_before_it_was_set_up_is_read(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.restart()
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 1)

    live(tmp_path, story, name="sim7080")


def test_a_look_into_the_store_does_not_disturb_the_choice_of_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(1800)
        assert world.modem.settings.cpms == ["ME", "ME", "ME"]

    live(tmp_path, story)
