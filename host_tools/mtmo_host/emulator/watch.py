"""Watches how a modem is driven over time: pauses, polling, what is deleted and left, what is sent twice.

It sees octets and stores, nothing else. Whether a driver kept a message safely before it deleted it cannot be seen from
here, only whether the content ever went out to it; nor can idle processor time, only commands that come without end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtmo_host.emulator.sms.store import Stat
from mtmo_host.emulator.timers import Timer
from mtmo_host.emulator.violations import Rule

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_POLL_WINDOW_MS, _POLLS = 5000, 20
_LINES = 32  # different ones counted in a window
_UNREAD_MS = 3_600_000  # a driver that sweeps the store now and then has found it by then
_RESEND_MS = 600_000
_RECEIVED = (Stat.REC_UNREAD, Stat.REC_READ)


class Watch:
    """One modem's watch. It takes part in nothing."""

    __slots__ = ("_ended_ms", "_last_mo", "_lines", "_modem", "_unread", "_window_ms", "mo", "mo_repeated")

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._ended_ms: int | None = None
        self._lines: dict[str, int] = {}
        self._window_ms = 0
        self._unread: Timer | None = None
        self._last_mo: tuple[bytes, int, bool] | None = None  # without its reference, when, whether its result was lost
        self.mo = 0
        self.mo_repeated = 0

    # --- commands

    def command_began(self, line: str) -> None:
        """A command line was taken."""
        now_ms = self._modem.now_ms
        gap_ms = self._modem.personality.gap_ms
        if gap_ms and self._ended_ms is not None and now_ms - self._ended_ms < gap_ms:
            self._modem.breach(Rule.NO_GAP, f"AT{line[:40]} after {now_ms - self._ended_ms} ms, not {gap_ms}")
        if now_ms - self._window_ms >= _POLL_WINDOW_MS:
            self._lines.clear()
            self._window_ms = now_ms
        count = self._lines.get(line, 0) + 1
        if count > 1 or len(self._lines) < _LINES:
            self._lines[line] = count
        if count == _POLLS:
            self._modem.breach(Rule.BUSY_POLLING, f"AT{line[:40]}")

    def stirred(self) -> None:
        """The modem said something by itself: a reason to ask."""
        self._lines.clear()

    def command_ended(self) -> None:
        """Its final result is out."""
        self._ended_ms = self._modem.now_ms

    def power_lost(self) -> None:
        """The modem went down: no result is out."""
        self._ended_ms = None

    # --- messages received

    def kept(self, mem: str, index: int) -> None:
        """A message was stored."""
        stored = self._modem.sms.store.get(mem, index)
        if stored is None:
            return
        stored.kept_ms = self._modem.now_ms
        if self._unread is None:
            self._unread = self._modem.after(_UNREAD_MS, self._look, lasting=True)

    def _look(self) -> None:
        self._unread = None
        now_ms = self._modem.now_ms
        unread = self._unread_since()
        left = sum(since_ms <= now_ms - _UNREAD_MS for since_ms in unread)
        if left:
            self._modem.breach(Rule.LEFT_UNREAD, f"{left} of {self._modem.sms.store.count()} stored")
        if unread:
            again_ms = min((since for since in unread if since > now_ms - _UNREAD_MS), default=now_ms)
            self._unread = self._modem.after(again_ms + _UNREAD_MS - now_ms, self._look, lasting=True)

    def _unread_since(self) -> list[int]:
        return [stored.kept_ms for stored in self._modem.sms.store.everything() if stored.stat is Stat.REC_UNREAD]

    def deleting(self, mem: str, index: int) -> None:
        """The driver wants a message deleted."""
        stored = self._modem.sms.store.get(mem, index)
        if stored is not None and stored.stat in _RECEIVED and not stored.shown:
            self._modem.breach(Rule.DELETED_UNREAD, f"{mem} {index}")

    # --- messages sent

    def submitted(self, tpdu: bytes, *, lost: bool) -> None:
        """A text was handed in; `lost`: its result will not reach the driver."""
        text, now_ms = tpdu[:1] + tpdu[2:], self._modem.now_ms
        self.mo += 1
        if self._last_mo is not None:
            last, then_ms, was_lost = self._last_mo
            if text == last and now_ms - then_ms < _RESEND_MS:
                self.mo_repeated += 1
                if was_lost:
                    self._modem.breach(Rule.BLIND_RESEND, f"after {(now_ms - then_ms) // 1000} s")
        self._last_mo = text, now_ms, lost

    # --- what can be seen now

    def symptoms(self) -> dict[str, Any]:
        """What the modem's state says about its driver, as JSON values; not all of it is the driver's fault."""
        modem = self._modem
        unread = self._unread_since()
        context = modem.contexts.get(modem.contexts.default_cid)
        used = context.result.negotiated_apn if context is not None and context.result is not None else None
        return {
            "stored": modem.sms.store.count(),
            "unread": len(unread),
            "oldest_unread_s": (modem.now_ms - min(unread)) // 1000 if unread else 0,
            "refused_for_room": modem.sms.refused_for_room,
            "waits_for_body": modem.terminal.in_body,
            "mo": self.mo,
            "mo_repeated": self.mo_repeated,
            "apn_stored": None if context is None else context.apn,
            "apn_used": used,
        }
