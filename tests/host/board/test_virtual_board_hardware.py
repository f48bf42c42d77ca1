"""Resets, watchdog, pins, UART, power: what a board's hardware does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from board_rig import running

from mtmo_host.errors import MtmoError
from mtmo_host.virtual_board import FlashImage, PowerCut, VirtualBoard

CAUSE = "import machine, time\nprint('cause', machine.reset_cause())\n"
ECHO = """
import asyncio, machine
uart = machine.UART(1, 115200, tx=4, rx=5, rxbuf=2048, timeout=0)
reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})
async def main():
    writer.write(b'ready\\r\\n')
    await writer.drain()
    while True:
        line = await reader.readline()
        writer.write(b'<' + line.strip() + b'>\\r\\n')
        await writer.drain()
asyncio.run(main())
"""


def test_every_power_on_runs_main_py(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "print('here')") as rig:
            for n in range(1, 7):
                await rig.until(lambda n=n: rig.printed.count(b"here") >= n)
                await rig.board.power_off()
                await rig.board.power_on()

    asyncio.run(scenario())


def test_machine_reset_is_a_hard_reset(tmp_path: Path) -> None:
    async def scenario() -> None:
        main = CAUSE + "if machine.reset_cause() == 1: machine.reset()\n"
        async with running(tmp_path, main) as rig:
            await rig.until_printed(b"cause 2")
            await rig.board.reset()
            await rig.until_printed(b"cause 2", 2)

    asyncio.run(scenario())


def test_soft_reset_keeps_pins_and_hard_reset_releases_them(tmp_path: Path) -> None:
    main = CAUSE + (
        "pin = machine.Pin(4, machine.Pin.OUT)\nprint('was', pin())\npin.on()\n"
        "time.sleep_ms(20)\n"
        "machine.soft_reset() if machine.reset_cause() == 1 else machine.reset() if machine.reset_cause() == 5 else 0\n"
    )

    async def scenario() -> None:
        async with running(tmp_path, main) as rig:
            await rig.until_printed(b"cause 2")
            await rig.until_printed(b"was", 3)
            lines = rig.printed.decode().split("\n")
            assert [line for line in lines if line.startswith(("cause", "was"))] == [
                "cause 1", "was 0", "cause 5", "was 1", "cause 2", "was 0",
            ]  # fmt: skip
            await rig.until(lambda: rig.pins[-1] == (4, 1))
            assert rig.pins == [(4, 0), (4, 1), (4, 0), (4, 0), (4, 1)]

    asyncio.run(scenario())


def test_inputs_follow_the_outside_and_pulls(tmp_path: Path) -> None:
    main = (
        "import machine, time\nup, down = machine.Pin(1, machine.Pin.IN, machine.Pin.PULL_UP), machine.Pin(2, 0)\n"
        "while True:\n    print('levels', up(), down())\n    time.sleep_ms(5)\n"
    )

    async def scenario() -> None:
        async with running(tmp_path, main) as rig:
            await rig.until_printed(b"levels 1 0")
            rig.board.set_pin(1, 0)
            rig.board.set_pin(2, 1)
            await rig.until_printed(b"levels 0 1")
            rig.board.set_pin(1, None)
            await rig.until_printed(b"levels 1 1")

    asyncio.run(scenario())


def test_the_watchdog_bites_and_survives_a_soft_reset(tmp_path: Path) -> None:
    main = CAUSE + (
        "if machine.reset_cause() == 1:\n    machine.WDT(timeout=500)\n    machine.soft_reset()\n"
        "if machine.reset_cause() == 5:\n    time.sleep(60)\n"
    )

    async def scenario() -> None:
        async with running(tmp_path, main) as rig:
            await rig.until_printed(b"cause 3")
            assert rig.printed.index(b"cause 5") < rig.printed.index(b"cause 3")
            await asyncio.sleep(0.7)  # the reset has disarmed it
            assert rig.resets("wdt") == 1

    asyncio.run(scenario())


def test_deepsleep_ends_with_its_own_cause(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, CAUSE + "if machine.reset_cause() == 1: machine.deepsleep(150)\n") as rig:
            started = time.monotonic()
            await rig.until_printed(b"cause 4")
            assert time.monotonic() - started > 0.1

    asyncio.run(scenario())


def test_timers_call_back_until_a_soft_reset(tmp_path: Path) -> None:
    main = CAUSE + (
        "if machine.reset_cause() == 1:\n"
        "    pin = machine.Pin(9, machine.Pin.OUT)\n"
        "    tick = machine.Timer(0, period=20, callback=lambda timer: pin.toggle())\n"
        "    once = machine.Timer(1, mode=machine.Timer.ONE_SHOT, period=10, callback=lambda timer: print('once'))\n"
    )

    async def scenario() -> None:
        async with running(tmp_path, main) as rig:
            await rig.until(lambda: len(rig.pins) > 10)  # main.py has ended: the board sits in its REPL
            assert rig.printed.count(b"once") == 1
            await rig.mpremote("soft-reset")
            count = len(rig.pins)
            await asyncio.sleep(0.2)
            assert len(rig.pins) == count

    asyncio.run(scenario())


def test_an_asyncio_uart_answers_and_outlives_its_peer(tmp_path: Path) -> None:
    async def scenario() -> None:
        modem, line = socket.socketpair()
        async with running(tmp_path, ECHO, uarts={1: line}) as rig:
            reader, writer = await asyncio.open_connection(sock=modem)
            assert await asyncio.wait_for(reader.readline(), 20) == b"ready\r\n"
            for n in range(200):
                writer.write(b"AT%d\r\n" % n)
                assert await asyncio.wait_for(reader.readline(), 20) == b"<AT%d>\r\n" % n
            writer.close()
            await asyncio.sleep(0.3)
            assert rig.board.running
            assert rig.board.boots == 1
            used = _cpu_s(rig.board)
            await asyncio.sleep(0.5)
            assert _cpu_s(rig.board) - used < 0.05  # a dead line is silent, not always ready
        line.close()

    asyncio.run(scenario())


def test_a_uart_may_be_a_tty_of_this_machine(tmp_path: Path) -> None:
    async def scenario() -> None:
        master, slave = os.openpty()
        link = tmp_path / "line"
        link.symlink_to(os.ttyname(slave))
        with os.fdopen(master, "r+b", buffering=0) as modem, os.fdopen(slave, "rb"):
            loop = asyncio.get_running_loop()
            async with running(tmp_path, ECHO, uarts={1: str(link)}):
                assert await loop.run_in_executor(None, modem.readline) == b"ready\r\n"
                modem.write(b"AT\r\n")
                assert await loop.run_in_executor(None, modem.readline) == b"<AT>\r\n"

    asyncio.run(scenario())


def _cpu_s(board: VirtualBoard) -> float:
    assert board._process is not None
    fields = Path(f"/proc/{board._process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_idle_board_uses_no_cpu(tmp_path: Path) -> None:
    async def scenario() -> None:
        modem, line = socket.socketpair()
        async with running(tmp_path, ECHO, uarts={1: line}) as rig:
            await rig.until(lambda: len(rig.board.events) > 0)
            await asyncio.sleep(0.3)
            used = _cpu_s(rig.board)
            await asyncio.sleep(1)
            assert _cpu_s(rig.board) - used <= 0.01
        modem.close()
        line.close()

    asyncio.run(scenario())


def test_a_console_that_nobody_reads_blocks_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "for i in range(30000): print('%08d' % i)\nprint('done')\n") as rig:
            await rig.until_printed(b"done")
            assert await rig.mpremote("resume", "eval", "1") == (0, "1\n")

    asyncio.run(scenario())


@pytest.mark.parametrize("operation", range(1, 12))
def test_a_power_cut_leaves_the_old_file_or_the_new_one(tmp_path: Path, operation: int) -> None:
    main = (
        "import os\nwith open('/new', 'w') as f: f.write('n' * 500)\nos.rename('/new', '/config')\nprint('written')\n"
    )

    async def scenario() -> None:
        async with running(tmp_path, files={"/config": b"o" * 500}) as rig:
            await rig.board.power_off()
            rig.board.power_cut = PowerCut(operation, torn=0.3)
            await rig.board.power_on()
            with contextlib.suppress(AssertionError):  # the power may fail while mpremote waits
                await rig.mpremote("exec", "--no-follow", main)
            await rig.until(lambda: not rig.board.running or b"written" in rig.printed)
            await rig.board.power_off()
            FlashImage.check(rig.board.image)
            assert FlashImage.read(rig.board.image, "/config") in (b"o" * 500, b"n" * 500)
            rig.board.power_cut = None
            await rig.board.power_on()

    asyncio.run(scenario())


def test_a_killed_interpreter_is_a_reset(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, CAUSE + "time.sleep(60)\n") as rig:
            assert rig.board._process is not None
            os.kill(rig.board._process.pid, signal.SIGKILL)
            await rig.until_printed(b"cause 2")

    asyncio.run(scenario())


def test_a_crash_loop_slows_down_and_a_client_still_gets_in(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "import machine, time; time.sleep_ms(30); machine.reset()") as rig:
            await rig.until(lambda: any("backoff" in event for event in rig.board.events))
            assert rig.board.boots < 20
            await rig.until(lambda: not rig.board.running)
            assert await rig.mpremote("eval", "1 + 1") == (0, "2\n")

    asyncio.run(scenario())


def test_two_boards_cannot_share_an_image(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as rig:
            with pytest.raises(MtmoError, match="in use"):
                await VirtualBoard(rig.board.image).start()

    asyncio.run(scenario())
