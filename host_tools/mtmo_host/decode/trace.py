"""Lines of an AT trace explained: headers with their PDUs, errors, registration states, SC1 texts (TS 27.005 §3.4, §4).

Time stamps, direction marks and the agent's log prefix in front of a line are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mtmo_host.decode.at_words import explain_line
from mtmo_host.decode.page import BROADCAST, Pages, explain_page
from mtmo_host.decode.pdu import explain_pdu
from mtmo_host.decode.reading import choose
from mtmo_host.decode.report import Damage, Report, visible
from mtmo_host.decode.sc1_text import Verifier, explain_sc1, looks_like_sc1
from mtmo_host.decode.words import DELIVER, STATUS_REPORT, SUBMIT
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.cbs import OCTETS
from mtmo_host.sms.tpdu import StatusReport, Submit

_PREFIX = re.compile(
    r"\s*(?:\[\s*\d+(?:\.\d+)?\]|\d{4}-\d\d-\d\d(?=[T ])|T?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?=\s)"
    r"|\d+\.\d{3}(?= [<>] )|mtmo>(?=\s)"
    r"|(?:debug|info|warn(?:ing)?)\b:?(?=\s)|at:(?=\s)|(?:TX|RX|DTE|DCE)\b:?|-->|<--|->|<-|>>?>?|<<?<?|-(?=\s))\s*",
    re.IGNORECASE,
)
_AGENT_LOG = re.compile(r"\[ *\d+\.\d{3}\] (?:debug|info|warn) \w+: (.*)")
_AGENT_LINES = (160, 420)  # characters, where the agent's log cuts what is longer
_HEADER = re.compile(r"\+(CMT|CDS|CMGR|CMGL|CBM): *(.*)", re.IGNORECASE)
_SENDING = re.compile(r"AT\+(CMGS|CMGW)=(\d{1,3})(?:,\d)?", re.IGNORECASE)
_WITHHELD = re.compile(r"\((\d+) hex digits\)")  # how the agent's AT trace shows a PDU
_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
# how many in PDU mode; alpha may be missing, and stat where the store has but one kind
_PARAMETERS = {"CMT": (1, 2), "CDS": (1,), "CMGR": (1, 2, 3), "CMGL": (3, 4), "CBM": (1,)}
_NAMES = {"CMT": "message", "CDS": "status report", "CBM": "page of a cell broadcast"}
_STATS = ("received, unread", "received, read", "stored, unsent", "stored, sent")
_UNCLAIMED = 28  # digits: no shorter line without a header is taken for a PDU


@dataclass(slots=True)
class Entry:
    """One explained line. `damage` is what is wrong with the line itself, not with its PDU."""

    line: int
    raw: str
    meaning: str
    report: Report | None = None
    damage: Damage | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        found: dict[str, Any] = {"line": self.line, "raw": self.raw, "meaning": self.meaning}
        if self.damage:
            found["error"] = self.damage.as_json()
        return {**found, self.report.kind: self.report.as_json()} if self.report else found

    def damages(self) -> Iterator[Damage]:
        """What is wrong in this line."""
        if self.damage:
            yield self.damage
        if self.report:
            yield from self.report.damages()


@dataclass(slots=True)
class _Claim:
    """A header that waits for its PDU."""

    line: int
    name: str
    length: int
    direction: str | None


@dataclass(slots=True)
class Trace:
    """Reads a trace line by line; segments are joined across it."""

    verifier: Verifier | None = None
    _claim: _Claim | None = None
    _assemblers: dict[str, Assembler] = field(default_factory=dict)
    _pages: Pages = field(default_factory=Pages)
    _line: int = 0

    def entries(self, lines: Iterable[str]) -> Iterator[Entry]:
        """The entries of the lines that mean something to us."""
        return self.numbered(enumerate(lines, 1))

    def numbered(self, lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
        """The same of lines that have numbers of their own."""
        for self._line, raw in lines:
            yield from self.feed(raw.rstrip("\r\n"))
        yield from self._unclaimed()

    def feed(self, raw: str) -> Iterator[Entry]:
        """The entries of one line."""
        line, cut = bare(raw)
        header = _HEADER.fullmatch(line)
        sending = _SENDING.fullmatch(line)
        if header:
            yield from self._unclaimed()
            yield self._header(header, raw)
        elif sending:
            yield from self._unclaimed()
            yield self._sending(sending, raw)
        elif self._claim and _HEX.fullmatch(line):
            yield from self._pdu(line, raw, cut)
        elif self._claim and (withheld := _WITHHELD.fullmatch(line)):
            self._claim = None
            yield Entry(self._line, raw, f"its PDU, {int(withheld[1]) // 2} octets, not shown by the agent")
        elif (said := explain_line(line)) is not None:
            yield Entry(self._line, raw, said)
        elif looks_like_sc1(line):
            report = explain_sc1(line, self.verifier)
            yield Entry(self._line, raw, report.title, report)
        elif len(line) >= _UNCLAIMED and _HEX.fullmatch(line):
            yield from self._pdu(line, raw, cut)

    def _header(self, found: re.Match[str], raw: str) -> Entry:
        name, values = found[1].upper(), [value.strip() for value in found[2].split(",")]
        length = values[-1]
        if len(values) not in _PARAMETERS[name] or not (length.isascii() and length.isdecimal()):
            return Entry(self._line, raw, f"+{name}, not in PDU mode: its text is not explained")
        direction = {"CMT": DELIVER, "CDS": STATUS_REPORT, "CBM": BROADCAST}.get(name)
        meaning = _NAMES.get(name, "stored message")
        stat = values[0 if name == "CMGR" else 1] if name in ("CMGR", "CMGL") and len(values) > 1 else ""
        if name == "CMGL":
            meaning += f", index {values[0]}"
        if stat in ("0", "1", "2", "3"):
            meaning += f", {_STATS[int(stat)]}"
            direction = SUBMIT if stat in "23" else None
        self._claim = _Claim(self._line, f"+{name}", int(length[:4]), direction)
        what = "" if direction == BROADCAST else " of TPDU"
        return Entry(self._line, raw, f"{visible(meaning)}: {length} octets{what} follow")

    def _sending(self, found: re.Match[str], raw: str) -> Entry:
        self._claim = _Claim(self._line, f"AT+{found[1].upper()}", int(found[2]), SUBMIT)
        what = "send" if found[1].upper() == "CMGS" else "store"
        return Entry(self._line, raw, f"to {what}: {found[2]} octets of TPDU follow")

    def _pdu(self, digits: str, raw: str, cut: bool) -> Iterator[Entry]:
        claim, self._claim = self._claim, None
        direction = claim.direction if claim else None
        length = claim.length if claim else None
        if claim and direction is None and len(digits) == 2 * OCTETS and claim.length == OCTETS:
            direction = BROADCAST  # no room for the service-centre address of a message
        if direction == BROADCAST:
            report = explain_page(digits, length)
        else:
            report = explain_pdu(digits, direction=direction, has_sca=True if claim else None, length=length)
        cut = cut and report.damage is not None
        if cut:
            report.damage = None
            report.notes.append(f"the agent's log cut this line at {len(digits) + 2} characters; nothing else is wrong")
        text = report.facts.get("text")
        if text and looks_like_sc1(text):
            report.inner = explain_sc1(text, self.verifier)
        yield Entry(self._line, raw, report.summary, report)
        if report.damage is None and not cut:
            yield from self._joined(digits, report)

    def _joined(self, digits: str, report: Report) -> Iterator[Entry]:
        """The whole message where this segment was its last, the whole broadcast where this page was."""
        if report.facts["direction"] == BROADCAST:
            text = self._pages.feed(report)
            if text is not None:
                yield Entry(self._line, "", f"whole broadcast of {report.facts['pages']} pages: “{visible(text)}”")
            return
        message = choose(bytes.fromhex(digits), report.facts["direction"], report.facts["has_sca"]).message
        if message is None or isinstance(message, StatusReport) or message.concat is None or message.concat.total < 2:
            return
        assembler = self._assemblers.setdefault(report.facts["direction"], Assembler())
        peer = message.da if isinstance(message, Submit) else message.oa
        whole = assembler.feed((peer.number, peer.ton), message.ud, 0.0)
        if whole is None or whole.text is None:
            return
        inner = explain_sc1(whole.text, self.verifier) if looks_like_sc1(whole.text) else None
        yield Entry(self._line, "", f"whole message of {whole.total} segments: “{visible(whole.text)}”", inner)

    def _unclaimed(self) -> Iterator[Entry]:
        if self._claim:
            claim, self._claim = self._claim, None
            message = f"no PDU of {claim.length} octets follows {claim.name}, line"
            damage = Damage("pdu_hex", claim.line, "missing", message)
            yield Entry(claim.line, "", "its PDU is missing", damage=damage)


def bare(raw: str) -> tuple[str, bool]:
    """A line without what a log puts before it and Ctrl-Z behind it; and whether the agent's log may have cut it."""
    logged = _AGENT_LOG.search(raw)
    cut = logged is not None and len(logged[1]) in _AGENT_LINES
    line, before = raw, None
    while line != before:
        before = line
        line = _PREFIX.sub("", line, count=1) if _PREFIX.match(line) else line
    return line.strip().removesuffix("\x1a").removesuffix("^Z").removesuffix("<Ctrl-Z>").rstrip(), cut


def is_at_line(text: str) -> bool:
    """Whether a line alone is one that a trace explains without a PDU."""
    line = bare(text)[0]
    return bool(_HEADER.fullmatch(line) or _SENDING.fullmatch(line) or explain_line(line) is not None)
