"""Short messages in the modem: MT delivery by class, CNMI and store; acknowledgement; references (TS 27.005 §3.4)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from mtmo_host.emulator.personality import MissingAck
from mtmo_host.emulator.radio import RP_MEMORY_EXCEEDED, RP_NO_ANSWER, RP_PROTOCOL_ERROR, Token
from mtmo_host.emulator.sms import text_mode
from mtmo_host.emulator.sms.store import MessageStore, Stat, Stored, StoreFull
from mtmo_host.emulator.sms.tpdu_fields import (
    Mti,
    deliver_pid_dcs,
    is_waiting_indication,
    message_class,
    mti,
    sca_octets,
)
from mtmo_host.emulator.timers import Timer
from mtmo_host.emulator.violations import Rule

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_SILENT = 0x40  # TP-PID of type 0: acknowledged, neither kept nor shown (TS 23.040 §9.2.3.9)
_MT, _DS = 1, 3  # fields of +CNMI
_BUFFERED = 64  # URCs held by CNMI modes 0 to 2; the oldest goes first (TS 27.005 §3.4.1)


class SmsService:
    """Store, routing and references of one modem."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        sms = modem.personality.sms
        self.store = MessageStore(sms.stores, sms.index_base)
        self.last_mr = 255
        self._waiting: deque[tuple[Token, bytes]] = deque()
        self._delivery: Timer | None = None
        self._unacknowledged: tuple[Token, Timer] | None = None
        self.refused_for_room = False
        self._buffer: deque[str] = deque(maxlen=_BUFFERED)
        self._indicated = 0

    # --- from the network

    def deliver(self, token: Token, tpdu: bytes) -> None:
        """Take an MT TPDU; who hears of its outcome later is told by the token."""
        texts = self._modem.faults.texts
        for arrival in ((token, tpdu),) if texts is None else texts.arriving(token, tpdu):
            self.arrived(*arrival)

    def arrived(self, token: Token, tpdu: bytes) -> None:
        """The TPDU is in the modem."""
        self._waiting.append((token, tpdu))
        self._deliver_next()

    def _result(self, token: Token, cause: int | None) -> None:
        if callable(token):
            token(cause)
        elif token is not None:
            self._modem.network.mt_result(self._modem, token, cause)

    def power_lost(self) -> None:
        """Everything on its way is lost for the network; the stores stay."""
        self._stop_timers()
        tokens = [token for token, _ in self._waiting]
        if self._unacknowledged is not None:
            tokens.insert(0, self._unacknowledged[0])
        self._waiting.clear()
        self._unacknowledged = None
        self._buffer.clear()
        for token in tokens:
            self._result(token, RP_NO_ANSWER)

    def _stop_timers(self) -> None:
        if self._delivery is not None:
            self._delivery.cancel()
            self._delivery = None
        if self._unacknowledged is not None:
            self._unacknowledged[1].cancel()

    def _deliver_next(self) -> None:
        if self._waiting and self._delivery is None and self._unacknowledged is None:
            wait_ms = self._modem.latency("mt") + self._modem.power_saving.paging_ms()
            self._delivery = self._modem.after(wait_ms, self._deliver_one)

    def _deliver_one(self) -> None:
        self._delivery = None
        token, tpdu = self._waiting.popleft()
        if not self._modem.reachable:
            self._result(token, RP_NO_ANSWER)
        elif not tpdu or len(tpdu) > 176:
            self._result(token, RP_PROTOCOL_ERROR)
        else:
            self._modem.power_saving.activity()
            self._place(token, tpdu)
        self._deliver_next()

    def _place(self, token: Token, tpdu: bytes) -> None:
        if mti(tpdu) == Mti.STATUS_REPORT:
            self._status_report(token, tpdu)
            return
        pid, dcs = deliver_pid_dcs(tpdu)
        klass = message_class(dcs)
        mt = self._modem.settings.cnmi[1]
        if pid == _SILENT:
            self._result(token, None)
        elif (mt == 2 and klass != 2 and not is_waiting_indication(dcs)) or (mt == 3 and klass == 3):
            oa = f'"{text_mode.originator(tpdu)}"' if self._modem.personality.sms.cmt_with_oa else ""
            self._route(token, f"+CMT: {oa},{len(tpdu)}", tpdu)
        else:
            mem = "SM" if klass == 2 and "SM" in self.store.names else self._modem.settings.cpms[2]
            self._keep(token, mem, tpdu, "+CMTI" if mt else None)

    def _status_report(self, token: Token, tpdu: bytes) -> None:
        ds = self._modem.settings.cnmi[3]
        if ds == 1:
            self._route(token, f"+CDS: {len(tpdu)}", tpdu)
        elif ds == 2:
            mem = "SR" if "SR" in self.store.names else self._modem.settings.cpms[2]
            self._keep(token, mem, tpdu, "+CDSI")
        else:
            self._result(token, None)

    def _keep(self, token: Token, mem: str, tpdu: bytes, urc: str | None) -> None:
        try:
            index = self.store.add(mem, Stat.REC_UNREAD, sca_octets(self._modem.sim.smsc) + tpdu)
        except StoreFull:
            self.refused_for_room = True
            self._result(token, RP_MEMORY_EXCEEDED)
            return
        self._modem.watch.kept(mem, index)
        texts = self._modem.faults.texts
        if urc is None:
            pass
        elif texts is None:
            self.indicate(f"{urc}: {self._place_name(mem, index)}")
        else:
            texts.kept(mem, index, f"{urc}: {self._place_name(mem, index)}", self.indicate)
        self._result(token, None)

    def _place_name(self, mem: str, index: int) -> str:
        self._indicated += 1
        every = self._modem.personality.sms.odd_cmti_every
        return ",-1" if every and self._indicated % every == 0 else f'"{mem}",{index}'

    # --- routed to the terminal, and its acknowledgement

    def _route(self, token: Token, header: str, tpdu: bytes) -> None:
        pdu = sca_octets(self._modem.sim.smsc) + tpdu
        if self._modem.settings.csms == 1 or self._modem.personality.sms.ack_always:
            wait_ms = self._modem.personality.sms.ack_timeout_ms
            self._unacknowledged = token, self._modem.after(wait_ms, self._not_acknowledged)
        if self._modem.settings.cmgf:
            self.indicate(text_mode.routed(pdu, self._modem.settings))
        else:
            self.indicate(f"{header}\r\n{pdu.hex().upper()}")
        if self._unacknowledged is None:
            self._result(token, None)

    @property
    def awaits_acknowledgement(self) -> bool:
        """A routed message has had no +CNMA yet."""
        return self._unacknowledged is not None

    def acknowledge(self, cause: int | None) -> bool:
        """+CNMA: RP-ACK (None) or RP-ERROR for the routed message; False when none waits for it."""
        if self._unacknowledged is None:
            return False
        token, timer = self._unacknowledged
        timer.cancel()
        self._unacknowledged = None
        self._result(token, cause)
        self._deliver_next()
        return True

    def _not_acknowledged(self) -> None:
        missing = self._modem.personality.sms.missing_ack
        self._modem.breach(Rule.NOT_ACKNOWLEDGED, missing.value)
        settings = self._modem.settings
        if missing is MissingAck.UNREGISTERED:
            settings.cnmi = tuple(0 for _ in settings.cnmi)
            self._modem.urc("+CMS ERROR: 524")
        elif missing is MissingAck.ROUTING_OFF:
            # TS 27.005 §3.4.4: RP-ERROR, and nothing is routed to this terminal any more
            settings.cnmi = tuple(0 if index in (_MT, _DS) else value for index, value in enumerate(settings.cnmi))
        self.acknowledge(RP_PROTOCOL_ERROR)

    # --- indications

    def indicate(self, urc: str) -> None:
        """Send a URC of messages as the mode of +CNMI says."""
        mode = self._modem.settings.cnmi[0]
        if mode == 0:
            self._buffer.append(urc)
        elif mode != 1 or not self._modem.link_reserved:  # mode 1 throws away what it cannot send at once
            self._modem.urc(urc)

    def cnmi_changed(self) -> None:
        """+CNMI was set: what mode 0 held back is sent or forgotten, as `bfr` says."""
        mode, _, _, _, *rest = self._modem.settings.cnmi
        bfr = rest[0] if rest else 0
        if mode == 0:
            return
        if not self.store.names:
            self.deleted()  # a client is there: the network may try again what nobody took
        held = list(self._buffer)
        self._buffer.clear()
        if bfr == 0:
            for urc in held:
                self._modem.urc(urc)

    # --- from the terminal

    def show(self, stored: Stored) -> None:
        """The driver is given the content of a message: it is read from now on."""
        if stored.stat is Stat.REC_UNREAD:
            stored.stat = Stat.REC_READ
        line = self._modem.faults.line
        if line is None or self._modem.settings.cmgf:
            stored.shown = True
        else:
            line.showing(stored)

    def deleted(self) -> None:
        """A place was freed: tell the network if it was turned away before (RP-SMMA)."""
        if self.refused_for_room and self._modem.reachable:
            self.refused_for_room = False
            self._modem.network.attached(self._modem)

    def next_mr(self) -> int:
        """The TP-MR of the next submission."""
        self.last_mr = (self.last_mr + 1) % 256
        return self.last_mr
