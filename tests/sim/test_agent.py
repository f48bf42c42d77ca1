"""The agent's promises on virtual time with the emulated modem: what is answered, what is silent, what survives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from world import OPERATOR, World, live

from mtmo_host.emulator import personalities
from mtmo_host.sms.address import TON_ALPHANUMERIC, TON_INTERNATIONAL, TON_NATIONAL, Address

MODEMS = tuple(name for name in personalities.names() if name != "minimal")  # which cannot be given an APN


def granted(apn: str, name: str) -> str:
    """What `apn` says was negotiated: GSM modems cannot tell (no AT+CGCONTRDP before TS 27.007 Rel-8)."""
    return "-" if name in ("sim800", "m95") else apn


@pytest.mark.parametrize("name", MODEMS)
def test_a_signed_ping_is_answered_with_a_signed_pong(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        assert await world.ask("ping") == "OK pong"
        assert world.network.sent[0][0] == OPERATOR

    live(tmp_path, story, name=name)


@pytest.mark.parametrize("name", personalities.names())
def test_the_number_of_the_card_is_known_on_every_family(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        assert world.agent.modem.iccid == world.modem.sim.iccid

    live(tmp_path, story, name=name)


def test_status_says_what_matters_in_a_fixed_order(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        status = await world.ask("status")
        words = [word.split("=")[0] for word in status.split()[1:]]
        assert words[:9] == ["st", "reg", "rssi", "apn", "ip", "up", "store", "left", "v"]
        assert status.startswith("OK st=stable reg=home rssi=-71 apn=iot ip=10.64.3.9 up=")

    live(tmp_path, story)


@pytest.mark.parametrize("name", MODEMS)
def test_apn_set_is_announced_applied_proved_and_confirmed(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 2)
        assert world.verified(0, command) == "Q txn=1"
        assert world.verified(1, command) == "OK apn=em state=confirmed txn=1"
        assert (
            await world.ask("apn")
            == f"OK apn=em stored=em negotiated={granted('em', name)} state=stable txn=1 last=1:confirmed"
        )

    live(tmp_path, story, name=name)


@pytest.mark.parametrize("name", MODEMS)
def test_an_apn_that_the_network_rejects_is_rolled_back_alone(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set wrong")
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 2, 2000)
        assert world.verified(0, command) == "Q txn=1"
        assert world.verified(1, command) == "E42 txn=1 cause=unknown-apn ceer=27"
        assert (await world.ask("apn")).startswith(
            f"OK apn=iot stored=iot negotiated={granted('iot', name)} state=stable"
        )

    live(tmp_path, story, name=name)


def test_an_apn_that_is_active_already_costs_no_radio_cycle(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("apn set IOT") == "OK apn=IOT unchanged"

    live(tmp_path, story)


@pytest.mark.parametrize(
    "words",
    ["apn set em%22", "apn set em%0D%0AAT+CFUN=0", "apn set -em", "apn set rac1.x", "apn set em user=a%1A", "apn set"],
)
def test_a_bad_apn_is_refused_before_the_modem_sees_an_octet_of_it(tmp_path: Path, words: str) -> None:
    async def story(world: World) -> None:
        seen: list[bytes] = []
        world.modem.trace = lambda direction, octets, now_ms: seen.append(octets) if direction == "rx" else None
        assert (await world.ask(words)).startswith("E12")
        assert b"CGDCONT" not in b"".join(seen)

    live(tmp_path, story)


SILENT = [
    ("an unsigned text", "status", Address(OPERATOR), "refused: unsigned, from short:12345"),
    (
        "an unsigned text from a stranger",
        "status",
        Address("+491511234567", TON_INTERNATIONAL),
        "not on the allow-list, from +4915",
    ),
    (
        "letters that spell the operator",
        "SIGNED",
        Address(OPERATOR, TON_ALPHANUMERIC, 0),
        "not on the allow-list, from alnum:12345",
    ),
    ("one digit more", "SIGNED", Address(OPERATOR + "6"), "not on the allow-list, from short:123456"),
    ("a signed text from a stranger", "SIGNED", Address("+491511234567", TON_INTERNATIONAL), "not on the allow-list"),
    ("the same digits as a national number", "SIGNED", Address("015112345678", TON_NATIONAL), "not on the allow-list"),
    ("an answer", "=A18.9TAGVHY5RGTZG OK", Address(OPERATOR), "an answer, not a command"),
    ("a damaged signature", "*A18.22CDX6MYSKTB4 apn set em", Address(OPERATOR), "refused: bad signature"),
    ("an unknown slot", "*B18.22CDX6MYSKTB3 apn set em", Address(OPERATOR), "refused: unknown key slot"),
    ("OK", "OK", Address(OPERATOR), "an answer, not a command"),
]


@pytest.mark.parametrize(("what", "text", "oa", "reason"), SILENT, ids=[row[0] for row in SILENT])
def test_a_refused_text_costs_no_mo_and_no_flash_write(
    tmp_path: Path, what: str, text: str, oa: Address, reason: str
) -> None:
    async def story(world: World) -> None:
        before = world.store.writes
        world.text(world.sign("ping").sms if text == "SIGNED" else text, oa)
        await world.until(lambda: any("refused" in line for line in world.log))
        await asyncio.sleep(60)
        assert not world.network.sent
        assert world.store.writes == before
        assert any(reason in line for line in world.log), world.log

    live(tmp_path, story)


def test_access_allow_list_answers_the_operator_and_nobody_else(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.text("apn set em")
        await world.until(lambda: len(world.network.sent) == 2)
        assert world.network.sent == [(OPERATOR, "Q txn=1"), (OPERATOR, "OK apn=em state=confirmed txn=1")]
        world.text("ping", Address("+491511234567", TON_INTERNATIONAL))
        await asyncio.sleep(60)
        assert len(world.network.sent) == 2

    live(tmp_path, story, access="allow-list")


def test_a_replayed_command_runs_once_and_is_answered_twice_more_at_most(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        for _ in range(5):
            world.text(command.sms)
            await asyncio.sleep(30)
        assert len(world.network.sent) == 3
        assert sum("accepted" in line for line in world.log) == 1

    live(tmp_path, story)


def test_the_very_same_text_delivered_again_is_silent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("ping")
        world.text(world.last_text, again=True)
        await asyncio.sleep(30)
        assert len(world.network.sent) == 1

    live(tmp_path, story)


def test_the_counter_outlives_a_power_cut(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = world.sign("apn set iot")
        for _ in range(9):  # push the first one out of the ring
            await world.ask("apn set iot")
        await world.stop()
        world.start()
        await asyncio.sleep(30)
        sent = len(world.network.sent)
        for _ in range(3):
            world.text(first.sms)
            await asyncio.sleep(30)
        assert len(world.network.sent) == sent + 1, "once a day the highest counter is told"
        assert world.verified(-1, first) == f"E21 high={world.counter}"
        assert any("stale counter" in line for line in world.log)

    live(tmp_path, story, **{"replies-per-hour": 60})


def test_a_reboot_happens_once_and_is_answered_after_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("reboot")
        world.text(command.sms)
        await world.until(lambda: world.resets == 1)
        await world.until(lambda: world.network.sent)
        assert world.verified(0, command) == "OK rebooted"
        await asyncio.sleep(120)
        assert world.resets == 1

    live(tmp_path, story)


def test_an_encrypted_command_gets_an_encrypted_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("apn set em user=u1 pass=Zx9%40q", encrypted=True) == "Q txn=1"
        assert "!" in world.network.sent[0][1]
        assert not any("Zx9" in line for line in world.log)

    live(tmp_path, story)


def test_several_verbs_are_answered_in_one_text(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        apn = "OK apn=iot stored=iot negotiated=iot state=stable txn=0"
        assert await world.ask("ping; ping;apn") == "OK pong; OK pong; " + apn
        assert await world.ask("ping;nonsense;ping") == "E11 unknown verb"
        assert (await world.ask("reboot;ping")).startswith("E10")

    live(tmp_path, story)


def test_a_modem_that_restarts_by_itself_is_set_up_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.restart()
        await asyncio.sleep(60)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


def test_the_budget_holds_and_one_text_is_kept_for_the_apn_report(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(6):
            world.text(world.sign("ping").sms)
            await asyncio.sleep(20)
        assert len(world.network.sent) == 3
        await asyncio.sleep(3700)
        assert len(world.network.sent) == 6

    live(tmp_path, story, **{"replies-per-hour": 4})
