"""Programs that drive a modem the way many do, and what each of them leaves out: scripted, on virtual time.

Each is a plain function over a serial port, as one would write it with pyserial; `Serial` is that port.
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Callable

from emulator_rig import SCA, Rig, submit

Driver = Callable[["Serial"], None]


class Serial:
    """A serial port whose other end is the emulated modem; waiting lets its time pass."""

    def __init__(self, made: Rig) -> None:
        self.made = made
        self.heard = b""

    def write(self, octets: bytes) -> None:
        """To the modem."""
        self.heard += self.made.at(octets)

    def wait(self, ms: int) -> bytes:
        """Everything heard until `ms` from now."""
        step_ms = 20
        for _ in range(max(1, ms // step_ms)):
            self.heard += self.made.pass_ms(step_ms)
        heard, self.heard = self.heard, b""
        return heard

    def until(self, *words: bytes, ms: int = 5000) -> bytes:
        """Everything heard until one of `words` is in it, as a substring, or the time is over."""
        heard = b""
        for _ in range(ms // 20):
            self.heard += self.made.pass_ms(20)
            heard, self.heard = heard + self.heard, b""
            if any(word in heard for word in words):
                break
        return heard

    def ask(self, line: bytes, ms: int = 5000) -> bytes:
        """A command and what comes until there is OK or ERROR somewhere in it."""
        self.write(line + b"\r")
        return self.until(b"OK", b"ERROR", ms=ms)


def _answer(port: Serial, about: bytes = b"") -> bytes:
    """Send a text; the same about the same."""
    tpdu = submit(f"9194713254{crc32(about) % 90 + 10}F8")
    port.write(b"AT+CMGS=%d\r" % len(tpdu))
    port.until(b">")
    port.write((SCA + tpdu.hex()).encode() + b"\x1a")
    return port.until(b"OK", b"ERROR", ms=60_000)


def _handle(port: Serial, index: int) -> bytes:
    """Read a message, answer it, delete it, whatever came of it."""
    read = port.ask(b"AT+CMGR=%d" % index)
    _answer(port, read)
    port.ask(b"AT+CMGD=%d" % index)
    return read


def trusts_indications(port: Serial) -> None:
    """Reads what +CMTI says, each time it says it, and never looks into the store by itself."""
    for _ in range(40):
        for index in re.findall(rb'\+CMTI: "\w+",(\d+)', port.wait(1000)):
            _handle(port, int(index))


def trusts_one_line(port: Serial) -> None:
    """The same, but only where +CMTI is all that came with one read."""
    for _ in range(40):
        line = port.wait(1000)
        if found := re.fullmatch(rb'\r\n\+CMTI: "\w+",(\d+)\r\n', line):
            _handle(port, int(found[1]))


def deletes_whatever_was_read(port: Serial) -> None:
    """Reads once, does not check the PDU, deletes."""
    port.wait(2000)
    _handle(port, 1)


def sends_again(port: Serial) -> None:
    """No OK within a minute: once more."""
    for _ in range(3):
        if b"OK" in _answer(port):
            return


def sends_the_same_line_for_ever(port: Serial) -> None:
    """AT until something answers, without ESC and without a pause worth the name."""
    for _ in range(100):
        if b"OK" in port.ask(b"AT", ms=100):
            return


def syncs_once(port: Serial) -> None:
    """The same, and then it works, of course."""
    sends_the_same_line_for_ever(port)
    trusts_indications(port)


def has_a_small_buffer(port: Serial) -> None:
    """Takes 256 octets of what has come, and forgets the rest."""
    for _ in range(40):
        for index in re.findall(rb'\+CMTI: "\w+",(\d+)', port.wait(1000)[:256]):
            _handle(port, int(index))


def counts_lines(port: Serial) -> None:
    """The first line is the header, the second the PDU; else it was no message and is left."""
    for _ in range(40):
        if b"+CMTI" in port.wait(1000):
            lines = port.ask(b"AT+CMGR=1").split()
            if lines[0].startswith(b"+CMGR"):
                port.ask(b"AT+CMGD=1")


def finds_indications_in_texts(port: Serial) -> None:
    """Text mode; whatever looks like +CMTI is one."""
    port.ask(b"AT+CMGF=1")
    for _ in range(40):
        waiting = re.findall(rb'\+CMTI: "\w+",(\d+)', port.wait(1000))
        while waiting:
            read = port.ask(b"AT+CMGR=" + waiting[0])
            port.ask(b"AT+CMGD=" + waiting.pop(0))
            port.ask(b"AT+CMGF=0")
            _answer(port, read)
            port.ask(b"AT+CMGF=1")
            waiting += re.findall(rb'\+CMTI: "\w+",(\d+)', read)


def keeps_what_is_not_newer(port: Serial) -> None:
    """A time stamp tells repetitions from news."""
    newest = ""
    for _ in range(40):
        for index in re.findall(rb'\+CMTI: "\w+",(\d+)', port.wait(1000)):
            found = re.search(rb"[0-9A-F]{30,}", port.ask(b"AT+CMGR=" + index))
            scts = swapped(found[0][32:46].decode()) if found else ""
            if scts > newest:
                newest = scts
                port.ask(b"AT+CMGD=" + index)


def swapped(digits: str) -> str:
    """Semi-octets, low before high, in the order one reads."""
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))


def sets_up_once(port: Serial) -> None:
    """Sets the modem up at the start and believes that it stays so."""
    port.ask(b"AT+CNMI=2,1")
    trusts_indications(port)


def gives_up_on_errors(port: Serial) -> None:
    """An error while setting up: left as it is, for good."""
    if b"ERROR" in port.ask(b'AT+CPMS="SM"'):
        port.wait(4_000_000)
        return
    trusts_indications(port)


def asks_until_it_is_there(port: Serial) -> None:
    """A message that cannot be read is asked for again, at once."""
    port.wait(1000)
    for _ in range(60):
        if b"+CMGR" in port.ask(b"AT+CMGR=1"):
            return
        port.wait(20)


def polls_the_network(port: Serial) -> None:
    """Registered? Registered? Registered?"""
    for _ in range(60):
        if b",1" in port.ask(b"AT+CREG?"):
            return
        port.wait(20)


def changes_the_apn_and_believes(port: Serial) -> str:
    """OK means that it works."""
    port.ask(b"AT+CFUN=4")
    port.ask(b'AT+CGDCONT=1,"IP","new"')
    port.ask(b"AT+CFUN=1")
    port.wait(5000)
    return "works" if b"OK" in port.ask(b"AT+CGACT=1,1", ms=10_000) else "broken"


def tries_the_apn_for_ever(port: Serial) -> None:
    """Refused: again, at once."""
    port.ask(b"AT+CFUN=4")
    port.ask(b'AT+CGDCONT=1,"IP","new"')
    port.ask(b"AT+CFUN=1")
    for _ in range(60):
        if b"OK" in port.ask(b"AT+CGATT=1"):
            return
