"""SC1 on the whole agent: rotation, the recovery slot, a lost journal, counters, parts and notices (SC1 §4 to §6)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from key_holder import Holder, device_key, with_recovery, words
from world import IMEI, OPERATOR, World, live

from mtmo.verbs import names
from mtmo_host.sms import base32, sc1
from mtmo_host.sms.address import Address

ROOM = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60}


async def reboot(world: World) -> None:
    await world.stop()
    world.start()
    await world.until(lambda: "ready" in world.log[-1] or any("ready" in line for line in world.log[-4:]))


async def provisioned(world: World) -> tuple[Holder, Holder, Holder]:
    await world.stop()
    with_recovery(world)
    await reboot(world)
    return Holder(world, "A", 1), Holder(world, "B", 1), Holder(world, "Z", 1)


def test_a_slots_own_new_key_is_pending_until_its_first_valid_message(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old, _, _ = await provisioned(world)
        new = Holder(world, "A", 2, counter=0)
        await new.silent("ping", "bad signature")
        first = old.sign(words("A", 2), True)
        world.text(first.sms)
        await world.until(lambda: world.network.sent)
        assert old.answer(first) == "OK key=A epoch=2 pending"
        assert await old.ask(words("A", 2), True) == "OK key=A epoch=2 pending", "identical key: OK"
        assert await old.ask("ping") == "OK pong", "the old key works until then"
        await reboot(world)
        assert await new.ask("ping") == "OK pong"
        await old.silent("ping", "bad signature")
        await reboot(world)
        assert await new.ask(words("A", 2), True) == "OK key=A epoch=2"
        await old.silent("ping", "bad signature")
        record = world.store.read("keys")
        assert device_key("A", 1).hex() not in str(record), "the old epoch is erased"
        world.text(first.sms)
        await asyncio.sleep(20)
        assert world.agent.keys.slots["A"].epoch == 2, "a replayed rotation changes nothing"

    live(tmp_path, story, **ROOM)


def test_a_new_epoch_counts_from_its_own_beginning_whatever_the_ring_holds(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old, _, _ = await provisioned(world)
        await old.ask("ping")
        await old.ask(words("A", 2), True)
        new = Holder(world, "A", 2, counter=1000)
        assert await new.ask("ping") == "OK pong", "the same counter as one of the old epoch in the ring"

    live(tmp_path, story, **ROOM)


def test_what_a_key_message_must_be(tmp_path: Path) -> None:
    bad = base32.encode_bits(device_key("A", 2))[:-1]

    async def story(world: World) -> None:
        old, viewer, _ = await provisioned(world)
        rows = (
            (old, words("A", 2), False, "E10 key: encrypted and alone"),
            (old, "ping;" + words("A", 2), True, "E10 key: encrypted and alone"),
            (old, words("A", 1, bytes(32)), True, "E12 epoch must exceed 1"),
            (old, words("B", 2), True, "E31 only the slot itself or Z"),
            (old, words("Z", 2), True, "E31 only the slot itself or Z"),
            (old, words("C", 2), True, "E31 only the slot itself or Z"),
            (old, "key A 0 " + bad + "0", True, "E12 key SLOT EPOCH KEY"),
            (old, "key A 256 " + bad + "0", True, "E12 key SLOT EPOCH KEY"),
            (old, "key A 2 " + bad, True, "E12 key SLOT EPOCH KEY"),
            (old, "key A 2 " + bad + "U", True, "E12 key SLOT EPOCH KEY"),
            (old, "key A 2 " + bad + "1", True, "E12 key SLOT EPOCH KEY"),
            (old, "key A", True, "E12 key SLOT EPOCH KEY"),
            (viewer, words("B", 2), True, "E31 role viewer"),
        )
        for holder, body, encrypted, answer in rows:
            writes = world.store.read("keys")
            assert await holder.ask(body, encrypted) == answer, body
            assert world.store.read("keys") == writes, body
        assert not world.agent.keys.pending

    live(tmp_path, story, **ROOM)


def test_the_recovery_slot_takes_key_and_unlock_and_nothing_else(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old, _, recovery = await provisioned(world)
        for body in ("ping", "status", "reboot", "set sweep-min 20", "allow list", "factory", "ping;unlock"):
            assert await recovery.ask(body) == "E31 recovery: key or unlock", body
        assert await recovery.ask("unlock") == "OK unlocked"
        await old.ask("set sweep-min 21")
        assert await recovery.ask(words("A", 5), True) == "OK key=A epoch=5"
        await old.silent("ping", "bad signature")
        assert await Holder(world, "A", 5, counter=0).ask("set sweep-min 22") == "OK sweep-min=22", "high is 0 again"
        assert await recovery.ask(words("Z", 2), True) == "OK key=Z epoch=2 pending", "make before break for itself"

    live(tmp_path, story, **ROOM)


async def lose_the_journal(world: World) -> None:
    await world.stop()
    for slot in (0, 1):
        path = world.folder / f"journal.{slot}"
        path.write_bytes(path.read_bytes()[:-5] if path.exists() else b"MTM1")
    await reboot(world)


def test_a_lost_journal_closes_every_slot_until_z_gives_it_a_new_key(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old, viewer, recovery = await provisioned(world)
        replayed = recovery.sign("unlock")
        world.text(replayed.sms)
        await world.until(lambda: world.network.sent)
        await old.ask("ping")
        await lose_the_journal(world)
        await old.silent("ping", "its counters are lost")
        await viewer.silent("ping", "its counters are lost")
        await reboot(world)
        await old.silent("ping", "its counters are lost")
        sent = len(world.network.sent)
        world.text(replayed.sms)
        await asyncio.sleep(20)
        assert world.network.sent[sent:][-1][1].startswith("=Z"), (
            "its counter outlived the journal: E21, not carried out"
        )
        assert recovery.answer(replayed) == f"E21 high={replayed.ctr}"
        assert await recovery.ask(words("A", 2), True) == "OK key=A epoch=2"
        new = Holder(world, "A", 2, counter=0)
        assert await new.ask("set sweep-min 20") == "OK sweep-min=20"
        await viewer.silent("ping", "its counters are lost")
        await reboot(world)
        assert await new.ask("ping") == "OK pong"
        await viewer.silent("ping", "its counters are lost")

    live(tmp_path, story, **ROOM)


def test_notices_count_on_from_further_up_after_a_lost_journal(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        numbers = []
        for _ in range(2):
            for _ in range(2):
                sent = len(world.network.sent)
                assert world.agent.notify("door open")
                await world.until(lambda sent=sent: len(world.network.sent) > sent)
                numbers.append(sc1.verify_notice(world.keys, IMEI, world.network.sent[-1][1]).dctr)
            await lose_the_journal(world)
        assert numbers == [1, 2, (1 << 20) + 1, (1 << 20) + 2]

    live(tmp_path, story, **ROOM, **{"reply-to": "short:54321"})


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_notice_is_signed_counted_on_flash_and_sent_to_reply_to(tmp_path: Path, encrypted: bool) -> None:
    async def story(world: World) -> None:
        assert world.agent.notify("door %d" % 1)  # noqa: UP031 - as device code writes it
        await world.until(lambda: len(world.network.sent) == 1)
        await reboot(world)
        assert world.agent.notify("motion in the yard " * 20)
        await world.until(lambda: len(world.network.sent) == 2)
        assert [da for da, _ in world.network.sent] == ["54321", "54321"]
        notices = [sc1.verify_notice(world.keys, IMEI, text) for _, text in world.network.sent]
        assert [notice.dctr for notice in notices] == [1, 2]
        assert notices[0].text == "door 1"
        assert notices[1].text.startswith("motion in the yard motion")
        assert all(("!" in text) == encrypted and len(text) <= 160 for _, text in world.network.sent)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, **ROOM, **{"reply-to": "short:54321", "notice-encrypt": encrypted})


def test_notices_never_crowd_commands_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for i in range(200):
            world.agent.notify(f"alarm {i}")
        await asyncio.sleep(30)
        assert len([entry for entry in world.agent.journal.entries if entry.is_notice()]) <= 8
        command = world.sign("ping")
        world.text(command.sms)
        head = f"=A{command.ctr}."
        await world.until(lambda: any(text.startswith(head) for _, text in world.network.sent))
        which = next(i for i, (_, text) in enumerate(world.network.sent) if text.startswith(head))
        assert world.verified(which, command) == "OK pong"

    live(tmp_path, story, **ROOM, **{"reply-to": "short:54321"})


def test_without_reply_to_a_notice_goes_nowhere(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        writes = world.store.writes
        assert not world.agent.notify("door open")
        await asyncio.sleep(20)
        assert (world.store.writes, world.network.sent) == (writes, [])

    live(tmp_path, story)


def test_a_report_comes_every_so_many_hours_until_it_is_off(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("report every 0h") == "OK report=off"
        assert await world.ask("report every 24d") == "E12 every Nh or off"
        assert await world.ask("report every 999h") == "E12 every 1h to every 168h"
        assert await world.ask("report every 2h") == "OK report=2h"
        sent = len(world.network.sent)
        await asyncio.sleep(7 * 3600)
        reports = [sc1.verify_notice(world.keys, IMEI, text).text for _, text in world.network.sent[sent:]]
        assert len(reports) == 3
        assert all(text.startswith("report st=stable reg=home") for text in reports)
        assert await world.ask("report off") == "OK report=off"
        sent = len(world.network.sent)
        await asyncio.sleep(5 * 3600)
        assert len(world.network.sent) == sent

    live(tmp_path, story, **ROOM, **{"reply-to": "short:54321", "sweep-min": 120})


@pytest.mark.parametrize(("parts", "encrypted"), [(1, False), (2, False), (2, True)])
def test_a_long_answer_takes_as_many_texts_as_the_setting_says_and_more_pulls_the_rest(
    tmp_path: Path, parts: int, encrypted: bool
) -> None:
    async def story(world: World) -> None:
        wanted = "OK " + ", ".join(names())
        command = world.sign("help", encrypted)
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == parts)
        await asyncio.sleep(20)
        assert len(world.network.sent) == parts
        said = [world.verified(i, command) for i in range(parts)]
        heads = [text.split(".")[0] for _, text in world.network.sent]
        assert heads == [f"=A{command.ctr}"] + [f"=A{command.ctr}/{i}" for i in range(1, parts)]
        assert all(len(text) <= 160 for _, text in world.network.sent)
        text = " ".join(said)
        while text != wanted:
            assert wanted.startswith(text)
            text += " " + (await world.ask("more", encrypted)).removeprefix("OK ")
        assert await world.ask("more", encrypted) == "E20 nothing more"

    live(tmp_path, story, **ROOM, **{"reply-parts": parts})


def test_the_rest_of_an_encrypted_answer_is_never_said_in_clear_nor_to_another(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await provisioned(world)
        await world.ask("help", encrypted=True)
        assert await world.ask("more") == "E20 ask encrypted"
        assert await Holder(world, "B", 1).ask("more", True) == "E20 nothing more"
        assert (await world.ask("more", encrypted=True)).startswith("OK ")

    live(tmp_path, story, **ROOM, **{"reply-parts": 1})


def test_escapes_are_read_once_and_in_the_right_place(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("set reply-to short%3A12345") == "OK reply-to=short:12345"
        refused = "E12 an address such as +491511234567 or short:12345"
        assert await world.ask("set reply-to short%253A12345") == refused
        assert await world.ask("set reply-to short%3") == "E12 bad value"
        assert await world.ask("set reply-to %0A") == "E12 bad value"
        assert await world.ask("ping%3Bfactory") == "E11 unknown verb", "an escaped ; parts nothing"

    live(tmp_path, story, **ROOM)


def test_blanks_are_canonical_before_the_mac_and_case_is_kept(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("get access")
        head, body = command.sms.split(" ", 1)
        world.text(f"  {head.lower()}    {body.replace(' ', '   ')}  ")
        await world.until(lambda: world.network.sent)
        assert world.verified(-1, command) == "OK access=signed"
        world.text(world.sign("get access").sms.replace("get", "GET"), Address(OPERATOR))
        await asyncio.sleep(20)
        assert len(world.network.sent) == 1

    live(tmp_path, story)
