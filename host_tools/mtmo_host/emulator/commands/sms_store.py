"""Reading, listing and deleting stored messages (TS 27.005 §3.4.2, §3.4.3, §3.5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, Reply, cms, command
from mtmo_host.emulator.sms import text_mode
from mtmo_host.emulator.sms.store import Stat

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_INVALID = 304
_INVALID_INDEX = 321
_ALL = 4
# <delflag> of +CMGD -> the states that are deleted
_DELETED = {
    1: {Stat.REC_READ},
    2: {Stat.REC_READ, Stat.STO_SENT},
    3: {Stat.REC_READ, Stat.STO_SENT, Stat.STO_UNSENT},
    4: set(Stat),
}


@command("+CMGR", "= =?", sms=True, sim=True)
def read(modem: Modem, call: Call) -> Reply | None:
    """+CMGR: one message; a received one is read from now on."""
    if call.kind is Kind.TEST:
        return None
    mem = modem.settings.cpms[0]
    index = Arguments(call, cms(_INVALID_INDEX)).number(0, modem.sms.store.indices(mem))
    return Reply(wait_ms=modem.latency("+CMGR"), then=lambda: _read(modem, mem, index))


@command("+CMGRD", "= =?", sms=True, sim=True, vendor=True)
def read_and_delete(modem: Modem, call: Call) -> Reply | None:
    """+CMGRD: one message, which is deleted as it is read (SIMCom; A76XX V1.09 §9.2.19)."""
    if call.kind is Kind.TEST:
        return None
    mem = modem.settings.cpms[0]
    index = Arguments(call, cms(_INVALID_INDEX)).number(0, modem.sms.store.indices(mem))
    return Reply(wait_ms=modem.latency("+CMGR"), then=lambda: _read_and_delete(modem, mem, index))


def _read_and_delete(modem: Modem, mem: str, index: int) -> Reply:
    first, *rest = _read(modem, mem, index).info or ("",)
    if not first:
        return Reply()

    def delete_it() -> None:  # once it is known whether it has come through
        line = modem.faults.line
        freed = _delete(modem, mem, [index], judged=line is None or not line.holds).after
        if freed is not None:
            freed()

    return Reply([first.replace("+CMGR", "+CMGRD", 1), *rest], after=delete_it)


def _read(modem: Modem, mem: str, index: int) -> Reply:
    stored = modem.sms.store.get(mem, index)
    if stored is None:
        if modem.personality.sms.empty_index_is_error:
            raise cms(_INVALID_INDEX)
        return Reply()
    if modem.settings.cmgf:
        lines = text_mode.read_lines(stored, modem.settings)
    else:
        lines = [f"+CMGR: {int(stored.stat)},,{stored.length}", stored.hex]
    modem.sms.show(stored)
    return Reply(lines)


@command("+CMGL", "x = =?", sms=True, sim=True)
def list_messages(modem: Modem, call: Call) -> Reply | Iterable[str]:
    """+CMGL: the messages of one state, or all with 4; received ones are read from now on."""
    if call.kind is Kind.TEST:
        words = ",".join(f'"{word}"' for word in text_mode.STAT_WORDS)
        return [f"+CMGL: ({words})" if modem.settings.cmgf else "+CMGL: (0-4)"]
    arguments = Arguments(call, cms(_INVALID))
    if modem.settings.cmgf:
        stat = text_mode.wanted_stat(arguments.text(0, text_mode.STAT_WORDS[0]))
    else:
        stat = arguments.number(0, range(5), 0)
    return Reply(wait_ms=modem.latency("+CMGL"), then=lambda: _list(modem, stat))


def _list(modem: Modem, stat: int) -> Reply:
    lines: list[str] = []
    for index, stored in modem.sms.store.items(modem.settings.cpms[0]):
        if stat in (_ALL, stored.stat):
            if modem.settings.cmgf:
                lines += text_mode.list_lines(index, stored, modem.settings)
            else:
                lines += [f"+CMGL: {index},{int(stored.stat)},,{stored.length}", stored.hex]
            modem.sms.show(stored)
    return Reply(lines)


@command("+CMGD", "= =?", sms=True, sim=True)
def delete(modem: Modem, call: Call) -> Reply | Iterable[str]:
    """+CMGD: one message, or with a flag 1 to 4 all of certain states."""
    store, mem = modem.sms.store, modem.settings.cpms[0]
    if call.kind is Kind.TEST:
        return ["+CMGD: (" + ",".join(str(index) for index, _ in store.items(mem)) + "),(0-4)"]
    arguments = Arguments(call, cms(_INVALID))
    flag = arguments.number(1, range(5), 0)
    indices = store.indices(mem)
    if flag:
        arguments.number(0, range(1000))  # any index: it is not looked at
        doomed = [index for index, stored in store.items(mem) if stored.stat in _DELETED[flag]]
    else:
        doomed = [Arguments(call, cms(_INVALID_INDEX)).number(0, indices)]
    return Reply(wait_ms=modem.latency("+CMGD"), then=lambda: _delete(modem, mem, doomed))


def _delete(modem: Modem, mem: str, doomed: list[int], *, judged: bool = True) -> Reply:
    for index in doomed if judged else ():
        modem.watch.deleting(mem, index)
    freed = [index for index in doomed if modem.sms.store.delete(mem, index)]
    # the network hears of the room after the result, as the messages it then sends would
    return Reply(after=modem.sms.deleted if freed else None)
