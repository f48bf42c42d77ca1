"""What `mtmo flash` leaves on a board for the agent, without a board."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner
from flash_bench import Bench

from mtmo_host.commands.flash import command


def invoke(*arguments: str) -> Any:
    result = CliRunner().invoke(command, [*arguments], catch_exceptions=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def provisioned(bench: Bench) -> dict[str, Any]:
    """What the board was given, without its check."""
    given: dict[str, Any] = json.loads(bench.files()["/provision.json"])
    del given["crc32"]
    return given
