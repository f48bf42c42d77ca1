"""Places in the modem's stores: an index that was given away is another message's."""

from __future__ import annotations

from pathlib import Path

from test_faults import Twist
from world import World, live


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
