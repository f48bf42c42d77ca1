"""The table of at_requirements.py is true, and what no other test shows."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest
from at_requirements import REQUIREMENTS
from test_agent import live
from world import World

from mtmo import verbs

TESTS = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_every_named_test_exists(number: int) -> None:
    subject, tests = REQUIREMENTS[number]
    assert subject
    assert tests
    for test in tests:
        path, name = test.split("::")
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


async def _hang(args: list[str]) -> str:
    await asyncio.sleep(1e9)
    return "never"


def test_48_a_worker_that_hangs_is_not_fed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        if "hang" not in verbs.names():
            world.agent.verb("hang")(_hang)
        world.text(world.sign("hang").sms)
        await asyncio.sleep(60)
        assert world.board.port.now_ms() - world.board._fed_ms < 2000
        await asyncio.sleep(300)
        assert world.board.port.now_ms() - world.board._fed_ms > 150_000

    live(tmp_path, story)
