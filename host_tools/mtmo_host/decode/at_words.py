"""AT results and registration states in words (TS 27.005 §3.2.5, TS 27.007 §7.2, §9.2, TS 23.040 §9.2.3.22)."""

from __future__ import annotations

import re
from collections.abc import Callable

from mtmo_host.decode.report import visible
from mtmo_host.emulator.error_text import CME_TEXT, CMS_TEXT

# What the emulated modem never says, real networks and modems do.
_CME = {
    **CME_TEXT, 1: "no connection to phone", 2: "phone adaptor link reserved", 17: "SIM PIN2 required",
    18: "SIM PUK2 required", 40: "network personalisation PIN required", 51: "command implemented but disabled",
    52: "command aborted by user", 151: "command rejected: too many parallel requests",
}  # fmt: skip
_CMS = {**CMS_TEXT, 17: "network failure"}
_STATES = (
    "not registered, not searching", "registered, home", "not registered, searching", "registration denied",
    "unknown: no coverage", "registered, roaming", "registered for SMS only, home", "registered for SMS only, roaming",
    "emergency services only", "registered, CSFB not preferred, home", "registered, CSFB not preferred, roaming",
)  # fmt: skip
_DOMAINS = {"CREG": "circuit switched", "CGREG": "GPRS", "CEREG": "LTE", "C5GREG": "5G"}
_ACCESS = {
    0: "GSM", 1: "GSM compact", 2: "UTRAN", 3: "EDGE", 4: "HSDPA", 5: "HSUPA", 6: "HSPA", 7: "LTE", 8: "EC-GSM-IoT",
    9: "NB-IoT", 10: "LTE (5G core)", 11: "NR", 12: "NG-RAN",
}  # fmt: skip

_ERROR = re.compile(r"\+CM([ES]) ERROR: *(.*)", re.IGNORECASE)
_REGISTRATION = re.compile(r"\+(CREG|CGREG|CEREG|C5GREG): *(.+)", re.IGNORECASE)
_STORED = re.compile(r'\+(CMTI|CDSI|CBMI): *"?(\w*)"? *, *(\d+)', re.IGNORECASE)
_INDICATED = {"CMTI": "message", "CDSI": "status report", "CBMI": "cell broadcast"}
_SENT = re.compile(r"\+(CMGS|CMSS|CMGW): *(\d+)", re.IGNORECASE)


def explain_line(line: str) -> str | None:
    """What an information line, URC or final result says, None for those of other subjects."""
    for pattern, words in _EXPLAINED:
        found = pattern.fullmatch(line.strip())
        if found:
            return words(found)
    return None


def _error(found: re.Match[str]) -> str:
    kind, rest = found[1].upper(), found[2].strip()
    whose = "equipment" if kind == "E" else "message service"
    if not (rest.isascii() and rest.isdecimal()):
        return f"{whose} error: {visible(rest)}"
    code = int(rest[:5])
    words = (_CME if kind == "E" else _CMS).get(code)
    if words is None:
        words = "manufacturer's own" if kind == "S" and code >= 512 else "not in the specification"
    return f"{whose} error {code}: {words}"


def _registration(found: re.Match[str]) -> str:
    values = [value.strip() for value in found[2].split(",")]
    # "+CREG: <n>,<stat>…" answers a question, "+CREG: <stat>,"<lac>"…" comes unasked
    asked = len(values) > 1 and values[1].isdecimal() and len(values[1]) <= 2
    place = 1 if asked else 0
    stat = values[place]
    if not (stat.isascii() and stat.isdecimal()):
        return "registration: not readable"
    words = _STATES[int(stat[:3])] if int(stat[:3]) < len(_STATES) else "unknown state"
    access = values[place + 3] if len(values) > place + 3 else ""
    over = f", {_ACCESS.get(int(access), 'unknown access')}" if access.isascii() and access[:2].isdecimal() else ""
    return f"{_DOMAINS[found[1].upper()]}: {words} ({stat}){over}"


def _stored(found: re.Match[str]) -> str:
    return f"new {_INDICATED[found[1].upper()]} in {found[2] or 'the store'}, index {found[3]}"


def _sent(found: re.Match[str]) -> str:
    if found[1].upper() == "CMGW":
        return f"stored at index {found[2]}"
    return f"taken by the network, message reference {found[2]}"


_EXPLAINED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ERROR, _error),
    (_REGISTRATION, _registration),
    (_STORED, _stored),
    (re.compile(_SENT.pattern + r".*", re.IGNORECASE), _sent),
)
