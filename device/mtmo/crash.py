"""How often in a row the agent ended before it served, counted on flash by ourselves (L3; design 4.4).

`machine.reset_cause()` says little: after `machine.reset()` it is "reset" on ESP32 and STM32, "watchdog" on RP2. So a
defect is written down when it ends the agent, and a boot counts only what had no time for that. Power that fails is no
crash, nor is a soft reset, nor `reboot board`, which the journal knows. Loaded at boot and at a crash.
"""

from micropython import const

from . import log
from .envelope import joined, split_body
from .errors import StoreError
from .journal import ACCEPTED

_RECORD = "crash"
_MINIMAL = const(3)
_MOST = const(6)  # counted: a loop without end must not wear the flash out
_UNTOLD = ("watchdog", "reset", "?")  # causes behind which a crash may be that was not written down


def look(store, cause: str, journal) -> "tuple[bool, bool]":
    """At boot: whether the run before crashed, and whether this boot is a minimal one.

    One flash write after a crash, none else.
    """
    count, told = _read(store)
    crashed = (not _asked_for(journal) and cause in _UNTOLD) or told
    if crashed:
        if not told:
            count += 1
        log.warn("agent", "a restart that nobody asked for: %d in a row", count)
        _write(store, count, False)
    return crashed, count >= _MINIMAL


def note(store) -> int:
    """A defect ends the agent; how many crashes in a row that makes."""
    count = in_a_row(store)
    if count < _MOST:
        count += 1
        _write(store, count, True)
    return count


def in_a_row(store) -> int:
    """How many crashes in a row there were."""
    return _read(store)[0]


def forget(store) -> None:
    """The agent serves. One flash write after a crash, none else."""
    if in_a_row(store):
        _write(store, 0, False)


def _asked_for(journal) -> bool:
    # Known by its word, since an application's verbs are not there yet; answered, so that it is for one boot alone
    for entry in journal.entries:
        if entry.state == ACCEPTED and split_body(entry.body)[entry.verb][:1] == ["reboot"]:
            journal.answered(entry, joined(entry.answer, "OK rebooted"))
            return True
    return False


def _read(store) -> "tuple[int, bool]":
    record = store.read(_RECORD) or {}
    return record.get("count", 0), record.get("told", False)


def _write(store, count: int, told: bool) -> None:
    if count > _MOST or (count == _MOST and told is False):
        return  # it stays told
    try:
        store.write(_RECORD, {"count": count, "told": told} if count else {})
    except StoreError:
        pass  # a flash that fails must not keep the agent from serving
