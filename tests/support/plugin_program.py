"""A serial program as a user of the pytest plugin would test it."""

from __future__ import annotations

# somebody else's program: it answers every text it finds
PROGRAM = """
import serial

def my_program(port):
    with serial.serial_for_url(port, 115200, timeout=5) as modem:
        def at(line, end=b"OK\\r\\n"):
            modem.write(line + b"\\r")
            answer = modem.read_until(end)
            assert answer.endswith(end), answer
            return answer.decode()
        at(b"ATE0")
        at(b"AT+CMGF=1")
        found = [line for line in at(b'AT+CMGL="ALL"').splitlines() if line]
        for header, text in zip(found[::2], found[1::2]):
            if header.startswith("+CMGL"):
                sender = header.split('"')[3]
                at(b'AT+CMGS="%s"' % sender.encode(), b"> ")
                modem.write(b"got " + text.encode() + b"\\x1a")
                assert modem.read_until(b"OK\\r\\n").endswith(b"OK\\r\\n")
"""
