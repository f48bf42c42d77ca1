"""Facts about the speed of a line: each octet on time to a millisecond, both ways, and nothing grows meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from line_rig import Mute, serve

from mtmo_host.emulator.endpoints import SocketEndpoint
from mtmo_host.emulator.endpoints.pace import Pace


@pytest.mark.parametrize("baud", [300, 9600, 115_200, 921_600, 4_000_000])
def test_octets_are_through_exactly_when_a_line_has_passed_them(baud: int) -> None:
    pace, now_s, waiting, passed = Pace(baud), 100.0, 1000, 0
    pace.begin(now_s)
    while waiting:
        now_s = pace.next_s(waiting)
        count = pace.through(waiting, now_s)
        assert count, "every look is worth it"
        waiting -= count
        passed += count
        assert abs(now_s - (100.0 + passed * 10 / baud)) < 1e-6
    assert abs(now_s - (100.0 + 10_000 / baud)) < 1e-6


def test_a_look_that_came_late_catches_up_and_an_idle_line_saves_nothing_up() -> None:
    pace = Pace(1000)  # an octet each 10 ms
    pace.begin(0.0)
    assert pace.through(10, 0.055) == 5
    assert pace.through(5, 0.1) == 5
    pace.begin(5.0)
    assert pace.through(10, 5.0099) == 0
    assert pace.through(10, 5.0101) == 1


def _lateness_ms(arrivals: list[tuple[float, int]], began_s: float, baud: int) -> list[float]:
    """How long after its time on the wire each piece came; below zero would be too early."""
    seen, late = 0, []
    for at_s, count in arrivals:
        seen += count
        late.append((at_s - began_s - seen * 10 / baud) * 1000)
    return late


def _is_at_line_rate(measure: Callable[[], list[float]]) -> None:
    """No octet early, none in a lump: most within a millisecond or so. Other programs may steal time: best of 5."""
    for attempt in range(5):
        late = sorted(measure())
        assert late[0] > -0.3, "an octet came before the line could have passed it"
        if late[len(late) // 2] < 1.5 and late[-1] < 5:
            return
        time.sleep(0.2 * attempt)
    raise AssertionError(late)


def test_what_a_modem_says_comes_at_line_rate(pair: tuple[socket.socket, socket.socket]) -> None:
    def measure() -> list[float]:
        ours, theirs = socket.socketpair()
        mute = Mute()
        endpoint = SocketEndpoint(mute, ours, baud=115_200)
        arrivals: list[tuple[float, int]] = []

        async def story() -> float:
            loop = asyncio.get_running_loop()
            theirs.setblocking(False)
            mute.says = b"x" * 600
            began_s = time.monotonic()
            endpoint.service()
            while sum(count for _, count in arrivals) < 600:
                count = len(await loop.sock_recv(theirs, 4096))
                arrivals.append((time.monotonic(), count))
            return began_s

        began_s = serve(endpoint, story)
        theirs.close()
        assert len(arrivals) > 20
        return _lateness_ms(arrivals, began_s, 115_200)

    _is_at_line_rate(measure)


def test_what_a_program_writes_comes_at_line_rate() -> None:
    def measure() -> list[float]:
        ours, theirs = socket.socketpair()
        mute = Mute()
        endpoint = SocketEndpoint(mute, ours, baud=115_200)

        async def story() -> float:
            began_s = time.monotonic()
            theirs.sendall(b"x" * 600)
            while sum(count for _, count in mute.came) < 600:
                await asyncio.sleep(0.001)
            return began_s

        began_s = serve(endpoint, story)
        theirs.close()
        assert len(mute.came) > 20
        assert max(b[0] - a[0] for a, b in pairwise(mute.came)) < 0.05
        return _lateness_ms(mute.came, began_s, 115_200)

    _is_at_line_rate(measure)


def test_a_slow_line_holds_the_writer_back(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    endpoint = SocketEndpoint(Mute(), ours, baud=300)

    async def story() -> int:
        theirs.setblocking(False)
        sent = 0
        for _ in range(200):
            with contextlib.suppress(BlockingIOError):
                sent += theirs.send(b"x" * 65_536)
            await asyncio.sleep(0)
        return sent

    assert serve(endpoint, story) < 2_000_000  # what the kernel holds, and no more of 13 MB


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()
