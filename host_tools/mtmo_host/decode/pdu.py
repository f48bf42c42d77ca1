"""A PDU explained field by field with octet offsets; what is damaged is marked (TS 23.040 §9.2, TS 27.005 §3.1)."""

from __future__ import annotations

import dataclasses
from typing import Any

from mtmo_host.decode import words
from mtmo_host.decode.reading import Reading, choose
from mtmo_host.decode.report import Damage, Report, Row, visible
from mtmo_host.sms.address import MAX_SEMI_OCTETS, Address, decode_address, decode_sca
from mtmo_host.sms.dcs import decode_dcs
from mtmo_host.sms.errors import MEANINGS, PduError
from mtmo_host.sms.scts import OCTETS, Scts
from mtmo_host.sms.tpdu import StatusReport, Submit
from mtmo_host.sms.udh import Ie, misfit
from mtmo_host.sms.userdata import MAX_OCTETS, MAX_SEPTETS, decode_user_data, header_septets
from mtmo_host.sms.validity import FORMATS, Validity

_HEX = frozenset("0123456789abcdefABCDEF")


class _End(Exception):
    """The octets end, or what follows cannot be placed."""


class _Walk:
    """Lays the fields over the octets, as far as they go; what is wrong with them is the codec's to say."""

    def __init__(self, octets: bytes, start: int) -> None:
        self.octets = octets
        self.at = start
        self.rows: list[Row] = []

    def take(self, name: str, size: int) -> bytes:
        """The next field; `end` when it is not there as a whole."""
        part = self.octets[self.at : self.at + size]
        if len(part) < size:
            self.add(name, part, f"{len(part)} of {size} octets" if part else "missing")
            raise _End
        return part

    def add(self, name: str, part: bytes, meaning: str, value: Any = None) -> None:
        """A row for a field that starts here."""
        self.rows.append(Row(name, self.at, part.hex().upper(), meaning, value))
        self.at += len(part)

    def octet(self, name: str) -> int:
        """A field of one octet, its row left to the caller."""
        return self.take(name, 1)[0]

    def address(self, name: str) -> None:
        if self.at < len(self.octets) and self.octets[self.at] > MAX_SEMI_OCTETS:
            self.add(name, self.octets[self.at : self.at + 1], f"{self.octets[self.at]} semi-octets")
            raise _End
        semi_octets = self.octet(name)
        part = self.take(name, 2 + (semi_octets + 1) // 2)
        found = decode_address(part, 0, name)[0]
        self.add(name, part, f"{_number(found)} ({semi_octets} semi-octets)", _address(found))

    def stamp(self, name: str) -> None:
        part = self.take(name, OCTETS)
        found = Scts(part)
        self.add(name, part, words.stamp(found), found.iso)

    def pid(self) -> None:
        octet = self.octet("pid")
        self.add("pid", bytes((octet,)), words.pid(octet), octet)

    def dcs(self) -> int:
        octet = self.octet("dcs")
        self.add("dcs", bytes((octet,)), words.dcs(decode_dcs(octet)), octet)
        return octet

    def user_data(self, dcs: int, udhi: bool) -> None:
        """UDL, header and text or data; a text that ends early is shown as far as it goes."""
        coding = decode_dcs(dcs)
        start, udl = self.at, self.octet("udl")
        size = (udl * 7 + 7) // 8 if coding.in_septets else udl
        unit = "septets" if coding.in_septets else "octets"
        self.add("udl", bytes((udl,)), f"{udl} {unit}" + (f" in {size} octets" if coding.in_septets else ""), udl)
        if udl > (MAX_SEPTETS if coding.in_septets else MAX_OCTETS):
            raise _End
        end = min(self.at + size, len(self.octets))
        text: str | None = None
        try:
            found = decode_user_data(self.octets, start, dcs, udhi, strict=False)[0]
            text, fill = found.text, header_septets(found.header) * 7 - len(found.header) * 8
        except PduError:
            fill = 0
        if udhi:
            self._header(end)
        part = self.octets[self.at : end]
        meaning = f"{len(part)} octets of data" if text is None else f"“{visible(text)}”"
        if udhi and coding.in_septets and fill:
            meaning += f" (behind {fill} fill bit{'s' if fill > 1 else ''})"
        if end - start - 1 < size:
            meaning += f"; {end - start - 1} of {size} octets are there"
        self.add("ud", part, meaning, part.hex().upper() if text is None else text)
        if self.at < len(self.octets):
            self.add("trailing", self.octets[self.at :], "behind the user data: ignored")

    def _header(self, end: int) -> None:
        if self.at >= end:
            raise _End
        udhl = self.octets[self.at]
        close = self.at + 1 + udhl
        self.add("udhl", bytes((udhl,)), f"{udhl} octets of header", udhl)
        if close > end:
            raise _End
        wrong = misfit(self.octets[self.at : close])
        if wrong:
            self.add("udh", self.octets[self.at : close], f"ignored: {MEANINGS[wrong[0]]}, at {self.at + wrong[1]}")
        while self.at < close:
            iedl = self.octets[self.at + 1]
            ie = Ie(self.octets[self.at], self.octets[self.at + 2 : self.at + 2 + iedl])
            value = {"iei": ie.iei, "data": ie.data.hex().upper()}
            self.add("ie", self.octets[self.at : self.at + 2 + iedl], words.element(ie), value)


def _lay(walk: _Walk, direction: str) -> None:
    first = walk.octet("first_octet")
    walk.add("first_octet", bytes((first,)), words.first_octet(first, direction), first)
    udhi = bool(first & 0x40)
    if direction == words.DELIVER:
        walk.address("oa")
        walk.pid()
        dcs = walk.dcs()
        walk.stamp("scts")
        walk.user_data(dcs, udhi)
    elif direction == words.SUBMIT:
        _message_reference(walk)
        walk.address("da")
        walk.pid()
        dcs = walk.dcs()
        kind, size = FORMATS[first >> 3 & 3]
        if kind:
            vp = Validity(kind, walk.take("vp", size))
            walk.add("vp", vp.raw, words.validity(vp), vp.seconds if vp.time is None else vp.time.iso)
        walk.user_data(dcs, udhi)
    else:
        _message_reference(walk)
        walk.address("ra")
        walk.stamp("scts")
        walk.stamp("dt")
        st = walk.octet("st")
        walk.add("st", bytes((st,)), words.status(st), st)


def _message_reference(walk: _Walk) -> None:
    mr = walk.octet("mr")
    walk.add("mr", bytes((mr,)), f"message reference {mr}", mr)


def _tail(walk: _Walk, report: StatusReport) -> None:
    """What stands behind TP-ST: the parameters that TP-PI announces, or rubbish that modems append."""
    if walk.at == len(walk.octets):
        return
    if report.tail_error:
        walk.add("trailing", walk.octets[walk.at :], "rubbish behind the status: ignored, the report counts")
        return
    pi = walk.octet("pi")
    names = [name for bit, name in ((1, "pid"), (2, "dcs"), (4, "udl")) if pi & bit]
    walk.add("pi", bytes((pi,)), f"follows: {', '.join(names) or 'nothing'}", pi)
    if pi & 1:
        walk.pid()
    dcs = walk.dcs() if pi & 2 else 0
    if pi & 4:
        walk.user_data(dcs, report.udhi)
    elif walk.at < len(walk.octets):
        walk.add("trailing", walk.octets[walk.at :], "behind the report: ignored")


def explain_pdu(
    text: str, *, direction: str | None = None, has_sca: bool | None = None, length: int | None = None
) -> Report:
    """Report of a PDU in hex. `direction` and `has_sca` are guessed unless given; `length` is AT's, in TPDU octets.

    Blanks between digits are ignored, and said. Nothing is raised: what is wrong is the report's damage.
    """
    digits = "".join(text.split())
    good = next((at for at, digit in enumerate(digits) if digit not in _HEX), len(digits))
    octets = bytes.fromhex(digits[: good // 2 * 2])
    if has_sca is None and length is not None and len(octets) == length:
        has_sca = False
    reading = choose(octets, direction, has_sca)
    walk = _Walk(octets, 0)
    try:
        if reading.has_sca:
            _service_centre(walk)
        _lay(walk, reading.direction)
        if isinstance(reading.message, StatusReport):
            _tail(walk, reading.message)
    except _End:
        pass
    damage = _damage(reading, walk, digits, good, length)
    report = Report("pdu", "octet", _title(reading, len(octets)), _marked(walk, damage), damage)
    _say(report, reading, octets, direction, has_sca)
    if damage and damage.name != "length" and length not in (None, len(octets) - reading.start):
        report.notes.append(f"{len(octets) - reading.start} octets of TPDU are there, {length} were announced")
    if len(digits) != len(text.strip()):
        report.notes.append("blanks between the digits were ignored; a modem would not")
    return report


def _service_centre(walk: _Walk) -> None:
    size = 1 + walk.octet("sca")
    part = walk.take("sca", size)
    try:
        found = decode_sca(part)[0]
    except PduError:
        walk.add("sca", part, f"{part[0]} octets")
        return
    meaning = "none: the stored one" if found is None else f"service centre {_number(found)}"
    walk.add("sca", part, meaning, None if found is None else _address(found))


def _damage(reading: Reading, walk: _Walk, digits: str, good: int, length: int | None) -> Damage | None:
    name = walk.rows[-1].name if walk.rows and not walk.rows[-1].raw else ""
    if not digits:
        return Damage("pdu_hex", 0, "empty", "there is no PDU")
    if good < len(digits):
        name = name or (reading.error.field if reading.error else None) or "pdu_hex"
        return Damage(name, good // 2, "non_hex", f"{visible(digits[good])!r} is no hex digit: the octet")
    if good % 2:
        name = name or (reading.error.field if reading.error else None) or "pdu_hex"
        return Damage(name, good // 2, "odd_hex", "an odd number of hex digits: half an octet")
    error = reading.error
    if error is None:
        size = len(walk.octets) - reading.start
        if length is None or size == length:
            return None
        found = f"{size} octets of TPDU, not the announced {length}: the end"
        return Damage("length", len(walk.octets), "length_mismatch", found)
    message = error.message.rpartition(" [")[0]
    if f" at {error.offset}" not in message:  # the codec counted from the TPDU
        message = message.rpartition(" at ")[0] or message
    return Damage(error.field or "pdu", error.offset or 0, error.reason, message.removesuffix(f" at {error.offset}"))


def _marked(walk: _Walk, damage: Damage | None) -> list[Row]:
    """The rows with the damaged one marked, and one for what was not read."""
    rows = list(walk.rows)
    if walk.at < len(walk.octets):
        rows.append(Row("(rest)", walk.at, walk.octets[walk.at :].hex().upper(), "not read"))
    if damage is None:
        return rows
    names = ("udhl",) if damage.name == "udh" else (damage.name,)
    places = [
        index
        for index, row in enumerate(rows)
        if row.name in names and row.offset <= damage.offset <= row.offset + len(row.raw) // 2
    ]
    if not places:
        behind = next((index for index, row in enumerate(rows) if row.offset > damage.offset), len(rows))
        rows.insert(behind, Row(damage.name, damage.offset, "", damage.message, damage_at=damage.offset))
        return rows
    row = rows[places[-1]]
    meaning = damage.message if row.meaning == "missing" else f"{damage.message}; {row.meaning}"
    rows[places[-1]] = dataclasses.replace(row, meaning=meaning, damage_at=damage.offset)
    return rows


def _title(reading: Reading, octets: int) -> str:
    where = "with" if reading.has_sca else "without"
    size = octets - reading.start
    return f"SMS-{reading.direction.upper()}, {octets} octets {where} service-centre address, AT length {max(size, 0)}"


def _say(report: Report, reading: Reading, octets: bytes, direction: str | None, has_sca: bool | None) -> None:
    guessed = [name for name, given in (("direction", direction), ("sca", has_sca)) if given is None]
    report.facts = {"direction": reading.direction, "has_sca": reading.has_sca, "guessed": guessed}
    report.facts["length"] = len(octets) - reading.start
    if len(guessed) == 2:
        report.notes.append("read so by guess; --direction and --sca or --no-sca say otherwise")
    message = reading.message
    if message is None:
        report.summary = f"SMS-{reading.direction.upper()}, damaged"
        return
    if isinstance(message, StatusReport):
        report.facts |= {"mr": message.mr, "outcome": message.outcome, "text": message.ud.text if message.ud else None}
        report.summary = f"report on reference {message.mr} to {_number(message.ra)}: {words.status(message.st)}"
        return
    peer = message.da if isinstance(message, Submit) else message.oa
    report.facts["text"] = message.text
    if message.ud.ignored:
        report.notes.append(f"the header is ignored, not the text behind it: {MEANINGS[message.ud.ignored[0]]}")
    where = "to" if isinstance(message, Submit) else "from"
    concat = message.concat
    segment = f", segment {concat.seq} of {concat.total}" if concat else ""
    shown = f"{len(message.ud.payload)} octets of data" if message.text is None else f"“{visible(message.text)}”"
    report.summary = f"SMS-{reading.direction.upper()} {where} {_number(peer)}{segment}: {shown}"


def _number(found: Address) -> str:
    return words.address(found, visible(found.number))


def _address(found: Address) -> dict[str, Any]:
    return {"number": found.number, "ton": found.ton_name, "npi": found.npi_name}
