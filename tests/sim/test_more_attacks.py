"""Attacks by somebody who has read the sources, beside the 88 of sms_security §2.3: what each of them gains."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attack_kit import ATTACKS, BEGIN, LISTED, Attack, attack, cost, costs, deliver, operators_key, part, restart
from world import World, live

from mtmo import crash
from mtmo.gate import quarantine
from mtmo.inbox import Text
from mtmo.tpdu import decode
from mtmo_host.sms.address import TON_ALPHANUMERIC, TON_INTERNATIONAL, Address

STRANGER = Address("+491511234567", TON_INTERNATIONAL)
PIN = "Zq71x9"
UNSET = datetime(1980, 1, 6, tzinfo=UTC)
HOUR_S, DAY_S = 3600, 86400
ROOM = {"texts-per-minute": 60, "same-texts-per-hour": 60}
READS_OPEN = {"access-read": "allow-list", **ROOM}


# -- the budget and the ring


@attack("a forged sender's reads use up the budget, and a signed command is accepted all the same", (5, 60),
        **READS_OPEN, **{"replies-per-day": 6, "replies-per-hour": 60})  # fmt: skip
async def reads_fill_the_ring(world: World) -> Any:
    sent, _, _ = await costs(world, *[f"in {i}" for i in range(20)], wait_s=60)
    await costs(world, world.sign("set replies-per-day 60").sms, wait_s=HOUR_S)
    return sent, world.agent.settings["replies-per-day"]


@attack("recorded commands that come again do not keep a new one out when the budget is used up", 20,
        **ROOM, **{"replies-per-day": 10})  # fmt: skip
async def resends_fill_the_ring(world: World) -> Any:
    recorded = [world.sign("ping").sms for _ in range(8)]
    await costs(world, *recorded, *recorded, *recorded, wait_s=60)
    await costs(world, world.sign("set sweep-min 20").sms, wait_s=60)
    return world.agent.settings["sweep-min"]


@attack("a recorded command is answered twice more, not twice a boot", (2, 0), **ROOM, **{"replies-per-hour": 60})
async def replay_over_boots(world: World) -> Any:
    sms = world.sign("ping").sms
    await costs(world, sms)
    first = await costs(world, sms, sms, sms)
    await restart(world, off_s=DAY_S)
    return first[0], (await costs(world, sms, sms))[0]


@attack("recorded commands from before the counter are told once a slot and day, whatever their time stamps say", 2,
        **ROOM)  # fmt: skip
async def stale_with_stamps(world: World) -> Any:
    old = [world.sign("set sweep-min 30").sms for _ in range(5)]
    await costs(world, world.sign("set sweep-min 60").sms)
    before = len(world.network.sent)
    for i, sms in enumerate(old * 3):
        world.stamp_from(BEGIN + timedelta(days=400 * (i % 7)))
        await costs(world, sms, "hello")
    return len(world.network.sent) - before


# -- forged time stamps


@attack("a forged sender's stamps win a day of budget at most in one boot, and cost no write", (True, (0, 0, 0)))
async def stamps(world: World) -> Any:
    calendar = world.agent.journal.calendar
    start_s, before = calendar.now_s(), asyncio.get_running_loop().time()
    world.modem.clock_base = UNSET
    total = (0, 0, 0)
    for i in range(40):
        world.stamp_from(BEGIN + timedelta(days=(-300, 30, 5000, 1, 700)[i % 5] + i))
        total = tuple(a + b for a, b in zip(total, await costs(world, "hello", wait_s=0), strict=True))  # type: ignore
    return calendar.now_s() - start_s <= DAY_S + asyncio.get_running_loop().time() - before + 60, total


@attack("a stranger's stamp of next year gives up no half of a command that lay there at the boot", "OK pong")
async def strangers_stamp(world: World) -> Any:
    command = world.sign("ping")
    await costs(world, part(command.sms[:9], 1))
    await restart(world)
    await costs(world, deliver("x", STRANGER, at=BEGIN.replace(year=2027)), wait_s=900)
    await costs(world, part(command.sms[9:], 2))
    return world.verified(0, command) if world.network.sent else "silence"


@attack("stamps that cannot be are no text's end", ((1, 3, 1), True))
async def impossible_stamps(world: World) -> Any:
    for raw in ("00000000000000", "FFFFFFFFFFFFFF", "99213295959599", "6230A1A0A0A0F8", "62022900000000"):
        tpdu = deliver("hello")
        await costs(world, tpdu[:7] + bytes.fromhex(raw) + tpdu[14:], wait_s=0)
    return await costs(world, world.sign("ping").sms), world.alive()


# -- the PIN


@attack("one wrong PIN a day costs a write an hour at most", True, access="pin", pin=PIN)
async def guess_daily(world: World) -> Any:
    world.modem.clock_base = UNSET
    before = world.store.writes
    for _ in range(3):
        await costs(world, "#000000 ping", wait_s=DAY_S + 60)
    return world.store.writes - before <= 3 * 28


@attack("blanks, invisible characters and cases around a PIN are no PIN", (0, 0, 0), access="pin", pin=PIN, **ROOM)
async def pin_edges(world: World) -> Any:
    wrong = (f"# {PIN} ping", f"#{PIN}\xa0ping", f"#{PIN.lower()} ping", f"##{PIN} ping", f"{PIN} ping",
             f"#{PIN[:3]}\u200b{PIN[3:]} ping", f"\u202e#{PIN} ping", f"#{PIN}\tping", f"#{PIN}\nping")  # fmt: skip
    return await costs(world, *[deliver(text, dcs=8) for text in wrong])


@attack("guesses by the forms of other platforms are counted with the others", (True, (0, 0)),
        access="pin", pin="654321", legacy=True, **ROOM)  # fmt: skip
async def legacy_guesses(world: World) -> Any:
    forms = ("apn{} em", "gprs{}", "{},A81,em,,", "x {} getinfo", "{} reboot", "smsPwd={},apn=em")
    total = await costs(world, *[forms[i % 6].format(100000 + i) for i in range(20)])
    await costs(world, "654321 reboot")
    return world.agent.lockouts.pin_locked(), (total[0], total[2])


@attack("reads that anybody may forge, sent four times in a second each, shut no PIN out", "OK sweep-min=20",
        access="pin", pin=PIN, **READS_OPEN, **{"replies-per-hour": 60, "replies-per-day": 500})  # fmt: skip
async def duplicates(world: World) -> Any:
    for i in range(20):
        await costs(world, *[deliver(f"help x{i}", at=BEGIN + timedelta(seconds=i))] * 4, wait_s=0)
    await costs(world, f"#{PIN} set sweep-min 20", wait_s=60)
    return world.network.sent[-1][1]


@attack("a locked PIN stays locked when the journal is lost", (True, (0, 0)), access="pin", pin=PIN, **ROOM)
async def lock_without_journal(world: World) -> Any:
    await costs(world, *[f"#{i:06} ping" for i in range(20)])
    await world.stop()
    for path in world.folder.glob("journal.*"):
        path.write_bytes(b"\0" * 99)
    world.start()
    await asyncio.sleep(60)
    total = await costs(world, f"#{PIN} ping")
    return world.agent.lockouts.pin_locked(), (total[0], total[2])


@attack("a stranger's texts three times in a second each are all erased", (0, 0, True, True))
async def triples(world: World) -> Any:
    gained = (0, 0)
    for i in range(20):
        mo, writes, _ = await costs(world, *[deliver("hello", STRANGER, at=BEGIN + timedelta(seconds=i))] * 3, wait_s=0)
        gained = gained[0] + mo, gained[1] + writes
    return *gained, not world.stored(), len(world.agent.inbox.doomed) <= 1


# -- words


@attack("an answer whose case a gateway has changed is an answer", (0, 0, 0), access="allow-list", **ROOM)
async def folded_answers(world: World) -> Any:
    return await costs(world, "Ok pong", "ok", "e11 unknown verb", "q txn=1", "q", "=a1.2 ok")


@attack("a letter that only looks like k in lower case is no k", (1, True), access="allow-list", **ROOM)
async def kelvin(world: World) -> Any:
    await world.ask("sms stop")
    await costs(world, deliver("Unloc\u212a", dcs=8))
    return len(world.network.sent) - 1, world.agent.lockouts.stopped


@attack("a danger verb behind or inside a read is a danger verb, in any case", (0, 0, 0), **READS_OPEN, legacy=True)
async def hidden_verbs(world: World) -> Any:
    return await costs(
        world, "ping;unlock", "Ping; Unlock", "ping;;unlock", "UNLOCK", "%75nlock", "set access allow-list",
        "apn em#", "APN,em#", "set access-read pin", "Set Access allow-list", "key A 2 0", "Factory",
        "reset#", "status#;", "get lock;set lock on",
    )  # fmt: skip


@attack("an operator's slot moves no admin's setting, however its name is written", True, **ROOM)
async def operators_settings(world: World) -> Any:
    sign = operators_key(world)
    before = dict(world.agent.settings._values)
    names = ("smsc +4912345", "cid 5", "reply-to short:666", "Smsc +4912345", "%73msc +4912345", "deny-prefixes -",
             "lock on", "legacy on", "pin 123456", "access allow-list")  # fmt: skip
    await costs(world, *[sign("set " + name) for name in names], sign("unlock"), sign("allow add short:666 admin"))
    return before == world.agent.settings._values and len(world.agent.keys.allowed) == 1


@attack("a key in the clear, with another verb, or for another slot changes no slot", True, **ROOM)
async def keys_of_others(world: World) -> Any:
    operators_key(world)
    before = {kid: slot.k_dev for kid, slot in world.agent.keys.slots.items()}
    key = "0" * 51 + "G"
    bodies = (
        (f"key A 2 {key}", False),
        (f"ping;key A 2 {key}", True),
        (f"key B 2 {key}", True),
        ("key A 0 " + key, True),
    )
    await costs(world, *[world.sign(body, encrypted).sms for body, encrypted in bodies])
    keys = world.agent.keys
    return before == {kid: slot.k_dev for kid, slot in keys.slots.items()} and not keys.pending


@attack("a tag that was cut, grew or moved is silence", (0, 0, 0))
async def tags(world: World) -> Any:
    sms = world.sign("ping").sms
    at = sms.index(".")
    tag = sms[at + 1 : at + 14]
    others = (tag[:12], tag[:8], tag + "0", "0" + tag, tag[1:] + tag[0], "", tag[:6] + "\u200b" + tag[6:])
    return await costs(world, *[deliver(sms[: at + 1] + other + " ping", dcs=8) for other in others])


@attack("the hint in the log is no command of the sender's", "mtmo flash --allow 'alnum:$(reboot)' ROLE")
async def hint(world: World) -> Any:
    await costs(world, "hi", oa=Address("$(reboot)", TON_ALPHANUMERIC, 0))
    (line,) = [line for line in world.log if "$(reboot)" in line and "to allow it" in line]
    return line.split("to allow it: ")[1]


# -- headers, segments, floods


@attack("a header that is ignored hides no sender and opens no lock", (0, 0, 0))
async def headers(world: World) -> Any:
    sms = world.sign("ping").sms
    short, long = bytes((2, 0, 3)), bytes((4, 0, 9, 1, 1))
    return await costs(world, deliver(sms, STRANGER, header=short), deliver("reboot", header=long),
                       deliver("ping", header=bytes((5, 0, 3, 1, 1, 1))))  # fmt: skip


@attack("a forged half that contradicts costs its set alone", "OK pong")
async def contradiction(world: World) -> Any:
    lost, command = world.sign("ping").sms, world.sign("ping")
    await costs(world, part(lost[:9], 1), part("forged", 1), part(lost[9:], 2))
    await costs(world, part(command.sms[:9], 1, ref=8), part(command.sms[9:], 2, ref=8))
    await asyncio.sleep(HOUR_S)
    return world.verified(0, command)


@attack("a completing segment twice, by two senders, runs the command once", (1, 4, 1))
async def racing_segments(world: World) -> Any:
    sms = world.sign("set sweep-min 20").sms
    twin = Address(LISTED.number, TON_ALPHANUMERIC, 0)
    halves = part(sms[:9], 1), part(sms[9:], 2), part(sms[9:], 2, oa=twin), part(sms[9:], 2), part(sms[:9], 1)
    return await costs(world, *halves, wait_s=60)


@attack("with any sender if signed a flood of segments keeps four sets, and the signed text gets through",
        ((1, 3, 1), True), **{"any-sender-if-signed": True})  # fmt: skip
async def any_senders_segments(world: World) -> Any:
    flood = [part("x" * 20, 1, 4, ref, Address(f"+4915110000{ref:02}", TON_INTERNATIONAL)) for ref in range(40)]
    total = await costs(world, *flood, world.sign("ping").sms)
    few = len(world.agent.inbox.sets) <= 4
    await asyncio.sleep(HOUR_S)
    return total, few


@attack("with any sender if signed an unknown slot, a bad tag and an unsigned text are silence", (0, 0, 0),
        **{"any-sender-if-signed": True, "access-read": "allow-list"})  # fmt: skip
async def any_sender(world: World) -> Any:
    sms = world.sign("ping").sms
    return await costs(world, "*B" + sms[2:], "*Z" + sms[2:], sms + "x", "ping", "#000000 ping", oa=STRANGER)


@attack("a flood of class 0 texts, and a signed one in its middle is answered", (1, 3, 1))
async def class_0(world: World) -> Any:
    flood = [deliver(f"x{i}", STRANGER if i % 2 else LISTED, dcs=0xF0) for i in range(30)]
    return await costs(world, *flood[:15], deliver(world.sign("ping").sms, dcs=0xF0), *flood[15:])


@attack("longest addresses and strange types of number are nobody on the list", (0, 0, 0), access="allow-list")
async def addresses(world: World) -> Any:
    rest = deliver("ping")[5:]
    oas = ("0A91" + "21436587F9", "1491" + "21436587092143658709", "05F12143F5", "05912143F5",
           "FF81" + "21" * 10, "0A81ABCDEF1234", "0081", "01D031", "14D0" + "FF" * 10)  # fmt: skip
    return await costs(world, *[bytes.fromhex("04" + oa) + rest for oa in oas])


@attack("unsigned texts that the network delivers again after a boot do not run again", 16, access="allow-list",
        **ROOM, **{"replies-per-hour": 60, "replies-per-day": 500})  # fmt: skip
async def unsigned_again(world: World) -> Any:
    texts = [deliver(f"set sweep-min {i + 20}", at=BEGIN + timedelta(seconds=i)) for i in range(16)]
    await costs(world, *texts)
    await restart(world)
    await costs(world, *texts)
    return cost(world)[2]


# -- boots, cards, doors


@attack("another card at every boot costs a text and few writes each", (True, True), **{"reply-to": "short:54321"})
async def cards(world: World) -> Any:
    before = cost(world)
    for i in range(6):
        world.modem.sim.iccid = f"8988303000006734{i:03}"
        await restart(world)
        await asyncio.sleep(60)
    sent, writes, _ = (now - then for now, then in zip(cost(world), before, strict=True))
    return sent <= 6, writes <= 6 * 8


@attack("sms stop and another card: neither the operator nor an unsigned unlock opens, the admin's does",
        (True, True, False), access="allow-list", **ROOM)  # fmt: skip
async def stop_and_card(world: World) -> Any:
    sign = operators_key(world)
    await world.ask("sms stop")
    world.modem.sim.iccid = "8988303000006734769"
    await restart(world)
    await costs(world, sign("sms start"), sign("unlock"), "unlock", "sms start")
    doors = world.agent.lockouts
    shut = doors.stopped, doors.sim_changed
    await world.ask("unlock")
    return *shut, doors.stopped or doors.sim_changed


@attack("reboots that were asked for are no crashes, and replayed they are none", (False, 6),
        **{"replies-per-hour": 60})  # fmt: skip
async def reboots(world: World) -> Any:
    sms = ""
    for _ in range(6):
        await costs(world, sms or "x", wait_s=0)
        sms = world.sign("reboot").sms
        await costs(world, sms, sms)
    return world.agent.minimal, world.resets


@attack("three crashes cost the application's verbs for one boot", (True, False))
async def crashes(world: World) -> Any:
    await world.stop()
    for _ in range(3):
        crash.note(world.store)
    await restart(world, "reset")
    minimal = world.agent.minimal
    await restart(world, "reset")
    await restart(world)
    return minimal, world.agent.minimal


@attack("a twin of a command in another type of number is not the command that is set aside after a crash", "OK pong")
async def twin_in_quarantine(world: World) -> Any:
    command = world.sign("ping")
    await world.stop()
    at = world.next_scts()
    twin = Address(LISTED.number, TON_ALPHANUMERIC, 0)
    tpdu: Any = decode("00" + deliver(command.sms, twin, at=at).hex())
    world.store.write("poison", {"tag": quarantine.tag_of(Text(tpdu.oa, tpdu.scts_raw, tpdu.text, []))})
    world.network.submit(world.modem, deliver(command.sms, at=at))
    await restart(world, "watchdog")
    await asyncio.sleep(60)
    return world.verified(0, command) if world.network.sent else "silence"


@pytest.mark.parametrize("row", ATTACKS, ids=[row.name for row in ATTACKS])
def test_an_attack_gains_no_more_than_its_row_says(tmp_path: Path, row: Attack) -> None:
    async def story(world: World) -> None:
        assert await row.carry_out(world) == row.gained, "\n".join(world.log[-25:])

    live(tmp_path, story, **row.settings)
