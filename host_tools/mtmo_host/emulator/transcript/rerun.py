"""Runs the modem of a transcript anew, in no time: the same octets, events and answers of the network go in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import Cell, MoResult, PdpRequest, PdpResult
from mtmo_host.emulator.sim import Sim
from mtmo_host.emulator.transcript import AGENT, MODEM, Entry, Transcript
from mtmo_host.emulator.transcript.playback import Comparison, Difference
from mtmo_host.errors import MtmoError


def rerun(transcript: Transcript) -> Difference | None:
    """The first octet at which a fresh emulated modem says something else than was recorded; None if there is none.

    Raises MtmoError when the modem cannot be made, or an event cannot be read.
    """
    modem = transcript.header.make_modem(_Recorded(transcript))
    comparison = Comparison(transcript, MODEM)
    for entry in transcript.entries:
        now_ms = transcript.header.origin_ms + entry.ms
        if entry.side == AGENT:
            modem.feed(entry.octets, now_ms)
        elif entry.side == MODEM:
            modem.advance(now_ms)
        else:
            modem.advance(transcript.header.origin_ms + entry.fields.get("ran_ms", entry.ms))
            _apply(modem, entry, now_ms)
        comparison.feed(modem.take_output())
        if comparison.difference is not None:
            break
    else:
        comparison.end()
    return comparison.difference


def _apply(modem: Modem, entry: Entry, now_ms: int) -> None:
    do = _EVENTS.get(entry.event)
    if do is None:
        return  # an answer of the network, or what only a newer mtmo knows; a difference would show it
    try:
        do(modem, entry.fields, now_ms)
    except (KeyError, TypeError, ValueError) as error:
        raise MtmoError(f"cannot be read: {error!r}", field=f"line {entry.line}: {entry.event}") from None


def _key(modem: Modem, fields: Any, now_ms: int) -> None:
    {"power": modem.power_key, "reset": modem.reset_key}[fields["key"]](fields["level"], now_ms)


def _cell(modem: Modem, fields: Any, now_ms: int) -> None:
    modem.set_cell(None if fields["cell"] is None else Cell(**fields["cell"]), now_ms)


def _card(modem: Modem, fields: Any, now_ms: int) -> None:
    card = fields["card"]
    if card is None:
        modem.remove_sim(now_ms)
    else:
        messages = {int(place): (int(stat), str(pdu)) for place, (stat, pdu) in card["messages"].items()}
        modem.insert_sim(Sim(**{**card, "messages": messages}), now_ms)


_EVENTS: dict[str, Callable[[Modem, Any, int], None]] = {
    "power_on": lambda modem, _, now_ms: modem.power_on(now_ms),
    "power_off": lambda modem, _, now_ms: modem.power_off(now_ms),
    "restart": lambda modem, *_: modem.restart(),
    "key": _key,
    "cell": _cell,
    "card": _card,
    "boot_slowly": lambda modem, fields, _: modem.boot_slowly(bool(fields["slow"])),
    "undervoltage": lambda modem, fields, _: modem.undervoltage(int(fields["times"])),
    "fault": lambda modem, fields, _: modem.faults.switch(fields["id"], fields["on"], **fields["parameters"]),
    "fault_fired": lambda modem, fields, _: modem.faults.fire(fields["id"], **fields["parameters"]),
    "reseed": lambda modem, fields, _: modem.faults.reseed(int(fields["seed"])),
    "driver_baud": lambda modem, fields, _: setattr(modem, "line_baud", fields["baud"]),
    "broadcast": lambda modem, fields, now_ms: modem.broadcast(bytes.fromhex(fields["page"]), now_ms),
    "deliver": lambda modem, fields, now_ms: modem.deliver(bytes.fromhex(fields["tpdu"]), int(fields["token"]), now_ms),
}


class _Recorded:
    """The network as it answered then; what it was not asked then, it refuses."""

    def __init__(self, transcript: Transcript) -> None:
        self._answers: dict[str, deque[Entry]] = {"mo": deque(), "activate": deque()}
        for entry in transcript.entries:
            if entry.event in self._answers:
                self._answers[entry.event].append(entry)

    def attached(self, modem: Modem) -> None: ...

    def detached(self, modem: Modem) -> None: ...

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None: ...

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        if not self._answers["mo"]:
            return MoResult(False)
        fields = self._answers["mo"].popleft().fields
        scts = fields.get("scts")
        return MoResult(bool(fields.get("ok")), int(fields.get("cause", 0)), bytes.fromhex(scts) if scts else None)

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        if not self._answers["activate"]:
            return PdpResult.reject(0)
        fields = self._answers["activate"].popleft().fields
        if not fields.get("ok"):
            return PdpResult.reject(int(fields.get("cause", 0)))
        dns = tuple(str(address) for address in fields.get("dns", ()))
        return PdpResult.accept(str(fields.get("address", "")), dns, str(fields.get("negotiated_apn", "")))
