"""What users of other libraries suffer from, row by row of at_dialects §2: this agent does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from air import OPERATOR
from sayings import STATES, ready, said
from sending import Sending
from twist import Twist
from virtual_time import run
from world import World

from mtmo_host.sms.address import TON_INTERNATIONAL, Address
from mtmo_host.sms.tpdu import encode_deliver

Story = Callable[[World], Awaitable[None]]
STRANGER = Address("+491511234567", TON_INTERNATIONAL)
SCTS = datetime(2026, 3, 14, tzinfo=UTC)


async def answered(world: World, within_s: float = 60) -> None:
    """A signed command is answered in time."""
    before = len(world.network.sent)
    command = world.sign("ping")
    world.text(command.sms)
    head = f"=A{command.ctr}."
    await world.until(lambda: any(text.startswith(head) for _, text in world.network.sent[before:]), within_s)


async def simply(world: World) -> None:
    await answered(world)


async def after_an_idle_hour(world: World) -> None:
    await asyncio.sleep(3600)
    await answered(world, 30)


async def messages_came_while_the_host_was_down(world: World) -> None:
    await asyncio.sleep(10)
    await world.stop()
    for _ in range(40):
        world.text("advertisement", STRANGER)
    command = world.sign("ping")
    world.text(command.sms)
    await asyncio.sleep(120)
    assert world.network.waiting, "the store is full: the network holds the rest"
    world.start()
    await world.until(lambda: world.network.sent, 300)
    await world.until(lambda: not world.stored() and not world.network.waiting, 300)


async def nothing_is_indicated(world: World) -> None:
    world.pump()
    world.modem.faults.choose("F11")
    await answered(world, 1000)


async def memory_full_is_announced(world: World) -> None:
    await asyncio.sleep(10)
    world.pump()
    world.modem.faults.choose("F11")
    command = world.sign("ping")
    world.text(command.sms)
    await asyncio.sleep(20)
    assert not world.network.sent
    world.modem.urc("^SMMEMFULL")
    world.pump()
    await world.until(lambda: world.network.sent, 10)


async def odd_indications(world: World) -> None:
    await asyncio.sleep(10)
    for line in (
        "+CMTI: ,-1",
        '+CMTI: "SM",1,"MMS PUSH",2,1',
        "+CMTI:",
        '+CMTI: "ME",99',
        '+CMTI: "SR","x"',
        "+CMTI: SM",
    ):
        world.modem.urc(line)
        world.pump()
        await asyncio.sleep(5)
    await answered(world)


async def the_indication_names_another_store(world: World) -> None:
    await asyncio.sleep(10)
    tpdu = encode_deliver(oa=Address(OPERATOR), scts=SCTS, text=world.sign("ping").sms, dcs=0xF2)
    world.network.submit(world.modem, tpdu)
    await world.until(lambda: world.network.sent, 20)


async def hostile_bodies(world: World) -> None:
    for text in (
        "\r\nOK\r\n",
        '+CMTI: "SM",1\r\n',
        "> ",
        "ERROR",
        "RING\r\n\r\n+CMS ERROR: 500\r\n",
        "0",
        "NO CARRIER",
    ):
        world.text(text, STRANGER)
        await asyncio.sleep(5)
    await answered(world)


async def rings_between_any_two_lines(world: World) -> None:
    world.board.port.twist = lambda octets: octets.replace(b"\r\n", b"\r\nRING\r\n", 1)
    await answered(world)


async def every_line_ends_in_cr_cr_lf(world: World) -> None:
    assert "sim7600" in world.modem.personality.name
    world.board.port.twist = lambda octets: octets.replace(b"\r\n", b"\r\r\n")
    await answered(world)
    world.text(world.sign("status").sms)
    await world.until(lambda: len(world.network.sent) > 1, 20)


async def a_prompt_is_pending(world: World) -> None:
    await _found(world, "a pending prompt with half a PDU")


async def unreadable_and_routed(world: World) -> None:
    await asyncio.sleep(10)
    for octets in ("040b911234", "00", "04"):
        world.network.submit(world.modem, bytes.fromhex(octets))
    await asyncio.sleep(10)
    await answered(world)
    assert not world.network.waiting


async def another_speed(world: World) -> None:
    await _found(world, "9600 baud")


async def _found(world: World, state: str) -> None:
    await asyncio.sleep(10)
    await world.stop()
    dict(STATES)[state](world)
    before = ready(world)
    world.start()
    await world.until(lambda: ready(world) > before, 30)
    await answered(world)


async def no_ready_line(world: World) -> None:
    world.board.port.twist = lambda octets: octets.replace(b"\r\nRDY\r\n", b"")
    world.modem.restart()
    await asyncio.sleep(1000)
    await answered(world)


async def brown_outs(world: World) -> None:
    falls = [3]
    attempts: list[bytes] = []

    def heard(octets: bytes) -> bool:
        if octets.startswith(b"AT+CMGS"):
            attempts.append(octets)
            if falls[0]:
                falls[0] -= 1
                asyncio.get_running_loop().call_soon(world.modem.restart)
        return True

    await asyncio.sleep(10)
    world.board.port.heard = heard
    for _ in range(4):
        world.text(world.sign("ping").sms)
    await asyncio.sleep(60)
    assert len(attempts) <= 3, "no text in a tight loop"
    await asyncio.sleep(1200)
    await answered(world)
    assert world.agent.modem.restarts == 3


async def octets_that_are_no_text(world: World) -> None:
    await asyncio.sleep(10)
    for rubbish in (b"\xff\xfe\r\n", b"\r\n+X: \x80\x81\r\n", b"A" * 4096 + b"\r\n", b"\x00" * 300):
        world.board.port.port._rx += rubbish
        world.board.port.port._data.set()
        await asyncio.sleep(1)
    assert world.agent.modem.chat.overlong == 1
    await answered(world)


async def emoji_and_parts_that_never_come(world: World) -> None:
    await asyncio.sleep(10)
    emoji = encode_deliver(oa=STRANGER, scts=SCTS, text="\N{GRINNING FACE} na sowas", dcs=8)
    world.network.submit(world.modem, emoji)
    header = bytes((5, 0, 3, 9, 3, 1))
    world.network.submit(world.modem, encode_deliver(oa=Address(OPERATOR), scts=SCTS, text="*A1", header=header))
    await asyncio.sleep(10)
    await answered(world)
    await asyncio.sleep(2 * 3600)
    assert not world.stored(), "what never becomes whole is deleted"


async def an_apn_that_is_stored_and_not_used(world: World) -> None:
    await asyncio.sleep(10)
    world.pump()
    world.modem.faults.choose("F24")
    command = world.sign("apn set em")
    world.text(command.sms)
    await world.until(lambda: len(world.network.sent) == 2, 3000)
    assert world.verified(1, command).startswith("E42 txn=1")


async def an_error_has_its_number_at_once(world: World) -> None:
    await asyncio.sleep(10)
    Sending(world, [b"+CMS ERROR: 38"])
    world.text(world.sign("ping").sms)
    await world.until(lambda: said(world, "+CMGS: +CMS ERROR: 38"), 10)


async def no_retry_storm(world: World) -> None:
    await asyncio.sleep(10)
    sending = Sending(world, [b"+CMS ERROR: 515"] * 3 + [b"+CMS ERROR: 314"] * 50)
    for _ in range(3):
        world.text(world.sign("ping").sms)
    await asyncio.sleep(3600)
    assert len(sending.times) <= 3 + 3 * 8


async def an_apn_with_a_command_in_it(world: World) -> None:
    await asyncio.sleep(10)
    seen: list[bytes] = []
    world.modem.trace = lambda direction, octets, now_ms: seen.append(octets) if direction == "rx" else None
    assert (await world.ask("apn set em%22%0DAT+CFUN=0")).startswith("E12")
    assert b"CFUN" not in b"".join(seen) and b"CGDCONT" not in b"".join(seen)


# row of at_dialects §2, whose complaint, what happens, with which modem
ROWS: tuple[tuple[int, str, Story, dict[str, Any]], ...] = (
    (1, "TinyGSM 79 217 337 353 615 813: no way to receive", simply, {}),
    (2, "MKRNB 104 45 57 86, botletics 42 143, T-SIM7000G 134: texts come late or never", after_an_idle_hour,
     {"name": "sim7080"}),
    (2, "the same on another family", after_an_idle_hour, {"name": "bg95"}),
    (3, "asterisk-chan-dongle 47, home-assistant 40462, esphome 1015: full store",
     messages_came_while_the_host_was_down, {"name": "sim800"}),
    (3, "qtmoko 140: an indication is lost", nothing_is_indicated, {}),
    (3, "botletics 128: memory full is said and nothing else", memory_full_is_announced, {}),
    (4, "T-SIM7600X 63, serialport-gsm 60, babca 106: odd CMTI", odd_indications, {}),
    (4, "bg111 31: CMTI names SM, the code reads ME", the_indication_names_another_store, {}),
    (5, "MKRGSM 104, pygsm 3, babca 47, faucamp 40, atat 183 179: a body that looks like a result", hostile_bodies, {}),
    (5, "serialport-gsm 35, esp-protocols 180 706 1056, TinyGSM 682 817: RING anywhere",
     rings_between_any_two_lines, {}),
    (5, "ModemManager simtech: a doubled CR at the end of lines",
     every_line_ends_in_cr_cr_lf, {"name": "sim7600"}),
    (6, "gammu 1176: the prompt is CR LF > CR LF", simply, {"name": "a7670"}),
    (6, "atinout 3, gam-sms 2: stuck in the prompt", a_prompt_is_pending, {}),
    (7, "sdk-nrf 4891, warthog618 8: no CNMA, no more texts", unreadable_and_routed, {"name": "nrf91"}),
    (8, "faucamp 60: ds=2 is refused", simply, {"name": "sim800"}),
    (8, "gammu 1207 1206 272 242: bfr must be 1, mem3 has no ME", simply, {"name": "cinterion"}),
    (8, "serialport-gsm 12 96: URCs go to another port", simply, {"name": "ec25"}),
    (9, "TinyGSM 490, T-Call-SIM800 254, MKRGSM 103, lwcell 5, Modem-Series 356, T-SIM7080G 93: speed", another_speed,
     {"name": "sim800"}),
    (9, "arduino-sim808 23: no RDY", no_ready_line, {"name": "sim800"}),
    (10, "T-SIM7000G 165 136 37, Modem-Series 535, T-Call-SIM800 221 87, ostaquet 64: brown-out", brown_outs, {}),
    (11, "pico_lte 112, pycom 300 129, micropython 4437 8444 3469 8088, OVMS3 274: overrun",
     octets_that_are_no_text, {}),
    (12, "babca 9 60 67, wdoekes 8, pyhumod 11, gammu 522: UCS-2 and parts", emoji_and_parts_that_never_come, {}),
    (13, "esp-protocols 1077 1102, arduino-esp32 12727, zephyr 113031 101386, eve 4401, ubxlib 158: APN not used",
     an_apn_that_is_stored_and_not_used, {}),
    (14, "T-SIM7080G 52: said to have no SMS", simply, {"name": "sim7080"}),
    (14, "the same for Sequans", simply, {"name": "gm02s"}),
    (15, "zephyr 101386: an error is a time-out", an_error_has_its_number_at_once, {}),
    (16, "faucamp 11, python-gsmmodem: retries without end", no_retry_storm, {}),
    (17, "esp_modem 2.0.2: a command in a parameter", an_apn_with_a_command_in_it, {}),
)  # fmt: skip


def test_every_row_has_its_test() -> None:
    assert {row[0] for row in ROWS} == set(range(1, 18))


@pytest.mark.parametrize(
    ("row", "complaint", "story", "options"),
    ROWS,
    ids=[f"{row[0]} {row[2].__name__} {row[3].get('name', '')}" for row in ROWS],
)
def test_a_complaint_of_the_field_is_none_here(
    tmp_path: Path, row: int, complaint: str, story: Story, options: dict[str, Any]
) -> None:
    async def main() -> None:
        async with World(tmp_path, wrap=Twist, **{"replies-per-hour": 60, **options}) as world:
            await story(world)
            world.board.port.twist = lambda octets: octets
            world.board.port.heard = lambda octets: True
            world.pump()
            world.modem.faults.clear()
            await asyncio.sleep(5)
            await answered(world, 1200)
            await world.until(lambda: not world.stored(), 1200)
            assert world.alive(), world.log[-20:]
            assert world.agent.modem.chat.errors == 0
            assert world.board.unfed_ms < 8000, "the watchdog would have reset the board"

    run(main())
