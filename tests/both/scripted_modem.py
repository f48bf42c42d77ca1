"""A port with a modem behind it that answers by a function: `answer(line) -> octets`; for both interpreters."""

import asyncio

from mtmo.at.chat import Chat


class ScriptedPort:
    """`say()` puts octets on the line; what is written is cut into lines for `answer`; ESC and Ctrl-Z end one too."""

    def __init__(self, answer):
        self.answer = answer
        self.lines = []
        self._rx = bytearray()
        self._line = b""
        self._something = asyncio.Event()

    def say(self, octets: bytes) -> None:
        self._rx += octets
        self._something.set()

    async def readinto(self, buf) -> int:
        while not self._rx:
            self._something.clear()
            await self._something.wait()
        count = min(len(buf), len(self._rx))
        buf[:count] = self._rx[:count]
        self._rx = self._rx[count:]
        return count

    async def write(self, octets) -> None:
        for octet in octets:
            if octet == 13 or octet == 26:
                line = self._line
                self._line = b""
                self.lines.append(line)
                answered = self.answer(line)
                if answered:
                    self.say(answered)
            elif octet == 27:
                self._line = b""  # V.250: what was typed so far, or the PDU, is given up
            else:
                self._line += bytes([octet])


def ok(line: bytes) -> bytes:
    """What a willing modem says to anything."""
    if line == b"AT+CMEE=?":
        return b"\r\n+CMEE: (0-2)\r\n\r\nOK\r\n"
    return b"\r\nOK\r\n"


class Talk:
    """A chat on a scripted port; `urcs` collects what came unasked. `async with` is for CPython only, so open/close."""

    def __init__(self, answer=ok, on_urc=None):
        self.urcs = []
        self.port = ScriptedPort(answer)
        self.chat = Chat(self.port, on_urc or self._on_urc)
        self._reader = None

    def _on_urc(self, line, pdu_hex):
        self.urcs.append((line, pdu_hex))

    def open(self) -> None:
        self._reader = asyncio.create_task(self.chat.run())

    async def close(self) -> None:
        self._reader.cancel()
        try:
            await self._reader
        except asyncio.CancelledError:
            pass
