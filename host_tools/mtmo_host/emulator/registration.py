"""Radio on and off, cell search, attach with the default bearer, registration reports (TS 27.007 §7.2, §10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.radio import Cell
from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

NOT_REGISTERED, HOME, SEARCHING, DENIED, UNKNOWN, ROAMING, SMS_ONLY_HOME, SMS_ONLY_ROAMING = range(8)
_REGISTERED = (HOME, ROAMING)
_EMM_ESM_FAILURE = 19  # TS 24.301 §9.9.3.9
# After a refused attach: T3411 four times, then T3402 (TS 24.301 §5.5.1.2.6)
_T3411_MS, _T3402_MS, _SHORT_RETRIES = 10_000, 720_000, 4
_COPS_OFF = 2
_GSM_ACT = (0, 1, 3)
_NO_EUTRAN_ACT = range(7)  # GSM and UTRAN


class Registration:
    """Where the modem stands towards the network."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.cell: Cell | None = Cell()
        self.cfun = 0
        self.stat = NOT_REGISTERED
        self.wants_attach = True  # +CGATT
        self._timer: Timer | None = None
        self._refusals = 0
        self.mm_cause = 0  # of the last refused attach (TS 24.301 §9.9.3.9), 0 for none

    @property
    def registered(self) -> bool:
        """Attached at home or roaming: SMS can be had."""
        return self.stat in _REGISTERED

    @property
    def ps_attached(self) -> bool:
        """What +CGATT? reports."""
        return self.registered and self.wants_attach

    @property
    def act(self) -> int:
        """The access technology: the cell's, or the best the modem has (TS 27.007 §7.3)."""
        acts = self._modem.personality.acts
        return acts[0] if self.cell is None or self.cell.act is None else self.cell.act

    @property
    def _hears(self) -> Cell | None:
        """The cell, where the modem has its access technology."""
        return self.cell if self.act in self._modem.personality.acts else None

    def set_radio(self, cfun: int) -> None:
        """+CFUN: 1 searches and attaches, 0 and 4 go off the air."""
        if self.cfun == 1 and cfun != 1:
            self.drop(NOT_REGISTERED)
        self.cfun = cfun
        self.wants_attach = True
        if cfun == 1:
            self.search()

    def power_lost(self) -> None:
        """The modem went off: no report, no detach on the air that anyone hears."""
        self._cancel()
        was = self.registered
        self.stat, self.cfun, self.wants_attach, self._refusals = NOT_REGISTERED, 0, True, 0
        self._modem.contexts.power_lost()
        if was and not self._modem.power_saving.leave():
            self._modem.network.detached(self._modem)

    def set_cell(self, cell: Cell | None) -> None:
        """Coverage came, changed or went."""
        moved = cell is not None and self.cell is not None and self.registered and cell.roaming == self.cell.roaming
        self.cell = cell
        if self.cfun != 1 or not self._modem.powered:
            return
        if self._hears is None:
            self.drop(SEARCHING)
        elif moved:
            self._report(moved=True)
        else:
            self.search()

    def set_attach(self, wanted: bool) -> None:
        """+CGATT: on LTE a detach ends the registration, on GSM only packet service."""
        self.wants_attach = wanted
        if not wanted:
            if self._modem.personality.pdp.eps:
                self.drop(NOT_REGISTERED)
            else:
                self._modem.contexts.deactivate_all()
        elif not self.registered:
            self.search(at_once=True)

    def search(self, *, at_once: bool = False) -> None:
        """Look for a cell and attach, as far as radio, card and +CGATT allow."""
        if self.cfun != 1 or self.registered or self._modem.sim_state != "READY":
            return
        if self._modem.settings.cops_mode == _COPS_OFF:
            return
        if self._modem.personality.pdp.eps and not self.wants_attach:
            return
        self._cancel()
        self._refusals = 0
        self._set_stat(SEARCHING)
        if self._hears is None:
            return
        if at_once:
            self._attach()
        else:
            self._timer = self._modem.after(self._modem.latency("register"), self._attach)

    def drop(self, stat: int) -> None:
        """Leave the network for `stat`."""
        self._cancel()
        was = self.registered
        self._modem.contexts.deactivate_all()
        self._set_stat(stat)
        if was and not self._modem.power_saving.leave():
            self._modem.network.detached(self._modem)

    def _attach(self) -> None:
        if self._hears is None or self.cell is None:
            return
        self.mm_cause = self.cell.reject_cause
        if self.mm_cause:
            self._refused()
            return
        if self._modem.personality.pdp.eps:
            result = self._modem.contexts.activate(self._modem.contexts.default_cid, default_bearer=True)
            if not result.ok:
                self._refused()
                return
        self._refusals = 0
        self._set_stat(ROAMING if self.cell.roaming else HOME)
        self._modem.network.attached(self._modem)
        self._modem.power_saving.activity()

    def _refused(self) -> None:
        self._set_stat(DENIED)
        self._refusals += 1
        wait_ms = _T3411_MS if self._refusals <= _SHORT_RETRIES else _T3402_MS
        self._timer = self._modem.after(max(1000, self._modem.scaled(wait_ms)), self._attach)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- reports

    def _set_stat(self, stat: int) -> None:
        if stat != self.stat:
            self.stat = stat
            self._report(moved=False)

    def _report(self, *, moved: bool) -> None:
        for name, level in self._modem.settings.reports.items():
            if level >= 2 or (level == 1 and not moved):
                self._modem.urc(f"{name}: {self.status(name, level)}")

    def status(self, name: str, level: int, form: str = "urc") -> str:
        """`<stat>` and, from level 2 on, place and access technology, in a report ("urc") or in the answer to "?"."""
        stat = self._stat_of(name)
        text = str(stat)
        if level >= 2 and stat in _REGISTERED and self.cell is not None:
            width = 4 if self.act in _GSM_ACT else 8
            more = ',"00"' if name == "+CEREG" and level == 4 and form in self._modem.personality.cereg4_more else ""
            text += f',"{self.cell.tac:04X}"{more},"{self.cell.cell_id & (16**width - 1):0{width}X}",{self.act}'
            if level >= 4:
                text += ",,," if len(self._modem.settings.psm) < 5 else ",,,{4},{3}".format(*self._modem.settings.psm)
        elif level in (3, 5) and stat == DENIED:
            text += f",,,,0,{self.mm_cause or _EMM_ESM_FAILURE}"
        return text

    def _stat_of(self, name: str) -> int:
        if name == "+CGREG" and not self.wants_attach:
            return NOT_REGISTERED
        if name == "+CEREG" and self.registered and self.act in _NO_EUTRAN_ACT:
            return UNKNOWN  # out of E-UTRAN coverage
        if name == "+CREG" and self.registered and self.cell is not None and self.cell.sms_only:
            return SMS_ONLY_ROAMING if self.cell.roaming else SMS_ONLY_HOME
        return self.stat
