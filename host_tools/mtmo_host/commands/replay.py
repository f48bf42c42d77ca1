"""`mtmo replay`: plays a recorded AT transcript back, byte for byte, as either side."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from mtmo_host.commands.lines import Line, line_options
from mtmo_host.commands.options import RealRange
from mtmo_host.commands.serving import run_until_stopped, say
from mtmo_host.emulator.endpoints import Endpoint
from mtmo_host.emulator.transcript import AGENT, MODEM, SIDES, Transcript, load
from mtmo_host.emulator.transcript.playback import Difference, Playback
from mtmo_host.emulator.transcript.rerun import rerun
from mtmo_host.errors import MtmoError

_LOOK_S = 0.02
_LINGER = 250  # looks: 5 s for a program that has not read the last answer yet


@click.command(
    epilog="""\b
Examples:
  mtmo replay run.jsonl --as modem --pty /tmp/modem    a program meets the modem of that run again
  mtmo replay run.jsonl --as agent --tcp 10.0.0.7:7000   that run's commands, to a modem that is there
  mtmo replay run.jsonl --as agent                     the same to a fresh emulated modem, in no time
"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "side", type=click.Choice(SIDES), required=True, help="which side to play")
@line_options
@click.option(
    "--exact-time/--fast", default=False, help="keep the recorded pauses, or answer at once [default: --fast]"
)
@click.option("--wait", type=RealRange(0.1, 86_400), default=30.0, show_default=True, help="seconds of silence")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON when it may begin, one with the outcome")
def command(file: Path, side: str, line: Line, exact_time: bool, wait: float, as_json: bool) -> None:
    """Play FILE, a transcript of --record, back to the other side, and compare what comes with what was recorded.

    The first octet that differs, or --wait seconds in which nothing comes, ends it with exit status 1. As agent
    without a line, a fresh emulated modem of the same kind and seed answers: that must be the same in every octet.
    """
    transcript = load(file)
    transcript.check_said()
    if side == AGENT and not line.given:
        difference = rerun(transcript)
    else:
        player = _Player(transcript, side, line, exact_time, wait)
        run_until_stopped(player.start, player.stop, lambda at: _announce(side, at, as_json), player.ended)
        difference = player.difference
    _finish(transcript, MODEM if side == AGENT else AGENT, difference, as_json)


class _Player:
    """One side on a line until it has ended."""

    def __init__(self, transcript: Transcript, side: str, line: Line, exact_time: bool, wait_s: float) -> None:
        self._playback = Playback(transcript, side, exact_time=exact_time)
        self._side, self._line, self._wait_s = side, line, wait_s
        self._endpoint: Endpoint | None = None

    async def start(self) -> str:
        make = self._line.connect if self._side == AGENT else self._line.listen
        self._endpoint = make(self._playback)
        await self._endpoint.start()
        return self._endpoint.address

    async def stop(self) -> None:
        if self._endpoint is not None:
            await self._endpoint.close()

    async def ended(self) -> None:
        """Until everything was played and is out, or something differs, or nothing comes for too long."""
        loop, seen, silent_since = asyncio.get_running_loop(), -1, 0.0
        while not self._playback.ended or (self._endpoint is not None and not self._endpoint.idle):
            if self._playback.difference is not None:
                return
            if self._playback.progress != seen or self._playback.next_wake_ms() is not None:
                seen, silent_since = self._playback.progress, loop.time()
            elif loop.time() - silent_since > self._wait_s:
                say(f"nothing came for {self._wait_s:g} s")
                self._playback.missing()
                return
            await asyncio.sleep(_LOOK_S)
        for _ in range(_LINGER):
            if self._endpoint is None or not self._endpoint.unread:
                break
            await asyncio.sleep(_LOOK_S)

    @property
    def difference(self) -> Difference | None:
        """The outcome; ended by a signal, what is missing is one."""
        return self._playback.difference if self._playback.ended else self._playback.missing()


def _announce(side: str, address: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ready": True, "as": side, "at": address}))
    else:
        say(f"playing the {side} at {address}; Ctrl-C ends it.")


def _finish(transcript: Transcript, compared: str, difference: Difference | None, as_json: bool) -> None:
    count = len(transcript.octets(compared))
    if as_json:
        outcome: dict[str, Any] = {"same": difference is None, "compared": compared, "octets": count}
        click.echo(json.dumps(outcome | ({} if difference is None else {"difference": difference.as_json()})))
    elif difference is None:
        click.echo(f"no difference: {count} octets from the {compared} are as recorded")
    if difference is not None:
        raise MtmoError(str(difference), field=str(transcript.path))
