"""AT result codes and the line tokenizer: octets in at any split, lines and prompts out (L1).

V.250 §5.7, TS 27.007 §9.2.
"""

from micropython import const

_CR = const(13)
_LF = const(10)
_PROMPT = const(62)  # ">"

# Final results other than OK; a whole line, never a substring (V.250 §5.7.1, at_dialects §3).
# One string, since each bytes object of its own costs 80 octets; 4 is ERROR under ATV0.
_FAILED = (
    b"\nERROR\nNO CARRIER\nBUSY\nNO ANSWER\nNO DIALTONE\nNO DIAL TONE\nABORTED\nCOMMAND NOT SUPPORT\nMODEM ERROR\n4\n"
)


class Tokenizer:
    """Cuts a stream of octets into lines; nothing is allocated per octet, once per line.

    Lines longer than `size` octets are cut, counted in `overlong` and resynchronised at their end.
    """

    def __init__(self, size: int = 512):
        self._line = bytearray(size)
        self._view = memoryview(self._line)
        self._length = 0
        self.overlong = 0
        self.expect_prompt = False

    def feed(self, octets: bytearray, count: int, sink) -> None:
        """Hand every line in the first `count` octets to `sink.on_line(bytes)`, a prompt to `sink.on_prompt()`.

        The prompt has no line end, so it is only looked for while `expect_prompt` is set; blanks or a line end
        behind it fall away (TS 27.005 §3.5.1; SIM7670G sends CR LF there).
        """
        line = self._line
        size = len(line)
        length = self._length
        for i in range(count):
            octet = octets[i]
            if octet == _CR or octet == _LF:  # noqa: SIM109 - a tuple makes every octet a third slower
                if length:
                    self._emit(length, sink)
                    length = 0
            elif octet == _PROMPT and length == 0 and self.expect_prompt:
                self.expect_prompt = False
                sink.on_prompt()
            elif length < size:
                line[length] = octet
                length += 1
            else:
                length = size + 1  # still the same overlong line
        self._length = length

    def _emit(self, length: int, sink) -> None:
        if length > len(self._line):
            self.overlong += 1
            length = len(self._line)
        line = bytes(self._view[:length]).strip()
        if line:
            sink.on_line(line)


def parse_final(line: bytes) -> "tuple[bool, str, int] | None":
    """(succeeded, kind, code) if `line` is a final result, else None.

    `kind` is "CME", "CMS", "EXT" or ""; `code` is -1 where there is no number (TS 27.007 §9.2, TS 27.005 §3.2.5).
    """
    if line == b"OK" or line == b"0":
        return True, "", -1
    if b"\n" + line + b"\n" in _FAILED:
        return False, "", -1
    if line.startswith(b"CONNECT"):
        return True, "", -1
    if line[4:11] == b" ERROR:" and line[:4] in (b"+CME", b"+CMS", b"+EXT"):
        digits = line[11:].strip()
        return False, line[1:4].decode(), int(digits) if digits.isdigit() and len(digits) < 6 else -1
    return None


def fields(line: bytes) -> "list[str]":
    """The comma-separated fields behind the colon of an information line, unquoted and stripped.

    Octets outside 0x20…0x7E become `?`; commas inside quotes separate nothing (V.250 §5.4.2).
    """
    text = printable(line)
    colon = text.find(":")
    rest = text[colon + 1 :] if colon >= 0 else text
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


def is_hex(line: bytes) -> bool:
    """Is the whole line an even count of hexadecimal digits?"""
    if not line or len(line) & 1:
        return False
    for octet in line:
        if not (48 <= octet <= 57 or 65 <= octet <= 70 or 97 <= octet <= 102):
            return False
    return True


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
