"""A course of events that splits where power might fail: it fails in a child process, and the parent goes on unharmed.

So a cut costs only what comes after it, and all cuts of a course share what came before. No threads, no pytest: a fork
takes along what other threads hold.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from fingerprint import DIGEST_OCTETS
from virtual_time import run

_BROKEN, _MERGED = 1, 2
_PIPE_OCTETS = 60_000  # no more than a pipe holds: its other end reads only when it is closed
_HUNG_S = 120  # of real time, for a child that takes less than one


class Splits:
    """Asked at each place where power might fail: `here(place)` is True in the child in which it now does.

    `wanted(place)` chooses; `seen` are all the places there were, `broken` what children complained of. A child that
    comes to a state from which another came to a good end has come to it as well: it is `merged`. Without `merging`
    every child goes on to its end, and `ends` holds the state that each passed through and the one it ended in.
    """

    def __init__(self, wanted: Callable[[str], bool], merging: bool = True) -> None:
        self._wanted, self._merging = wanted, merging
        self.on = False
        self.place = ""  # where the power of this process has failed
        self.seen: list[str] = []
        self.taken = self.merged = 0
        self.ends: dict[str, tuple[bytes, bytes]] = {}
        self._state = b""
        self._good: set[bytes] = set()
        self.broken: list[tuple[str, str]] = []

    def here(self, place: str) -> bool:
        """Does power fail now?"""
        if not self.on:
            return False
        self.seen.append(place)
        if not self._wanted(place):
            return False
        loop = asyncio.get_running_loop()
        gc.freeze()  # what is older than the split, no collection of the child's need look at
        said, says = os.pipe()
        child = os.fork()
        if not child:
            os.close(said)
            self._be_child(place, says)
            asyncio._set_running_loop(loop)  # which asyncio has forgotten, since it is another process's
            return True
        os.close(says)
        self._await(child, said, place)
        return False

    def _be_child(self, place: str, says: int) -> None:
        signal.alarm(_HUNG_S)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.on, self.place, self._says = False, place, says

    def _await(self, child: int, said: int, place: str) -> None:
        self.taken += 1
        with open(said, "rb") as pipe:
            words = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == _MERGED:
            self.merged += 1
        elif status:
            self.broken.append((place, words.decode(errors="replace") or f"ended with {status}"))
        else:
            state, end = words[:-DIGEST_OCTETS], words[-DIGEST_OCTETS:]
            self.ends[place] = state, end
            self.merged += state in self._good
            self._good.add(state)

    def pass_through(self, state: bytes) -> None:
        """A child's whole world is in `state`, a digest: its end is known if another was in it."""
        if self._merging and state in self._good:
            os._exit(_MERGED)
        self._state = state

    def diverging(self) -> list[str]:
        """Places from which children passed through one state and ended in several: there must be none."""
        ends: dict[bytes, set[bytes]] = {}
        for state, end in self.ends.values():
            ends.setdefault(state, set()).add(end)
        return [place for place, (state, _) in self.ends.items() if len(ends[state]) > 1]

    def end(self, state: bytes) -> None:
        """End the child, which has kept all promises, in this state."""
        os.write(self._says, self._state + state)
        os._exit(0)

    def complain(self, complaint: str) -> None:
        """End the child, which has broken a promise."""
        os.write(self._says, complaint.encode()[:_PIPE_OCTETS])
        os._exit(_BROKEN)


def run_splitting(splits: Splits, course: Coroutine[Any, Any, None]) -> None:
    """Run the course on virtual time; in a child it calls `end()`, or the child complains."""

    async def judged() -> None:
        try:
            await course
        except BaseException:
            if not splits.place:
                raise
            splits.complain(traceback.format_exc())

    run(judged())
