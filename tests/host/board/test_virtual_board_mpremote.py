"""Unmodified mpremote works on the virtual board as on a board on the desk."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

from board_rig import Rig, running
from mpremote.transport_serial import SerialTransport

from mtmo_host.virtual_board import FlashImage

PRINTING = """
import asyncio
async def main():
    while True:
        await asyncio.sleep_ms(2)
        print('tick')
asyncio.run(main())
"""


def test_exec_eval_run_and_a_traceback(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "print('main ran')") as rig:
            await rig.until_printed(b"main ran")
            assert await rig.mpremote("exec", "print(6 * 7)") == (0, "42\n")
            assert await rig.mpremote("resume", "eval", "'\\u00e9' * 2") == (0, "éé\n")
            script = tmp_path / "script.py"
            script.write_text("import sys\nprint(sys.implementation.name)\n")
            assert await rig.mpremote("run", script) == (0, "micropython\n")
            status, output = await rig.mpremote("exec", "1/0")
            assert status == 1
            assert "ZeroDivisionError" in output

    asyncio.run(scenario())


def test_files_go_both_ways_unchanged(tmp_path: Path) -> None:
    async def scenario() -> None:
        content = random.Random(1).randbytes(20_000)
        (tmp_path / "there").write_bytes(content)
        async with running(tmp_path) as rig:
            for arguments in (
                ("mkdir", ":d"),
                ("cp", tmp_path / "there", ":d/f"),
                ("cp", ":d/f", tmp_path / "back"),
                ("exec", "f = open('/note', 'w'); f.write('on board\\n'); f.close()"),
            ):
                assert (await rig.mpremote(*arguments))[0] == 0, arguments
            assert (tmp_path / "back").read_bytes() == content
            assert await rig.mpremote("fs", "cat", ":note") == (0, "on board\n")
            status, output = await rig.mpremote("ls", ":d")
            assert (status, output.split()[-2:]) == (0, ["20000", "f"])
            status, output = await rig.mpremote("cat", ":missing")
            assert status == 1
            assert "No such file" in output
        assert FlashImage.read(tmp_path / "flash.img", "/d/f") == content

    asyncio.run(scenario())


def test_mip_installs_a_local_package(tmp_path: Path) -> None:
    async def scenario() -> None:
        package = tmp_path / "package"
        package.mkdir()
        (package / "thing.py").write_text("answer = 42\n")
        (package / "package.json").write_text(json.dumps({"urls": [["thing.py", "thing.py"]], "version": "1"}))
        async with running(tmp_path) as rig:
            status, output = await rig.mpremote("mip", "install", "--no-mpy", package / "package.json")
            assert status == 0, output
            assert await rig.mpremote("exec", "import thing; print(thing.answer)") == (0, "42\n")

    asyncio.run(scenario())


def test_soft_reset_runs_boot_py_and_reset_runs_main_py_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        files = {"/boot.py": b"import machine; print('boot', machine.reset_cause())\n"}
        async with running(tmp_path, "import machine; print('main', machine.reset_cause())", files=files) as rig:
            await rig.until_printed(b"main 1")
            assert (await rig.mpremote("soft-reset"))[0] == 0  # in the raw REPL: as on a board, main.py does not run
            await rig.until_printed(b"boot 5")
            assert (await rig.mpremote("reset"))[0] == 0
            await rig.until_printed(b"main 2")
            assert rig.printed.count(b"main") == 2

    asyncio.run(scenario())


def test_ctrl_d_at_the_prompt_is_a_soft_reset_with_main_py(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "import machine; print('main', machine.reset_cause())") as rig:
            await rig.until_printed(b">>> ")
            with Path(rig.board.port).open("wb", buffering=0) as console:
                console.write(b"\x04")
                await rig.until_printed(b"main 5")
            assert b"MPY: soft reboot" in rig.printed

    asyncio.run(scenario())


def test_the_link_is_a_port_and_a_second_client_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        link = tmp_path / "tty"
        async with running(tmp_path, link=link) as rig:
            assert await rig.mpremote("eval", "1 + 1", port=str(link)) == (0, "2\n")
            first = await asyncio.to_thread(SerialTransport, rig.board.port)
            try:
                status, output = await rig.mpremote("eval", "1")
            finally:
                first.close()
            assert status == 1
            assert "in use" in output
        assert not link.is_symlink()

    asyncio.run(scenario())


def test_a_client_gets_through_whenever_it_comes(tmp_path: Path) -> None:
    seed = 7

    def visit(rig: Rig, chance: random.Random) -> None:
        transport = SerialTransport(rig.board.port)
        try:
            transport.enter_raw_repl(soft_reset=chance.random() < 0.5, timeout_overall=15)
            assert transport.exec("print(40 + 2)").strip() == b"42"
            transport.exec_raw_no_follow("import machine; machine.reset()" if chance.random() < 0.7 else PRINTING)
        finally:
            transport.close()

    async def scenario() -> None:
        chance = random.Random(seed)
        async with running(tmp_path, PRINTING) as rig:
            for _ in range(40):
                await asyncio.to_thread(visit, rig, chance)
                await asyncio.sleep(0.06 * chance.random())
            assert all(event.get("exit", 0) == 0 for event in rig.board.events), list(rig.board.events)

    asyncio.run(scenario())


def test_ctrl_c_interrupts_whatever_the_program_does(tmp_path: Path) -> None:
    programs = (
        "while True: [0] * 100",
        "import time\nwhile True: time.sleep(10)",
        "import gc\nwhile True: gc.collect()",
        "while True:\n with open('q', 'w') as f: f.write('z' * 3000)",
        "import sys\nsys.stdin.read(1)",
    )
    timer = (
        b"import machine\nwdt = machine.WDT(timeout=9000)\n"
        b"timer = machine.Timer(-1, period=5, callback=lambda timer: wdt.feed())\n"
    )

    def visit(port: str, program: str) -> None:
        for code, follow in ((program, False), ("print(6 * 7)", True)):
            transport = SerialTransport(port)
            try:
                transport.enter_raw_repl(soft_reset=False, timeout_overall=15)
                if follow:
                    assert transport.exec(code).strip() == b"42"
                else:
                    transport.exec_raw_no_follow(code)
            finally:
                transport.close()

    async def scenario() -> None:
        async with running(tmp_path, files={"/boot.py": timer}) as rig:
            for program in programs * 6:
                await asyncio.to_thread(visit, rig.board.port, program)
            assert rig.board.boots == 1, list(rig.board.events)

    asyncio.run(scenario())


def test_a_timer_feeds_the_watchdog_while_mpremote_copies(tmp_path: Path) -> None:
    boot = (
        b"import machine\nwdt = machine.WDT(timeout=2000)\n"
        b"timer = machine.Timer(0)\ntimer.init(period=250, callback=lambda timer: wdt.feed())\n"
    )

    async def scenario() -> None:
        (tmp_path / "file").write_bytes(random.Random(2).randbytes(100_000))
        async with running(tmp_path, files={"/boot.py": boot}) as rig:
            until = asyncio.get_running_loop().time() + 6
            while asyncio.get_running_loop().time() < until:
                assert (await rig.mpremote("resume", "cp", tmp_path / "file", ":copy"))[0] == 0
                assert (await rig.mpremote("resume", "cp", ":copy", tmp_path / "back"))[0] == 0
                (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[::-1])
            assert rig.resets("wdt") == 0
            assert (await rig.mpremote("resume", "exec", "timer.deinit()"))[0] == 0
            await rig.until(lambda: rig.resets("wdt") == 1)

    asyncio.run(scenario())


def test_a_person_sees_whole_lines_and_a_program_sees_the_octets(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "print('one')\nprint('two')\n") as rig:
            await rig.until_printed(b">>> ")
            with Path(rig.board.port).open("rb", buffering=0) as console:
                assert b"one\r\ntwo\r\n" in await asyncio.to_thread(console.read, 4096)
            assert await rig.mpremote("exec", "print('a\\nb\\r\\nc')") == (0, "a\nb\r\nc\n")

    asyncio.run(scenario())


def test_a_mounted_folder_is_read_and_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        folder = tmp_path / "shared"
        folder.mkdir()
        (folder / "local.py").write_text("print('from the host')\n")
        async with running(tmp_path) as rig:
            program = "import local\nf = open('/remote/out', 'wb')\nf.write(b'a\\nb\\n')\nf.close()"
            status, output = await rig.mpremote("mount", folder, "exec", program)
            assert status == 0, output
            assert "from the host" in output
        assert (folder / "out").read_bytes() == b"a\nb\n"

    asyncio.run(scenario())


def test_leaving_the_raw_repl_behind_running_code_is_noticed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path, "print('main')") as rig:
            await rig.until_printed(b">>> ")
            # mpremote types Ctrl-B while the code still runs
            assert (await rig.mpremote("exec", "--no-follow", "import time; time.sleep_ms(300); print('ended')"))[
                0
            ] == 0
            await rig.until_printed(b"ended")
            await rig.until(lambda: rig.printed.endswith(b">>> "))
            with Path(rig.board.port).open("wb", buffering=0) as console:
                console.write(b"\x04")
                await rig.until_printed(b"main", 2)

    asyncio.run(scenario())
