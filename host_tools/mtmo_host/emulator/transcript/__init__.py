"""The file format of transcripts: what was on a modem's line and what was done to the modem, one JSON object a line.

The first line is the header: who the modem was and what it takes to have it again. Every other line has `ms` since the
header and one of `agent` (octets from the side that drives the modem), `modem` (octets to it) and `event`. Octets are
text with one character per octet (Latin-1), so that a transcript reads as it was and loses nothing.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mtmo_host import __version__
from mtmo_host.emulator import personalities
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import Network
from mtmo_host.emulator.sim import Sim
from mtmo_host.errors import MtmoError

AGENT = "agent"
MODEM = "modem"
SIDES = (AGENT, MODEM)
MARK = b'{"transcript"'  # how a file begins
FULL = "full"  # the event that ends a transcript which reached its limit
_FORMAT = 1
_LINE_LIMIT = 1 << 20  # characters; what an endpoint hands over at once is far below
_SIZE_LIMIT = 1 << 30


@dataclass(frozen=True)
class Header:
    """The modem of a transcript. `origin_ms` is the modem's own time at `ms` 0; `state` what it kept without power;
    `toml` what stood in the file of a personality that is not built in."""

    personality: str
    name: str
    imei: str
    seed: int
    speed: float
    origin_ms: int
    sim: dict[str, Any]
    state: dict[str, Any]
    toml: str = ""

    @classmethod
    def of(cls, modem: Modem) -> Header:
        """The header of a transcript that begins now."""
        return cls(
            personality=modem.personality.file or modem.personality.name,
            toml=modem.personality.toml,
            name=modem.name,
            imei=modem.imei,
            seed=modem.seed,
            speed=modem.speed,
            origin_ms=modem.now_ms,
            sim=asdict(modem.sim),
            state=modem.dump(),
        )

    def make_modem(self, network: Network) -> Modem:
        """A modem as it was at the beginning. Raises MtmoError when this mtmo knows no such modem."""
        try:
            sim = Sim(**self.sim)
        except TypeError as error:
            raise MtmoError(f"is of another version of mtmo: {error}", field="sim") from None
        modem = Modem(
            personalities.find(self.personality, self.toml), sim, network,
            imei=self.imei, now_ms=self.origin_ms, seed=self.seed, speed=self.speed, name=self.name,
        )  # fmt: skip
        modem.load(self.state)
        return modem

    def line(self, began: str) -> str:
        """The header as the first line of a file."""
        values = {**asdict(self), "speed": self.speed if math.isfinite(self.speed) else None}  # JSON has no infinity
        return json.dumps({"transcript": _FORMAT, "mtmo": __version__, "began": began, **values}) + "\n"


@dataclass(frozen=True)
class Entry:
    """One line: octets of a side, or an event with its fields."""

    line: int
    ms: int
    side: str | None
    octets: bytes = b""
    event: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transcript:
    """A transcript that was read."""

    path: Path
    header: Header
    entries: tuple[Entry, ...]

    def octets(self, side: str) -> bytes:
        """Everything one side said."""
        return b"".join(entry.octets for entry in self.entries if entry.side == side)

    def check_said(self) -> None:
        """Raises MtmoError when neither side said anything: there is nothing to explain, nor to compare."""
        if not any(entry.octets for entry in self.entries):
            raise MtmoError("nothing was said on the line while this was recorded", field=str(self.path))


def octets_line(ms: int, side: str, octets: bytes) -> str:
    """One line of a file with octets."""
    return json.dumps({"ms": ms, side: octets.decode("latin-1")}) + "\n"


def event_line(ms: int, event: str, values: Mapping[str, Any]) -> str:
    """One line of a file with an event."""
    return json.dumps({"ms": ms, "event": event, **values}) + "\n"


def load(path: Path) -> Transcript:
    """Read a file; raises MtmoError that names the line. A last line that was cut off by a crash is left out."""
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise MtmoError(f"is larger than {_SIZE_LIMIT >> 20} MiB", field=str(path))
        text = path.read_text(encoding="ascii")
    except UnicodeDecodeError:
        raise MtmoError("is no transcript: it holds octets beyond ASCII", field=str(path), fix=_FIX) from None
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path)) from None
    lines = text.split("\n")[:-1]
    if not lines:
        raise MtmoError("is no transcript: it has no whole line", field=str(path), fix=_FIX)
    header = _checked(path, 1, lines[0], _header)
    entries = [_checked(path, number, line, _entry(number)) for number, line in enumerate(lines[1:], 2)]
    late = next((b for a, b in itertools.pairwise(entries) if b.ms < a.ms), None)
    if late is not None:
        raise MtmoError("lies before the line above it", field=f"{path} line {late.line}: ms")
    return Transcript(path, header, tuple(entries))


_FIX = "mtmo modem --record FILE makes one"


def _checked(path: Path, number: int, line: str, read: Callable[[dict[str, Any]], Any]) -> Any:
    where = f"{path} line {number}"
    try:
        values = json.loads(line) if len(line) <= _LINE_LIMIT else None
        if not isinstance(values, dict):
            raise MtmoError("is no JSON object", field=where, fix=_FIX)
        return read(values)
    except MtmoError as error:
        raise MtmoError(error.message, field=error.field or where, fix=error.fix) from None
    except (ValueError, RecursionError) as error:
        raise MtmoError(f"is no line of a transcript: {error}", field=where, fix=_FIX) from None


def _header(values: dict[str, Any]) -> Header:
    if values.get("transcript") != _FORMAT:
        raise ValueError(f"the header says transcript {values.get('transcript')!r}, not {_FORMAT}")
    kinds = {"str": str, "int": int, "float": float, "dict[str, Any]": dict}
    found: dict[str, Any] = {}
    for item in fields(Header):
        value = values.get(item.name, "" if item.name == "toml" else None)
        if item.name == "speed":
            value = float(value) if isinstance(value, int | float) else math.inf if value is None else value
        if not isinstance(value, kinds[str(item.type)]) or isinstance(value, bool):
            raise ValueError(f"{item.name} is {value!r}")
        found[item.name] = value
    return Header(**found)


def _entry(number: int) -> Callable[[dict[str, Any]], Entry]:
    def read(values: dict[str, Any]) -> Entry:
        ms = values.pop("ms", None)
        if not isinstance(ms, int) or isinstance(ms, bool) or ms < 0:
            raise ValueError(f"ms is {ms!r}")
        event = values.pop("event", None)
        if isinstance(event, str):
            if not isinstance(values.get("ran_ms", 0), int):
                raise ValueError(f"ran_ms is {values['ran_ms']!r}")
            return Entry(number, ms, None, event=event, fields=values)
        side = next((side for side in SIDES if side in values), None)
        if side is None or not isinstance(values[side], str):
            raise ValueError("neither agent nor modem nor event")
        return Entry(number, ms, side, octets=values[side].encode("latin-1"))

    return read
