"""One side of a transcript, played to whoever is the other: sans I/O like a Modem, so any endpoint can serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mtmo_host.emulator.transcript import AGENT, MODEM, Transcript

_CONTEXT = 24  # octets shown on each side of a difference


@dataclass(frozen=True)
class Difference:
    """Where what came is not what was recorded: `line` of the file, `offset` in all that `side` sent."""

    side: str
    line: int
    offset: int
    recorded: bytes
    got: bytes

    def __str__(self) -> str:
        return (
            f"line {self.line}: octet {self.offset} from the {self.side} differs: "
            f"recorded {self.recorded!r}, got {self.got!r}"
        )

    def as_json(self) -> dict[str, Any]:
        """The difference as a JSON object, octets as in a transcript."""
        texts = {"recorded": self.recorded.decode("latin-1"), "got": self.got.decode("latin-1")}
        return {"side": self.side, "line": self.line, "offset": self.offset, **texts}


class Comparison:
    """Compares a stream with what `side` said in a transcript, as it comes in; `difference` is the first one.

    What comes after the last recorded octet is no difference: the recording ended, not the conversation.
    """

    def __init__(self, transcript: Transcript, side: str) -> None:
        self.side = side
        self.difference: Difference | None = None
        self._recorded = transcript.octets(side)
        self._got = bytearray()
        self._lines: list[tuple[int, int]] = []  # (offset at which it begins, line of the file)
        offset = 0
        for entry in transcript.entries:
            if entry.side == side:
                self._lines.append((offset, entry.line))
                offset += len(entry.octets)

    @property
    def count(self) -> int:
        """Octets compared so far."""
        return len(self._got)

    def feed(self, octets: bytes) -> None:
        """The next octets that came."""
        if self.difference is not None:
            return
        offset = len(self._got)
        self._got += octets
        expected = self._recorded[offset : offset + len(octets)]
        if not octets.startswith(expected):
            wrong = next(i for i, pair in enumerate(zip(expected, octets, strict=False)) if pair[0] != pair[1])
            self._differ(offset + wrong)

    def end(self) -> None:
        """Nothing more will come."""
        if self.difference is None and len(self._got) < len(self._recorded):
            self._differ(len(self._got))

    def _differ(self, offset: int) -> None:
        begin = max(0, offset - _CONTEXT)
        line = next(line for start, line in reversed(self._lines) if start <= offset)
        shown = (bytes(stream[begin : offset + _CONTEXT]) for stream in (self._recorded, self._got))
        self.difference = Difference(self.side, line, offset, *shown)


class Playback:
    """Sends what `side` said and compares what comes with what the other side said.

    Each recorded piece goes out once all that was recorded before it has come: at once, or with `exact_time` after as
    long as it took then. `on_end` is called once, when everything is played or at the first difference.
    """

    def __init__(self, transcript: Transcript, side: str, *, exact_time: bool = False) -> None:
        self._entries = [entry for entry in transcript.entries if entry.side is not None]
        self._side = side
        self._exact = exact_time
        self._comparison = Comparison(transcript, MODEM if side == AGENT else AGENT)
        self._out = bytearray()
        self._next = 0  # entry
        self._expected = 0  # octets of the other side up to that entry
        self._anchor_ms: tuple[int, int] | None = None  # (now, in the transcript)
        self.on_wake: Callable[[], None] | None = None
        self.driver_baud: Callable[[], int | None] | None = None  # the speed does not matter to what was recorded
        self.on_end: Callable[[], None] | None = None

    @property
    def difference(self) -> Difference | None:
        """The first difference; None while there is none."""
        return self._comparison.difference

    @property
    def ended(self) -> bool:
        """Everything was played and came as recorded, or something differed."""
        return self.difference is not None or self._next == len(self._entries)

    @property
    def progress(self) -> int:
        """A number that grows with every octet that comes and every piece that is played."""
        return self._comparison.count + self._next

    def missing(self) -> Difference | None:
        """What is waited for, as a difference from what has come."""
        self._comparison.end()
        return self.difference

    def feed(self, octets: bytes, now_ms: int) -> None:
        """Take octets from the other side."""
        self._comparison.feed(octets)
        self.advance(now_ms)

    def advance(self, now_ms: int) -> None:
        """Let time pass."""
        if self._anchor_ms is None:
            self._anchor_ms = (now_ms, 0)
        while not self.ended and self._step(now_ms):
            pass
        if self.ended and self.on_end is not None:
            on_end, self.on_end = self.on_end, None
            on_end()

    def next_wake_ms(self) -> int | None:
        """When advance() has something to do; None while the other side is waited for."""
        if self.ended or self._entries[self._next].side != self._side:
            return None
        return self._due_ms()

    def take_output(self) -> bytes:
        """Remove and return the octets that are ready for the other side."""
        octets = bytes(self._out)
        self._out.clear()
        return octets

    def _due_ms(self) -> int:
        now_ms, recorded_ms = self._anchor_ms or (0, 0)
        return now_ms + (self._entries[self._next].ms - recorded_ms if self._exact else 0)

    def _step(self, now_ms: int) -> bool:
        entry = self._entries[self._next]
        if entry.side == self._side:
            if self._due_ms() > now_ms:
                return False
            self._out += entry.octets
        else:
            if self._comparison.count < self._expected + len(entry.octets):
                return False
            self._expected += len(entry.octets)
            self._anchor_ms = (now_ms, entry.ms)
        self._next += 1
        return True
