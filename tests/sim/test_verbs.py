"""Every verb of the table on the whole agent: its answer, its bad arguments, its help."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from virtual_time import run
from world import OPERATOR, World, live

from mtmo import provision, verbs
from mtmo.errors import VerbError
from mtmo.journal import Journal
from mtmo.settings import Settings
from mtmo.settings.table import TABLE as SETTINGS
from mtmo.store import Store
from mtmo.verbs.table import TABLE
from mtmo_host.flash.files import serialise

ROWS = [line.split("|") for line in TABLE]
ROOM = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60}

# body, answer or its beginning followed by …
ANSWERS = (
    ("more", "E20 nothing more"),
    ("ping", "OK pong"),
    ("help ping", "OK ping, answers pong"),
    ("help apn set", "OK apn set …"),
    ("help nonsense", "E12 no such verb"),
    ("help", "OK help, ping, status, …"),
    ("net", "OK reg=home op=…"),
    ("time", "OK modem=…"),
    ("get access", "OK access=signed"),
    ("get pin", "OK pin=unset"),
    ("get deny-prefixes", "OK deny-prefixes=+1900,+44871,+809"),
    ("get any-sender-if-signed", "OK any-sender-if-signed=off"),
    ("get reply-to", "OK reply-to=-"),
    ("get nonsense", "E12 unknown setting"),
    ("get", "E12 get NAME"),
    ("set sweep-min 20", "OK sweep-min=20"),
    ("set sweep-min 0", "E12 1 to 120"),
    ("set nonsense 1", "E12 unknown setting"),
    ("set sweep-min", "E12 set NAME VALUE"),
    ("set access pin", "E12 set pin first"),
    ("set pin 12345", "E12 6 to 16 letters and digits"),
    ("set pin 12%203456", "E12 6 to 16 letters and digits"),
    ("set pin Xk29qq7", "OK pin=set"),
    ("get pin", "OK pin=set"),
    ("set access pin", "OK access=pin"),
    ("set access signed", "OK access=signed"),
    ("set pin -", "OK pin=unset"),
    ("set deny-prefixes -", "OK deny-prefixes=-"),
    ("out relay on", "OK relay=on"),
    ("out relay off", "OK relay=off"),
    ("out relay pulse 500", "OK relay=pulse 500"),
    ("out relay pulse 0", "E12 on, off or pulse 1 to 60000"),
    ("out relay pulse 60001", "E12 on, off or pulse 1 to 60000"),
    ("out relay pulse -1", "E12 on, off or pulse 1 to 60000"),
    ("out relay on now", "E12 on, off or pulse 1 to 60000"),
    ("out nonsense on", "E12 out led/relay on/off/pulse MS"),
    ("out", "E12 out led/relay on/off/pulse MS"),
    ("in door", "OK door=on"),
    ("in nonsense", "E12 in door"),
    ("sms stop", "OK sms=stopped"),
    ("sms start", "OK sms=started"),
    ("sms", "E11 unknown verb"),
    ("unlock", "OK unlocked"),
    ("allow list", "OK short:12345 admin"),
    ("reboot modem", "OK modem restarted"),
    ("reboot nonsense", "E12 modem or board"),
    ("ping;;ping", "E11 unknown verb"),
    ("factory;ping", "E10 factory may stand only last"),
    ("key;ping", "E10 key may stand only last"),
)


def test_every_answer_of_the_table(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for body, answer in ANSWERS:
            said = await world.ask(body)
            assert said.startswith(answer[:-1]) if answer.endswith("…") else said == answer, (body, said)
        assert not any("Xk29qq7" in text for _, text in world.network.sent)

    live(tmp_path, story, **ROOM)


def test_every_verb_has_a_help_that_begins_with_its_name_and_fits_one_text() -> None:
    for row in ROWS:
        assert row[5].startswith(row[0].split()[0]), row
        assert len("OK " + row[5]) <= 133, row


@pytest.mark.parametrize("word", ["", "pin", "ping|read", "apn set|write", "|", "PING"])
def test_what_only_looks_like_a_row_of_the_table_is_no_verb(word: str) -> None:
    with pytest.raises(VerbError):
        verbs.find([word])


def test_every_verb_has_code_and_every_code_a_row() -> None:
    for row in ROWS:
        module = __import__("mtmo.verbs." + row[4], None, None, ("VERBS",))
        assert row[0] in module.VERBS, row
    for module in {row[4] for row in ROWS}:
        names = __import__("mtmo.verbs." + module, None, None, ("VERBS",)).VERBS
        assert set(names) == {row[0] for row in ROWS if row[4] == module}


def test_status_fits_what_matters_into_the_first_133_characters(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = await world.ask("status")
        assert first.index(" heap=") <= 133
        text = first + " " + (await world.ask("more")).removeprefix("OK ")
        names = [word.split("=")[0] for word in text.split()[1:]]
        assert names[:12] == [
            "st", "reg", "rssi", "apn", "ip", "up", "store", "left", "v", "boot", "rej", "door",
        ]  # fmt: skip
        assert set(names[12:]) >= {"heap", "op", "rat", "model", "fw", "imei", "iccid"}
        assert "imei=356938035643809" in text

    live(tmp_path, story)


def test_an_output_is_driven_and_a_pulse_ends_by_itself(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("out relay on")
        assert world.board.levels == {"relay": True, "led": False}
        await world.ask("out relay off")
        assert not world.board.levels["relay"]
        await world.ask("out relay pulse 30000")
        assert world.board.levels["relay"]
        await world.ask("ping")
        assert world.board.levels["relay"], "texts are served meanwhile"
        await asyncio.sleep(31)
        assert not world.board.levels["relay"]
        world.board.door = False
        assert await world.ask("in door") == "OK door=off"

    live(tmp_path, story)


def test_every_output_is_inactive_when_the_agent_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for name in ("relay", "led"):
            assert await world.ask(f"out {name} on") == f"OK {name}=on"
        await world.stop()
        assert world.board.levels == {"relay": False, "led": False}

    async def main() -> None:
        async with World(tmp_path) as world:
            await story(world)

    run(main())


def test_factory_keeps_keys_counters_and_the_allow_list(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("allow add +491701111111 viewer")
        await world.ask("set sweep-min 20")
        keys = world.store.read("keys")
        old = world.sign("set sweep-min 30")
        assert await world.ask("factory") == "OK settings are the defaults"
        assert world.agent.settings.changed() == {}
        assert world.store.read("settings") == {}
        assert world.store.read("keys") == keys
        world.text(old.sms)
        await asyncio.sleep(20)
        assert world.agent.settings["sweep-min"] == 15, "an older counter stays stale"

    live(tmp_path, story)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("factory", "OK settings are the defaults; E60 budget"),
        ("set replies-per-hour 5", "OK replies-per-hour=5; E60 budget"),
        ("set replies-per-day 10", "OK replies-per-day=10; E60 budget"),
    ],
)
def test_the_answer_to_a_smaller_budget_is_sent_and_no_more(tmp_path: Path, body: str, words: str) -> None:
    async def story(world: World) -> None:
        for _ in range(20):
            await world.ask("ping")
        began = asyncio.get_running_loop().time()
        assert await world.ask(body) == words
        assert asyncio.get_running_loop().time() - began < 60
        sent = len(world.network.sent)
        world.text(world.sign(body).sms)
        await asyncio.sleep(120)
        assert len(world.network.sent) == sent, "twice is no way around it"

    live(tmp_path, story, **{"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60})


def test_legacy_forms_need_the_switch_and_the_access(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.text("APN,em#")
        await world.until(lambda: world.network.sent)
        assert world.network.sent == [(OPERATOR, "E11 unknown verb")]
        await world.ask("set legacy on")
        world.text("APN,em#")
        await world.until(lambda: len(world.network.sent) == 4, 2000)
        assert [text for _, text in world.network.sent[2:]] == ["Q txn=1", "OK apn=em state=confirmed txn=1"]

    live(tmp_path, story, access="allow-list", **ROOM)


def test_the_answer_to_queclinks_form_repeats_its_serial_number(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("set legacy on")
        world.text("AT+GTBSI=gv300,em,,,,,,,0A2f$")
        await world.until(lambda: len(world.network.sent) == 3, 2000)
        assert [text for _, text in world.network.sent[1:]] == ["Q txn=1 sn=0A2f", "OK apn=em state=confirmed txn=1"]
        world.text("AT+GTBSI=gv300,em,,,,,,,0003$")
        await world.until(lambda: len(world.network.sent) == 4)
        assert world.network.sent[3][1] == "OK apn=em unchanged sn=0003"
        for serial in ("12345", "00%3B", "A;re"):
            world.text(f"AT+GTBSI=gv300,em,,,,,,,{serial}$")
        await world.until(lambda: len(world.network.sent) == 7)
        assert {text[:3] for _, text in world.network.sent[4:]} <= {"E10", "E11"}

    live(tmp_path, story, access="allow-list", **ROOM)


def test_a_legacy_password_is_the_pin_where_access_is_pin(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for text in ("APN,em#", "APN,666666,em#", "user 666666 setparam 2001:em", "APN,em;reboot#"):
            world.text(text)
            await asyncio.sleep(20)
        assert not world.network.sent
        world.text("user Sesam77 setparam 2001:em")
        await world.until(lambda: len(world.network.sent) == 2, 2000)
        assert world.network.sent[0] == (OPERATOR, "Q txn=1")
        assert not any("Sesam77" in line for line in world.log)

    live(tmp_path, story, access="pin", pin="Sesam77", legacy=True, **ROOM)


def test_a_legacy_form_opens_nothing_where_access_is_signed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        writes = world.store.writes
        world.text("APN,em#")
        world.text("user 666666 cpureset")
        await asyncio.sleep(30)
        assert (world.network.sent, world.store.writes, world.resets) == ([], writes, 0)

    live(tmp_path, story, legacy=True)


def test_a_verb_of_the_application_runs_and_its_mistakes_stop_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        try:

            @world.agent.verb("temp", help="temp, of the sensor")
            def temp(args: list[str]) -> str:
                return "t=" + str(int(args[0]) * 2)

            assert await world.ask("temp 21") == "OK t=42"
            assert await world.ask("temp warm") == "E20 failed"
            assert await world.ask("temp") == "E20 failed"
            assert await world.ask("help temp") == "OK temp, of the sensor"
            with pytest.raises(ValueError, match="exists"):
                world.agent.verb("ping")(temp)
        finally:
            verbs._rows.clear()

    live(tmp_path, story)


def test_what_an_operator_may_not_set_is_marked_in_the_table() -> None:
    admins = {row[0] for row in SETTINGS if row[4] == "danger"}
    assert {
        "access",
        "access-read",
        "access-write",
        "access-danger",
        "pin",
        "any-sender-if-signed",
        "reply-to",
    } <= admins
    assert {row[4] for row in SETTINGS} == {"write", "danger"}


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize(("epoch", "fresh"), [(1, False), (2, True)])
def test_provisioning_opens_a_lost_slot_only_with_a_key_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool, epoch: int, fresh: bool
) -> None:
    folder = tmp_path / "state"
    store = Store(str(folder))
    old = {"kid": "A", "epoch": 1, "role": "admin", "key": "11" * 32}
    store.write("keys", {"devid": "1", "slots": [old], "allow": [], "recovery": [1, 77]})
    journal = Journal(store)
    journal.save()
    if lost:
        for slot in (0, 1):
            (folder / f"journal.{slot}").write_bytes(b"rubbish")
    new = {**old, "epoch": epoch, "key": "22" * 32 if fresh else old["key"]}
    given = tmp_path / "provision.json"
    given.write_bytes(serialise({"devid": "1", "keys": [new], "allow": [["national:12345", "admin"]], "settings": {}}))
    monkeypatch.setattr(provision, "_FILE", str(given))
    provision.apply(store, Settings())
    assert not given.exists()
    assert store.read("keys")["allow"] == [["short:12345", "admin"]], "in the form that texts are compared with"
    assert store.read("keys")["recovery"] == [1, 77], "slot Z's counter never goes back"
    after = Journal(store)
    assert after.closed("A", epoch) == (lost and not fresh)
