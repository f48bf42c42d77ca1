"""The table of at_requirements.py is true, and what no other test shows."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest
from at_requirements import EMULATOR, HARDWARE, REQUIREMENTS
from world import World, live

import mtmo
from mtmo import verbs

DEVICE = Path(mtmo.__file__).parent
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


def test_every_requirement_is_in_the_table_or_the_emulators() -> None:
    assert set(REQUIREMENTS) | set(EMULATOR) == set(range(1, 51))
    assert not set(REQUIREMENTS) & set(EMULATOR)
    assert set(HARDWARE) <= set(REQUIREMENTS)


@pytest.mark.parametrize("path", sorted({test.split("::")[0] for _, tests in REQUIREMENTS.values() for test in tests}))
def test_every_named_file_is_collected(path: str) -> None:
    folder, *_, name = path.split("/")
    assert name.startswith("test_")
    assert folder in {"both", "fuzz", "host", "micropython", "sim"}


def test_39_no_code_of_the_agent_names_a_family() -> None:
    families = {path.stem for path in (DEVICE / "dialects").glob("*.py")} - {"__init__", "generic", "models"}
    for path in DEVICE.rglob("*.py"):
        if path.parent.name != "dialects":
            words = {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                     if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
            assert not words & families, path.name


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
