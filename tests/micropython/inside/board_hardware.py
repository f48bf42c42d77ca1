"""The board layer on a UART and pins that behave as an ESP32's: `board_hardware.py CASE`, on a real clock.

Its write() blocks for ever where the buffer is full, which is said here by an exception instead.
"""

import asyncio
import io
import sys
import time

OCTETS_PER_S = 11520


class UART(io.IOBase):
    RTS = 1
    CTS = 2
    all = []

    def __init__(self, id, baudrate, **options):
        UART.all.append(self)
        self.wire = b""  # what the modem gets
        self.held = False  # the modem holds CTS
        self.pending = b""
        self.since_ms = 0
        self.init(baudrate, **options)

    def init(self, baudrate, tx=None, rx=None, rts=None, cts=None, rxbuf=256, txbuf=256, flow=0):
        self.flow = flow
        self.txbuf = txbuf
        self.pending = b""

    def _drain(self):
        if self.held and self.flow & UART.CTS:
            self.since_ms = time.ticks_ms()
            return
        passed = time.ticks_diff(time.ticks_ms(), self.since_ms) * OCTETS_PER_S // 1000
        self.wire += self.pending[:passed]
        self.pending = self.pending[passed:]
        self.since_ms = time.ticks_ms()

    def write(self, octets):
        self._drain()
        while len(self.pending) + len(octets) > self.txbuf:
            if self.held and self.flow & UART.CTS:
                raise SystemExit("the interpreter is blocked: the buffer is full")
            time.sleep_ms(1)
            self._drain()
        self.pending += bytes(octets)
        return len(octets)

    def txdone(self):
        self._drain()
        return not self.pending

    def ioctl(self, request, argument):
        return argument & 4 if request == 3 else 0  # there is always room, it says


class Pin:
    OUT, IN = 1, 0

    def __init__(self, number, mode, value=None):
        self.level = value or 0
        pins[number] = self

    def value(self, level=None):
        if level is not None:
            self.level = level
        return self.level


pins = {}


class _Machine:
    UART = UART
    Pin = Pin


sys.modules["machine"] = _Machine()

from mtmo.board import Board  # noqa: E402

CONFIG = {
    "mcu": "esp32s3",
    "uart": {"id": 1, "tx": 1, "rx": 2, "rts": 3, "cts": 4, "baud": 115200, "rxbuf": 2048},
    "power": {"boot_ms": 1000},
    "pins": {},
    "outputs": {"relay": {"pin": 9, "active": 1}, "siren": {"pin": 10, "active": 0}},
}


async def settle(port):
    for _ in range(200):
        if port.uart.txdone():
            return
        await asyncio.sleep_ms(5)


def cts_is_used_only_when_the_modem_was_told():
    board = Board(CONFIG)
    uart = board.port.uart
    assert uart.flow == UART.RTS
    board.use_cts()
    assert uart.flow == UART.RTS | UART.CTS
    for start in (board.power_on, board.reset_modem, board.power_cycle):
        board.use_cts()
        asyncio.run(start())
        assert uart.flow == UART.RTS, start


def a_dead_modem_that_holds_cts_blocks_nothing():
    board = Board(CONFIG)
    board.use_cts()
    uart = board.port.uart

    async def story():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep_ms(20)

        ticker = asyncio.create_task(tick())
        pdu = b"0" * 352
        await board.port.write(pdu)
        await settle(board.port)
        assert uart.wire == pdu
        uart.held = True
        for _ in range(4):
            await board.port.write(pdu)
        assert uart.flow == UART.RTS  # given up until the modem is set up again
        await settle(board.port)
        assert uart.wire[-352:] == pdu
        assert ticks > 50  # others went on meanwhile
        ticker.cancel()

    asyncio.run(story())


def a_pause_of_the_modem_is_waited_for():
    board = Board(CONFIG)
    board.use_cts()
    uart = board.port.uart

    async def story():
        uart.held = True

        async def resume():
            await asyncio.sleep_ms(700)
            uart.held = False

        another = asyncio.create_task(resume())
        for _ in range(3):
            await board.port.write(b"0" * 352)
        await settle(board.port)
        await another
        assert len(uart.wire) == 3 * 352 and uart.flow & UART.CTS

    asyncio.run(story())


def outputs_are_inactive_when_the_agent_ends():
    board = Board(CONFIG)
    for name in board.outputs():
        board.set_output(name, True)
    assert (pins[9].level, pins[10].level) == (1, 0)
    board.release()
    assert (pins[9].level, pins[10].level) == (0, 1)


globals()[sys.argv[1]]()
