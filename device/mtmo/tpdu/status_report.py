"""SMS-STATUS-REPORT as a modem shows it; loaded when the first one comes (L1, TS 23.040 §9.2.2.3)."""

from ..errors import PduError
from .fields import Address, decode_timestamp, decode_tp_address
from .userdata import Tpdu, decode_user_data, require


class StatusReport(Tpdu):
    """SMS-STATUS-REPORT: mr, ra, scts, dt, st, outcome; `garbage` behind TP-ST loses nothing else.

    outcome: "delivered", "pending", "failed-temporary" or "failed-permanent" (TS 23.040 §9.2.3.15). pi: TP-PI, None
    where nothing stands behind TP-ST; with `garbage` neither it nor `pid`, `dcs` and user data mean anything.
    """

    pi: "int | None" = None
    garbage = False
    srq: bool
    mr: int
    ra: Address
    scts_raw: bytes
    scts: "tuple | None"
    dt_raw: bytes
    dt: "tuple | None"
    st: int
    outcome: str

    def read(self, octets: bytes, at: int, lenient: bool) -> None:
        """Everything from the first octet, at `at`, on. Raises PduError."""
        self.srq = bool(octets[at] & 0x20)
        at += 1
        require(octets, at, (("mr", 1),))
        self.mr = octets[at]
        self.ra, at = decode_tp_address(octets, at + 1, "ra")
        require(octets, at, (("scts", 7), ("dt", 7), ("st", 1)))
        self.scts_raw = octets[at : at + 7]
        self.scts = decode_timestamp(self.scts_raw)
        self.dt_raw = octets[at + 7 : at + 14]
        self.dt = decode_timestamp(self.dt_raw)
        self.st = octets[at + 14]
        self.outcome = _outcome(self.st)
        try:
            self._read_tail(octets, at + 15)
        except PduError:
            # Modems append rubbish here: the report stands without it.
            self.garbage = True

    def _read_tail(self, octets: bytes, at: int) -> None:
        # TP-PI and what it announces (TS 23.040 §9.2.3.27)
        if at == len(octets):
            return
        pi = octets[at]
        at += 1
        require(octets, at, (("pid", pi & 1), ("dcs", pi >> 1 & 1), ("udl", pi >> 2 & 1)))
        if pi & 0x80:
            raise PduError("unknown", "pi", at - 1)
        self.pi = pi
        if pi & 1:
            self.pid = octets[at]
            at += 1
        if pi & 2:
            self.dcs = octets[at]
            at += 1
        if pi & 4:
            decode_user_data(self, octets, at, False)
        else:
            self.trailing = len(octets) - at


def _outcome(st: int) -> str:
    # a reserved value counts as "service rejected", 0x63 (TS 23.040 §9.2.3.15)
    if 0x03 <= st < 0x10 or 0x26 <= st < 0x30 or 0x4A <= st < 0x50:
        return "failed-temporary"
    if st < 0x20:
        return "delivered"
    if st < 0x40:
        return "pending"
    return "failed-temporary" if 0x60 <= st < 0x80 else "failed-permanent"
