"""Who gets in: PIN, roles, limits, another SIM, what is shut and how it opens (sms_security §2.3 A to C)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from world import IMEI, World, live

from mtmo_host.sms import sc1
from mtmo_host.sms.address import TON_INTERNATIONAL, Address

PIN = "Zq71x9"
SECOND = Address("+491701111111", TON_INTERNATIONAL)
VIEWER = Address("+491702222222", TON_INTERNATIONAL)
BUDGET = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60, "same-texts-per-hour": 60}


async def silent(world: World, text: str, oa: Address | None = None, reason: str = "") -> None:
    """The text costs nothing: no MO, no flash write; the console says why."""
    sent, writes, lines = len(world.network.sent), world.store.writes, len(world.log)
    world.text(text, oa)
    await asyncio.sleep(20)
    assert (len(world.network.sent), world.store.writes) == (sent, writes), world.log[lines:]
    said = "\n".join(world.log[lines:])
    assert "refused: " + reason in said, said


async def answered(world: World, text: str, oa: Address | None = None) -> str:
    before = len(world.network.sent)
    world.text(text, oa)
    await world.until(lambda: len(world.network.sent) > before, 100)
    return world.network.sent[-1][1]


def test_the_right_pin_opens_and_nothing_else_does(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await answered(world, f"#{PIN} ping") == "OK pong"
        assert await answered(world, f"  #{PIN}   get   pin ") == "OK pin=set"
        await silent(world, "ping", reason="without the PIN")
        for wrong in ("", PIN[:-1], PIN + "0", PIN.lower(), "123456", "%"):
            await silent(world, f"#{wrong} ping", reason="wrong PIN")
        await silent(world, f"#{PIN} ping", SECOND, "sender not on the allow-list")
        assert await world.ask("ping") == "OK pong", "a stronger text is taken where a weaker one is"
        assert not any(PIN in line for line in world.log)

    live(tmp_path, story, access="pin", pin=PIN, **BUDGET)


def test_a_pin_is_worth_nothing_where_access_is_signed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(30):
            await silent(world, "#000000 reboot", reason="unsigned")
        await silent(world, f"#{PIN} reboot", reason="unsigned")
        assert not world.agent.lockouts.pin_locked()

    live(tmp_path, story, pin=PIN)


def test_without_a_pin_access_by_pin_is_closed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for text in ("# ping", "#0000 ping", "#123456 ping", "ping"):
            await silent(world, text, reason="no PIN is set")

    live(tmp_path, story, access="pin")


def test_twenty_wrong_pins_of_all_senders_lock_it_through_a_reboot_until_unlock(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask("allow add +491701111111 admin")).startswith("OK")
        writes = world.store.writes
        for guess in range(20):
            world.text(f"#{guess:06} ping", SECOND if guess & 1 else None)
            await asyncio.sleep(5)
        assert world.store.writes == writes + 1, "one write a day"
        await silent(world, f"#{PIN} ping", reason="the PIN is locked")
        for guess in range(100):
            world.text(f"#{guess:06} ping", SECOND)
            await asyncio.sleep(5)
        assert world.store.writes == writes + 1
        await world.stop()
        world.start()
        await asyncio.sleep(60)
        await silent(world, f"#{PIN} ping", reason="the PIN is locked")
        assert "door=pin" in await world.ask("status"), "a signed text gets in all the same"
        assert await world.ask("unlock") == "OK unlocked"
        assert await answered(world, f"#{PIN} ping") == "OK pong"

    live(tmp_path, story, access="pin", pin=PIN, **BUDGET)


def test_a_locked_pin_opens_by_itself_after_a_day_and_locks_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for day in range(2):
            writes = world.store.writes
            for guess in range(20):
                world.text(f"#{guess:06} ping")
            await world.until(world.agent.lockouts.pin_locked)
            assert world.store.writes == writes + 1, day
            await silent(world, f"#{PIN} ping", reason="the PIN is locked")
            await asyncio.sleep(86400)
        assert await answered(world, f"#{PIN} ping") == "OK pong"

    live(tmp_path, story, access="pin", pin=PIN, **{**BUDGET, "sweep-min": 120})


def test_each_class_of_verbs_has_a_lock_of_its_own(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await answered(world, "ping") == "OK pong"
        await silent(world, "set sweep-min 20", reason="without the PIN")
        assert await answered(world, f"#{PIN} set sweep-min 20") == "OK sweep-min=20"
        await silent(world, f"#{PIN} reboot", reason="unsigned")
        await silent(world, f"#{PIN} ping;factory", reason="unsigned")
        await silent(world, f"#{PIN} nonsense", reason="unsigned")
        await silent(world, f"#{PIN} set access allow-list", reason="unsigned")
        assert await world.ask("allow list") == "OK short:12345 admin"

    options = {"access": "allow-list", "access-write": "pin", "access-danger": "signed"}
    live(tmp_path, story, pin=PIN, **options, **BUDGET)


def test_the_role_is_the_lower_of_the_senders_and_the_slots(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("allow add +491702222222 viewer; allow add +491701111111 operator")
        for oa, refused in ((VIEWER, ("set sweep-min 20", "reboot")), (SECOND, ("allow list", "set access pin"))):
            for body in refused:
                command = world.sign(body)
                await answered(world, command.sms, oa)
                assert world.verified(-1, command).startswith("E31 role "), body
        command = world.sign("set sweep-min 20")
        await answered(world, command.sms, SECOND)
        assert world.verified(-1, command) == "OK sweep-min=20"
        assert world.network.sent[-1][0] == "+491701111111"
        assert world.resets == 0

    live(tmp_path, story, **BUDGET)


def test_nothing_of_a_text_runs_when_one_of_its_verbs_may_not(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("allow add +491702222222 viewer")
        command = world.sign("ping;set sweep-min 99")
        await answered(world, command.sms, VIEWER)
        assert world.verified(-1, command) == "E31 role viewer"
        assert world.agent.settings["sweep-min"] == 15

    live(tmp_path, story)


def test_the_allow_list_takes_an_address_once_and_keeps_its_last_admin(tmp_path: Path) -> None:
    rows = (
        ("allow add +491701111111 operator", "OK listed=2"),
        ("allow add +491701111111 operator", "OK listed=2"),
        ("allow add +491701111111 admin", "E12 listed already"),
        ("allow add national:12345 admin", "OK listed=2"),
        ("allow add unknown:12345 viewer", "E12 listed already"),
        ("allow add alnum:My%20Co viewer", "OK listed=3"),
        ("allow add alnum:mY%20cO viewer", "OK listed=3"),
        ("allow add alnum:mY%20cO admin", "E12 listed already"),
        ("allow add 4917 admin", "E12 an address: +49..., short:N, alnum:NAME"),
        ("allow add +49%22;ping admin", "E12 allow add OA viewer/operator/admin"),
        ("allow add +491709999999 root", "E12 allow add OA viewer/operator/admin"),
        ("allow del short:12345", "E12 the last admin stays"),
        ("allow del +49170111111", "E12 not listed"),
        ("allow del +491701111111", "OK listed=2"),
        ("allow list", "OK short:12345 admin, alnum:My Co viewer"),
    )

    async def story(world: World) -> None:
        for body, answer in rows:
            assert await world.ask(body) == answer, body
        await world.stop()
        world.start()
        await asyncio.sleep(60)
        assert await world.ask("allow list") == rows[-1][1], "it is on flash"

    live(tmp_path, story, **BUDGET)


def test_more_than_three_unsigned_texts_alike_mute_their_sender_but_not_his_signature(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(10):
            world.text("hello, I am out of office")
            await asyncio.sleep(30)
        assert len(world.network.sent) == 3
        writes = world.store.writes
        await silent(world, "ping", reason="muted")
        assert await world.ask("ping") == "OK pong"
        await asyncio.sleep(3700)
        assert await answered(world, "ping") == "OK pong"
        assert world.store.writes > writes

    live(tmp_path, story, access="allow-list", **{"replies-per-hour": 60})


def test_six_texts_a_minute_are_taken_and_the_seventh_waits_in_the_modem(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(60)
        for _ in range(9):
            world.text(world.sign("ping").sms)
        await asyncio.sleep(40)
        assert len(world.network.sent) == 6
        assert len(world.stored()) == 3
        await asyncio.sleep(40)
        assert len(world.network.sent) == 9

    live(tmp_path, story, **{"replies-per-hour": 60})


def test_the_last_answer_of_the_budget_says_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answers = []
        for _ in range(3):
            answers.append(await world.ask("ping"))
        assert answers == ["OK pong", "OK pong", "OK pong; E60 budget"]

    live(tmp_path, story, **{"replies-per-hour": 4})


def test_another_sim_shuts_the_writes_until_an_admins_unlock_and_is_told_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        world.modem.sim.iccid, world.modem.sim.imsi = "8988303000009999999", "295050901896999"
        world.start()
        await world.until(lambda: world.network.sent, 200)
        assert len(world.network.sent) == 1
        assert world.network.sent[0][0] == "54321"
        notice = sc1.verify_notice(world.keys, IMEI, world.network.sent[0][1])
        assert (notice.dctr, notice.text) == (1, "E31 another sim: unlock, signed by an admin, accepts it")
        assert await answered(world, "ping") == "OK pong"
        assert await answered(world, "set sweep-min 20") == "E31 sim changed: admin key"
        assert "door=sim" in await world.ask("status")
        assert await world.ask("set sweep-min 21") == "OK sweep-min=21", "an admin's key may"
        await world.stop()
        world.start()
        await asyncio.sleep(100)
        assert "door=sim" in await world.ask("status"), "a reboot does not forget"
        await world.ask("unlock")
        assert await answered(world, "set sweep-min 20") == "OK sweep-min=20"
        assert sum(text.startswith("+") for _, text in world.network.sent) == 1, "one notice"

    live(tmp_path, story, access="allow-list", **{"reply-to": "short:54321", **BUDGET})


def test_sms_stop_leaves_sms_start_and_the_danger_verbs(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("sms stop") == "OK sms=stopped"
        await world.stop()
        world.start()
        await asyncio.sleep(60)
        for body in ("ping", "status", "set sweep-min 20", "apn set em", "sms stop"):
            assert await world.ask(body) == "E30 sms stopped", body
        assert (await world.ask("allow list")).startswith("OK")
        assert await world.ask("sms start") == "OK sms=started"
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, **BUDGET)


@pytest.mark.parametrize("text", ["OK", "OK pong", "Q txn=1", "E10 syntax", "=A1.0 OK", "+A1.0 x"])
def test_an_answer_is_never_answered_however_open_the_access(tmp_path: Path, text: str) -> None:
    async def story(world: World) -> None:
        await silent(world, text, reason="an answer")

    live(tmp_path, story, access="allow-list")


def test_a_destination_that_is_denied_or_no_number_gets_no_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("allow add +19005551234 admin; allow add alnum:Boss admin")
        sent = len(world.network.sent)
        for oa in (Address("+19005551234", TON_INTERNATIONAL), Address("Boss", 5, 0)):
            world.text(world.sign("ping").sms, oa)
            await asyncio.sleep(20)
        assert len(world.network.sent) == sent

    live(tmp_path, story)
