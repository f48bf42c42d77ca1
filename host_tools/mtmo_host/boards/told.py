"""What is told of the board profiles: the list, one board with its sources, the table of boards/README.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mtmo_host.flash.ways import NEEDS_KIB
from mtmo_host.profile import Profile
from mtmo_host.profile_schema import MCUS

_BITS = 32  # of every microcontroller
_COLUMNS = (
    "profile", "board", "MCU", "dialect", "MicroPython", "free heap: fits as", "watchdog ms", "run on hardware",
    "not confirmed",
)  # fmt: skip


def heap_kib(board: Profile) -> int:
    """Free heap in kB of the stock firmware; 0 where the profile does not say what RAM the board has."""
    return MCUS[board.mcu].heap_with(board.memory.psram_kib) if board.memory else 0


def ways(board: Profile) -> tuple[str, ...]:
    """The ways of docs/ways_onto_a_board.md for which the board's free heap is large enough."""
    return tuple(way for way, kib in NEEDS_KIB[_BITS].items() if kib <= heap_kib(board))


def watchdog(board: Profile) -> str:
    """The watchdog's time and what the chip takes at most, in ms."""
    return f"{board.watchdog_ms} of {MCUS[board.mcu].watchdog_ms[1]}"


def record(board: Profile) -> dict[str, Any]:
    """All that is known of a board, as JSON has it."""
    return {
        "name": board.name,
        "title": board.title,
        **{key: value for key, value in board.board_json().items() if key != "board"},
        "watchdog_limits_ms": list(MCUS[board.mcu].watchdog_ms),
        "flash": dict(vars(board.flash)),
        "memory": dict(vars(board.memory)) if board.memory else None,
        "heap_kib": heap_kib(board),
        "ways": list(ways(board)),
        "hardware": board.hardware,
        "unverified": list(board.unverified),
        "strapping": list(board.strapping),
        "sources": board.sources,
    }


def lines(boards: Iterable[Profile]) -> Iterator[str]:
    """The list, a line a board."""
    rows = [("board", "chip", "modem", "MicroPython", "fits as", "ran", "what it is")]
    for board in boards:
        fitting, ran = ",".join(ways(board)) or "-", "yes" if board.hardware else "-"
        since = board.flash.micropython or "-"
        rows.append((board.name, board.mcu, board.modem, since, fitting, ran, board.title))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])


def one(board: Profile) -> Iterator[str]:
    """A board with every number and where it is from."""
    mcu = MCUS[board.mcu]
    yield f"{board.name}: {board.title}"
    yield f"  run on hardware: {board.hardware or 'nobody has told so yet'}"
    if board.flash.micropython:
        yield f"  MicroPython {board.flash.micropython} or newer, {board.flash.build or 'any build'}"
    if board.memory:
        yield f"  free heap {heap_kib(board)} kB ({mcu.heap_source}): {_fitting(board)}"
    yield f"  watchdog {watchdog(board)} ms"
    values = dict(_values(board))
    width = max(len(key) for key in values)
    for key, value in values.items():
        mark = "?" if key in board.unverified else " "
        yield f"  {mark} {key.ljust(width)}  {value!s:>6}  {board.sources.get(key, '')}".rstrip()
    for key, value in values.items():
        if key in board.strapping:
            yield f"  ! {key}: {value} is a strapping pin, at reset it decides {mcu.strapping[value]}"
    if board.unverified:
        yield "  ? no second source, and no board, has confirmed it"


def _fitting(board: Profile) -> str:
    needs = ", ".join(f"{way} {kib} kB" for way, kib in NEEDS_KIB[_BITS].items())
    return f"fits as {', '.join(ways(board)) or 'none of the three'} (the agent needs: {needs})"


def _values(board: Profile) -> Iterator[tuple[str, Any]]:
    for section in ("flash", "memory", "uart", "power"):
        part = getattr(board, section)
        for key, value in vars(part).items() if part else ():
            if isinstance(value, int):
                yield f"{section}.{key}", value
    slots = {f"pins.{name}": pin for name, pin in board.pins.items()}
    slots |= {f"pins.enable[{i}]": pin for i, pin in enumerate(board.enable)}
    slots |= {f"outputs.{name}": pin for name, pin in board.outputs.items()}
    slots |= {f"inputs.{name}": pin for name, pin in board.inputs.items()}
    for path, pin in slots.items():
        if pin is not None:
            yield f"{path}.pin", pin.pin
            yield f"{path}.active", pin.active


def readme_table(boards: Iterable[Profile]) -> str:
    """The Markdown table of the boards."""
    rows = [f"| {' | '.join(_COLUMNS)} |", "|" + "---|" * len(_COLUMNS)]
    for board in boards:
        since = f"{board.flash.micropython}, `{board.flash.build}`" if board.flash.micropython else "any"
        heap = f"{heap_kib(board)} kB: {', '.join(ways(board)) or 'none'}" if board.memory else "a choice: `--heap`"
        doubts = ", ".join(f"`{key}`" for key in board.unverified) or "none"
        cells = (f"`{board.name}`", board.title, f"`{board.mcu}`", f"`{board.modem}`", since, heap, watchdog(board))
        rows.append(f"| {' | '.join((*cells, board.hardware, doubts))} |")
    return "\n".join(rows) + "\n"
