"""The agent's log: a bounded ring and the console, one line an event, secrets masked in one place (L0)."""

from micropython import const

from .clock import now_ms

DEBUG = const(0)
INFO = const(1)
WARN = const(2)

_NAMES = ("debug", "info", "warn")
_RING_OCTETS = const(1536)  # in one piece from the start, since lines here and there would leave no room between
_LINE_END = const(10)
_MAX_LINE = const(160)
_MAX_DEBUG_LINE = const(420)  # a whole PDU line

level = INFO  # what reaches the console
say = print  # where the console's lines go
_ring = bytearray(_RING_OCTETS)  # lines, each with its end; before the first one 0
_end = 0  # of the newest line
_words = ""  # of the newest line, without its time
_kept = 0  # how long it is
_again = 1  # how often it came in a row
_secrets: "list[str]" = []
# AT commands whose arguments are secrets or stand beside one: PIN, lock passwords, APN authentication
_GUARDED = (
    "|+CPIN|+CPIN2|+CLCK|+CPWD|+CGAUTH|+UAUTHREQ|+QICSGP|#PDPAUTH|^SGAUTH|^AUTHDATA|#XPDNAUTH|%PDNACT|$QCPDPP|+XGAUTH|"
    "+CNCFG|+CSTT|+SAPBR|+UPSD|+WPPP|"
)


def hide(secret: str) -> None:
    """From now on `secret` is shown as *** wherever it would be logged. Short values are left alone."""
    if len(secret) >= 4 and secret not in _secrets:
        _secrets.append(secret)


def masked(text: str) -> str:
    """`text` with every known secret replaced, and the arguments of AT commands that carry one."""
    for secret in _secrets:
        if secret in text:
            text = text.replace(secret, "***")
    for mark in "=:":
        end = text.find(mark)
        while end > 0:
            if _guarded(text, end):
                text = text[: end + 1] + "***"
            end = text.find(mark, end + 1)
    return text


def _guarded(text: str, end: int) -> bool:
    # `=` begins what was set and, but for +CPIN: READY, `:` what is read back; `=?` only asks
    start = max([text.rfind(sign, 0, end) for sign in "+#^%$"])
    name = text[start:end].strip().upper() if start >= 0 else ""
    if not name or text[end + 1 : end + 2] == "?" or (name == "+CPIN" and text[end] == ":"):
        return False
    return "|" + name + "|" in _GUARDED


def write(severity: int, area: str, text: str, *args) -> None:
    """Log one line: `text % args`, masked, with control characters made visible."""
    if severity < level and severity == DEBUG:
        return
    if args:
        text = text % args
    text = masked(text)
    now = now_ms()
    text = _printable(text)[: _MAX_LINE if severity > DEBUG else _MAX_DEBUG_LINE]
    line = "[%6d.%03d] %s %s: %s" % (now // 1000, now % 1000, _NAMES[severity], area, text)
    if severity > DEBUG:
        _keep(line)
    if severity >= level:
        say(line)


def _keep(line: str) -> None:
    # a line that only comes again takes no other's place: it shows its newest time and how often it came
    global _end, _words, _kept, _again
    words = line[line.find("]") :]
    if words == _words:
        _again += 1
        line = "%s x%d" % (line, _again)
        _end = (_end - _kept) % _RING_OCTETS
    else:
        _words = words
        _again = 1
    for octet in line.encode():
        _ring[_end] = octet
        _end = (_end + 1) % _RING_OCTETS
    _ring[_end] = _LINE_END
    _end = (_end + 1) % _RING_OCTETS
    _kept = len(line) + 1


def debug(area: str, text: str, *args) -> None:
    """What only an engineer at the cable wants to see."""
    write(DEBUG, area, text, *args)


def info(area: str, text: str, *args) -> None:
    """What an operator would ask for."""
    write(INFO, area, text, *args)


def warn(area: str, text: str, *args) -> None:
    """Something went wrong and was dealt with."""
    write(WARN, area, text, *args)


def last(count: int) -> "list[str]":
    """The newest `count` lines, oldest first."""
    lines: "list[str]" = []
    line = bytearray()
    for i in range(2, _RING_OCTETS):
        octet = _ring[(_end - i) % _RING_OCTETS]
        if octet > _LINE_END:
            line.append(octet)
            continue
        if len(lines) < count and line:
            lines.insert(0, bytes(reversed(line)).decode())
        line = bytearray()
        if not octet or len(lines) >= count:
            break
    return lines


def _printable(text: str) -> str:
    for char in text:
        if not " " <= char <= "~":
            return "".join(c if " " <= c <= "~" else "?" for c in text)
    return text
