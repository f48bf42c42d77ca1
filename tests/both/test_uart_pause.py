"""Nobody reads for 100 ms while a listing comes at 115,200 Bd: the UART's buffer must hold it (at_dialects §10.46)."""

import asyncio
import os

from virtual_clock import block, now_ms, run

from mtmo.at.chat import Chat
from mtmo.errors import AtError
from support import VECTORS

BAUD = 115200
PAUSE_MS = 100
TEXTS = 12
PDU = b"07919471016700F0240C9194711832547600006230419062350006" + b"0" * 290  # a full text: 159 octets of TPDU
LENGTH = len(PDU) // 2 - 8
LISTING = b"".join([b'\r\n+CMGL: %d,1,"",%d\r\n%s' % (index, LENGTH, PDU) for index in range(TEXTS)])
BOARDS = VECTORS + "/../../boards"


class Uart:
    """A UART whose receive buffer takes `rxbuf` octets; what comes while it is full is lost, as in hardware."""

    def __init__(self, rxbuf: int):
        self._rxbuf = rxbuf
        self._buffer = b""
        self._wire = b""  # what the modem has yet to send
        self._from_ms = 0  # since when the wire is being emptied
        self._taken = 0  # of the wire, since then
        self.lost = 0

    def _fill(self) -> None:
        due = min((now_ms() - self._from_ms) * BAUD // 10000, len(self._wire))
        octets = self._wire[self._taken : due]
        if octets:
            room = self._rxbuf - len(self._buffer)
            self.lost += max(0, len(octets) - room)
            self._buffer += octets[:room]
            self._taken = due

    async def readinto(self, buf) -> int:
        self._fill()
        while not self._buffer:
            await asyncio.sleep(0.001)
            self._fill()
        count = min(len(buf), len(self._buffer))
        buf[:count] = self._buffer[:count]
        self._buffer = self._buffer[count:]
        return count

    async def write(self, octets) -> None:
        self._fill()
        if b"CMGL" in octets:
            answer = LISTING + b"\r\n\r\nOK\r\n"
        else:
            answer = b"\r\n+CMEE: (0-2)\r\n\r\nOK\r\n" if b"CMEE" in octets else b"\r\nOK\r\n"
        self._wire = self._wire[self._taken :] + answer
        self._from_ms = now_ms()
        self._taken = 0


async def listing(rxbuf: int, after_ms: int) -> tuple:
    """(PDUs read, octets lost, answers AT afterwards) when everything stands still `after_ms` into the listing."""
    uart = Uart(rxbuf)
    chat = Chat(uart, lambda line, pdu_hex: None)
    reader = asyncio.create_task(chat.run())

    async def pause():
        await asyncio.sleep(after_ms / 1000)
        block(PAUSE_MS)

    pausing = asyncio.create_task(pause())
    try:
        found = await chat.request("AT+CMGL=4", 2000, b"+CMGL:", None, True)
    except AtError:
        found = []
    await pausing
    again = False
    for _ in range(3):
        try:
            await chat.request("AT", 500)
            again = True
            break
        except AtError:
            pass
    reader.cancel()
    try:
        await reader
    except asyncio.CancelledError:
        pass
    return len([pdu for _, pdu in found if pdu == PDU]), uart.lost, again


def profiles() -> list:
    """(board, rxbuf) of every board profile."""
    found = []
    for name in sorted(os.listdir(BOARDS)):
        if name.endswith(".toml"):
            with open(BOARDS + "/" + name) as file:
                for line in file:
                    if line.startswith("rxbuf = "):
                        found.append((name, int(line[8:])))
                        break
    return found


def test_a_pause_of_100_ms_loses_no_pdu_with_any_boards_buffer():
    boards = profiles()
    assert len(boards) >= 5
    for rxbuf in sorted({rxbuf for _, rxbuf in boards}):
        assert rxbuf >= 2048
        for after_ms in range(0, 400, 9):
            assert run(listing(rxbuf, after_ms)) == (TEXTS, 0, True), (rxbuf, after_ms)


def test_the_buffer_of_256_octets_that_micropython_gives_loses_pdus_and_the_engine_is_in_step_again():
    lost = 0
    for after_ms in range(0, 270, 9):
        count, octets, again = run(listing(256, after_ms))
        assert again, after_ms
        assert octets > 500, after_ms
        lost += count < TEXTS
    assert lost > 25
