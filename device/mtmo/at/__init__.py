"""AT result codes and the line tokenizer: octets in at any split, lines and prompts out (L1).

V.250 §5.7, TS 27.007 §9.2.
"""

from binascii import crc32

from micropython import const

try:
    from uctypes import addressof, bytes_at  # makes a line in one piece: no memoryview beside it
except ImportError:

    def addressof(line: bytearray) -> bytearray:  # type: ignore[misc]
        return line

    def bytes_at(address: bytearray, count: int) -> bytes:  # type: ignore[misc]
        return bytes(memoryview(address)[:count])


_CR = const(13)
_LF = const(10)
_BLANK = const(32)  # and what is below: rubbish of a line that was just switched on, ESC and Ctrl-Z of an echo
_PROMPT = const(62)  # ">"

# Final results other than OK; a whole line, never a substring (V.250 §5.7.1, at_dialects §3).
# One string, since each bytes object of its own costs 80 octets; 4 is ERROR under ATV0.
_FAILED = b"\nERROR\nABORTED\nCOMMAND NOT SUPPORT\nMODEM ERROR\n4\n"
_CALL_FAILED = b"\nNO CARRIER\nBUSY\nNO ANSWER\nNO DIALTONE\nNO DIAL TONE\n"

# How lines start that no response consists of; each may stand between any two lines of any response (at_dialects §4.3).
URCS = (
    b"|+CMTI:|+CMT:|+CDS:|+CDSI:|+CBM:|RING|+CRING:|+CLIP:|+CREG:|+CGREG:|+CEREG:|+CTZV:|+CTZE:|+CGEV:|+CPIN:|+CFUN:"
    b"|+CUSD:|+CIEV:|RDY|APP RDY|SMS Ready|SMS DONE|PB DONE|Call Ready|NORMAL POWER DOWN|POWERED DOWN|UNDER-VOLTAGE"
    b"|OVER-VOLTAGE|CHARGE-ONLY|PSM POWER DOWN|PSUTTZ:|DST:|MISSED_CALL:|VOICE CALL:|SRING:|Ready|NO CARRIER|BUSY"
    b"|NO ANSWER|"
)


class Tokenizer:
    """Cuts a stream of octets into lines; nothing is allocated per octet, one object per line.

    Lines longer than `size` octets are cut, reported as such and resynchronised at their end.
    """

    def __init__(self, size: int = 512):
        self._line = bytearray(size)
        self._address = addressof(self._line)  # where memory lies above 1 << 30, computing with it makes objects
        self._length = 0
        self._prompted = False  # the rest of a prompt like `>>> ` may follow
        self.expect_prompt = False

    def feed(self, octets: bytearray, count: int, sink) -> None:
        """Hand every line in the first `count` octets to `sink.on_line(bytes)`, a prompt to `sink.on_prompt()`.

        A line that was cut goes to `sink.on_overlong(bytes)`. The prompt has no line end, so it is only looked for
        while `expect_prompt` is set; blanks or a line end behind it fall away (TS 27.005 §3.5.1; SIM7670G sends CR LF
        there, Sequans `>>>`).
        """
        line = self._line
        size = len(line)
        length = self._length
        for i in range(count):
            octet = octets[i]
            if octet == _CR or octet == _LF:  # noqa: SIM109 - a tuple makes every octet a third slower
                if length:
                    self._length = 0  # whatever the sink raises, the next line is a new one
                    self._emit(length, sink)
                    length = 0
            elif octet == _PROMPT and length == 0 and (self.expect_prompt or self._prompted):
                if self.expect_prompt:
                    self.expect_prompt = False
                    self._prompted = True
                    sink.on_prompt()
            elif length < size:
                line[length] = octet
                length += 1
            else:
                length = size + 1  # still the same overlong line
        self._length = length

    def _emit(self, length: int, sink) -> None:
        line = self._line
        self._prompted = False
        overlong = length > len(line)
        if overlong:
            length = len(line)
        while length and line[length - 1] <= _BLANK:
            length -= 1
        start = 0
        while start < length and line[start] <= _BLANK:
            start += 1
        if start == length:
            return
        if start:
            length -= start
            for i in range(length):
                line[i] = line[start + i]
        whole = bytes_at(self._address, length)
        if overlong:
            sink.on_overlong(whole)
        else:
            sink.on_line(whole)


def parse_final(line: bytes) -> "tuple[bool, str, int] | None":
    """(succeeded, kind, code) if `line` is a final result, else None.

    `kind` is "CME", "CMS", "EXT" or ""; `code` is -1 where there is no number (TS 27.007 §9.2, TS 27.005 §3.2.5).
    """
    if line == b"OK" or line == b"0":
        return True, "", -1
    if listed(_FAILED, line) or listed(_CALL_FAILED, line):
        return False, "", -1
    if line.startswith(b"CONNECT") and line[7:8] in b" ":
        return True, "", -1
    if line[4:11] == b" ERROR:" and line[:4] in (b"+CME", b"+CMS", b"+EXT"):
        digits = line[11:].strip()
        return False, line[1:4].decode(), int(digits) if digits.isdigit() and len(digits) < 6 else -1
    return None


def of_a_call(line: bytes) -> bool:
    """True if a final result speaks of a call, like NO CARRIER, and so may be a URC (V.250 §6.3)."""
    return line.startswith(b"CONNECT") or listed(_CALL_FAILED, line)


def listed(table: bytes, line: bytes) -> bool:
    """True if `line` is one of the whole lines of `table`, each between line feeds. Allocates nothing."""
    at = table.find(line)
    while at > 0:
        end = at + len(line)
        if table[at - 1] == _LF and table[end] == _LF:
            return True
        at = table.find(line, end)
    return False


def fields(line: bytes) -> "list[str]":
    """The comma-separated fields behind the colon of an information line's name, unquoted and stripped.

    Octets outside 0x20…0x7E become `?`; commas inside quotes separate nothing (V.250 §5.4.2).
    """
    text = printable(line)
    colon = text.find(":")
    rest = text if text.find(" ", 0, colon) >= 0 else text[colon + 1 :]  # no name has blanks, a time has colons
    parts = []
    start = 0
    quoted = False
    for i in range(len(rest)):
        if rest[i] == '"':
            quoted = not quoted
        elif rest[i] == "," and not quoted:
            parts.append(_unquoted(rest[start:i]))
            start = i + 1
    parts.append(_unquoted(rest[start:]))
    return parts


def number(field: str, default: int = -1) -> int:
    """The decimal number in `field`, or `default`."""
    return int(field) if field.isdigit() and len(field) < 10 else default


def is_address(field: str) -> bool:
    """True for an IP address, dotted or with colons, that is not all zero."""
    return ("." in field or ":" in field) and bool(field.strip("0.:"))


def is_hex(line: bytes) -> bool:
    """True if the whole line is an even count of hexadecimal digits."""
    if not line or len(line) & 1:
        return False
    for octet in line:
        if not (48 <= octet <= 57 or 65 <= octet <= 70 or 97 <= octet <= 102):
            return False
    return True


def fits(header: bytes, line: bytes) -> bool:
    """True if `line` is the PDU that `header` announces."""
    # the last field counts TPDU octets, without the SMSC address in front (TS 27.005 §3.1)
    if not is_hex(line):
        return False
    length = number(fields(header)[-1])
    return length >= 0 and len(line) == 2 * (length + 1 + int(line[:2], 16))


def mark_of(octets: bytes) -> int:
    """A number that tells one stored PDU from another: not 0, and small on every board."""
    return crc32(octets) & 0x3FFFFFFF or 1


def printable(line: bytes) -> str:
    """`line` as text, `?` for every octet outside 0x20…0x7E."""
    for octet in line:
        if not 32 <= octet <= 126:
            return "".join(chr(o) if 32 <= o <= 126 else "?" for o in line)
    return line.decode()


def _unquoted(field: str) -> str:
    field = field.strip()
    if len(field) >= 2 and field[0] == '"' and field[-1] == '"':
        return field[1:-1]
    return field.replace('"', "")
