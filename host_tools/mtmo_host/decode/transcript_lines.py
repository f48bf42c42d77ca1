"""The AT lines in a transcript of `mtmo modem --record`, put together from its octets and without the modem's echo."""

from __future__ import annotations

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator
from operator import attrgetter

from mtmo_host.decode.page import explain_page
from mtmo_host.decode.pdu import explain_pdu
from mtmo_host.decode.sc1_text import Verifier
from mtmo_host.decode.trace import Entry, Trace, bare
from mtmo_host.decode.words import SUBMIT
from mtmo_host.emulator.transcript import AGENT, MODEM, Transcript
from mtmo_host.emulator.transcript import Entry as Recorded

_MAX_LINE = 4096  # characters; a longer line is cut
_ECHOES = 16  # lines of the agent that may still be echoed
_ENDS = re.compile(r"[\r\n\x1a]")
_MARKS = {AGENT: ">", MODEM: "<"}
_TPDUS = {"deliver": ("the network delivers", None), "mo": ("the network gets", SUBMIT)}


def entries(recorded: Transcript, verifier: Verifier | None = None) -> Iterator[Entry]:
    """What the lines of both sides and the TPDUs of the network mean, in the order of the file."""
    lines = _lines(recorded)
    sides = (Trace(verifier).numbered(lines[side]) for side in lines)
    return heapq.merge(*sides, _events(recorded), key=attrgetter("line"))


def _lines(recorded: Transcript) -> dict[str, list[tuple[int, str]]]:
    """By side: (line of the file that ends it, line with time and direction), without the modem's echo."""
    found: dict[str, list[tuple[int, str]]] = {side: [] for side in _MARKS}
    begun = dict.fromkeys(_MARKS, "")
    said: deque[str] = deque(maxlen=_ECHOES)
    for entry in recorded.entries:
        if entry.side is None:
            continue
        *whole, begun[entry.side] = _ENDS.split(begun[entry.side] + entry.octets.decode("latin-1"))
        begun[entry.side] = begun[entry.side][:_MAX_LINE]
        for line in filter(None, (line[:_MAX_LINE] for line in whole)):
            if entry.side == AGENT:
                said.append(bare(line)[0])
            elif bare(line)[0] in said:
                said.remove(bare(line)[0])
                continue
            found[entry.side].append((entry.line, f"{_time(entry)} {_MARKS[entry.side]} {line}"))
    return found


def _events(recorded: Transcript) -> Iterable[Entry]:
    for entry in recorded.entries:
        tpdu = entry.fields.get("tpdu")
        if entry.event in _TPDUS and isinstance(tpdu, str):
            what, direction = _TPDUS[entry.event]
            report = explain_pdu(tpdu[:_MAX_LINE], direction=direction, has_sca=False)
            yield Entry(entry.line, f"{_time(entry)} {entry.event}", f"{what}: {report.summary}", report)
        page = entry.fields.get("page")
        if entry.event == "broadcast" and isinstance(page, str):
            report = explain_page(page[:_MAX_LINE])
            yield Entry(entry.line, f"{_time(entry)} {entry.event}", f"the cell sends: {report.summary}", report)


def _time(entry: Recorded) -> str:
    return f"[{entry.ms / 1000:9.3f}]"
