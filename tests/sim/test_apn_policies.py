"""Trials, second thoughts and broken good APNs: what keeps an APN, what rolls it back, what is served meanwhile."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from air import Offer
from apn_cases import FAMILIES
from apn_phases import phase, report
from virtual_time import run
from world import World, live

from mtmo.apn import PHASES, ROLLBACK, STABLE, STAGED, TESTING, TRIAL
from mtmo.apn.transaction import _MOVES
from mtmo.dialects import load
from mtmo_host.emulator.radio import Cell


def test_the_moves_are_those_of_the_table_and_no_phase_is_a_dead_end() -> None:
    named = {(PHASES[start], PHASES[end]) for start, _, end in _MOVES}
    assert named == {
        ("staged", "applying"), ("applying", "testing"), ("testing", "applying"), ("testing", "trial"),
        ("trial", "stable"), ("staged", "rollback"), ("applying", "rollback"), ("testing", "rollback"),
        ("trial", "rollback"), ("rollback", "stable"),
    }  # fmt: skip
    assert {start for start, _, _ in _MOVES} == set(range(len(PHASES))) - {STABLE}
    assert len({(start, event) for start, event, _ in _MOVES}) == len(_MOVES), "one way for each event"


def test_confirm_operator_keeps_the_apn_when_the_operator_says_so_and_no_earlier(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em confirm=operator hold=10")
        world.text(command.sms)
        await phase(world, TRIAL)
        await asyncio.sleep(300)
        assert world.agent.apn.phase == TRIAL
        assert await world.ask("apn confirm 2") == "E41 no such txn"
        assert await world.ask("apn confirm 0") == "E41 no such txn"
        assert (world.agent.apn.phase, world.agent.apn.good[0]) == (TRIAL, "iot")
        assert await world.ask("apn set iot") == "E40 txn=1"
        assert (await world.ask("apn")).startswith(
            "OK apn=iot wanted=em stored=em negotiated=em state=trial txn=1 left="
        )
        confirm = world.sign("apn confirm 1")
        world.text(confirm.sms)
        await phase(world, STABLE)
        await world.until(lambda: len(world.network.sent) == 7)
        texts = {world.verified(-1, command), world.verified(-2, confirm)}
        assert texts == {"OK apn=em state=confirmed txn=1"}
        assert await world.ask("apn confirm 1") == "OK apn=em state=confirmed txn=1", "once more, after a power cut"
        assert await world.ask("apn cancel 1") == "E41 no such txn"

    live(tmp_path, story, **{"replies-per-hour": 60})


def test_without_a_word_of_the_operator_it_goes_back_when_hold_is_over(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em confirm=operator hold=2")
        world.text(command.sms)
        await phase(world, TRIAL)
        began = asyncio.get_running_loop().time()
        await phase(world, ROLLBACK)
        assert 115 < asyncio.get_running_loop().time() - began < 130
        assert await report(world, command, 2) == "E42 txn=1 cause=timeout"
        assert await world.ask("apn confirm 1") == "E41 no such txn"

    live(tmp_path, story)


@pytest.mark.parametrize("at", [STAGED, TESTING, TRIAL], ids=["staged", "testing", "trial"])
def test_cancel_goes_back_from_any_phase(tmp_path: Path, at: int) -> None:
    async def story(world: World) -> None:
        if at == STAGED:  # so early only while its own answer cannot be sent
            world.agent.settings.set("replies-per-hour", 0)
        command = world.sign("apn set em confirm=operator")
        world.text(command.sms)
        await phase(world, at)
        cancel = world.sign("apn cancel 1")
        world.text(cancel.sms)
        await phase(world, ROLLBACK)
        world.agent.settings.set("replies-per-hour", 12)
        await world.until(lambda: len(world.network.sent) == 3, 1000)
        said = {world.verified(i, one) for i in range(3) for one in (command, cancel) if belongs(world, i, one)}
        assert said == {"Q txn=1", "OK txn=1 state=rollback", "E42 txn=1 cause=cancelled"}
        assert world.modem.contexts.get(1).apn == "iot"

    live(tmp_path, story)


def belongs(world: World, which: int, command: object) -> bool:
    try:
        world.verified(which, command)
    except ValueError:
        return False
    return True


def test_try_goes_back_though_it_works_and_says_that_it_did(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn try em 3")
        world.text(command.sms)
        await phase(world, TRIAL)
        assert await world.ask("apn confirm 1") == "E41 no such txn", "a try is never kept"
        assert await report(world, command, 3) == "OK apn=em state=tried txn=1"
        assert (await world.ask("apn")).endswith("state=stable txn=1 last=1:tried")
        assert world.modem.contexts.get(1).apn == "iot"

    live(tmp_path, story)


def test_texts_are_answered_while_an_apn_is_tested_and_on_trial(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.network.apns["slow"] = Offer(dns=())  # registers, and never proves
        world.text(world.sign("apn set slow").sms)
        await phase(world, TESTING)
        assert await world.ask("ping") == "OK pong"
        assert "st=testing" in await world.ask("status")
        assert world.agent.apn.phase == TESTING
        await phase(world, STABLE)
        world.text(world.sign("apn set em confirm=operator").sms)
        await phase(world, TRIAL)
        assert await world.ask("ping") == "OK pong"
        assert world.agent.apn.phase == TRIAL

    live(tmp_path, story)


def test_three_lost_probes_in_a_row_end_a_trial(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em confirm=operator hold=60")
        world.text(command.sms)
        await phase(world, TRIAL)
        world.modem.contexts.deactivate_all()
        del world.network.apns["em"]
        await phase(world, ROLLBACK)
        assert (await report(world, command, 2)).startswith("E42 txn=1 cause=")

    live(tmp_path, story)


def test_a_search_that_takes_long_abroad_rolls_no_good_apn_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await phase(world, TESTING)
        world.modem.set_cell(None, world.board.port.now_ms())
        await asyncio.sleep(300)  # more than the 180 s at home
        assert world.agent.apn.phase == TESTING
        world.modem.set_cell(Cell(roaming=True), world.board.port.now_ms())
        assert await report(world, command, 2) == "OK apn=em state=confirmed txn=1"

    live(tmp_path, story)


def test_without_coverage_it_goes_back_to_good_and_stays_there_until_there_is_some(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await phase(world, TESTING)
        world.modem.set_cell(None, world.board.port.now_ms())
        await phase(world, ROLLBACK)
        await asyncio.sleep(1200)
        assert world.modem.contexts.get(1).apn == "iot", "no sign against good: no fallback is tried"
        world.modem.set_cell(Cell(), world.board.port.now_ms())
        assert await report(world, command, 2) == "E42 txn=1 cause=no-service"

    live(tmp_path, story)


FALLBACKS = [
    ("the one before", "old", "fallback=old"),
    ("the empty one", "", "fallback=-"),
    ("the list's", "internet", "fallback=internet"),
]


@pytest.mark.parametrize(("what", "works", "said"), FALLBACKS, ids=[row[0] for row in FALLBACKS])
def test_when_good_no_longer_works_something_else_does_and_is_never_recorded(
    tmp_path: Path, what: str, works: str, said: str
) -> None:
    async def story(world: World) -> None:
        await world.until(lambda: not world.agent.apn.restoring)
        world.agent.apn.previous = ["old"]
        world.network.apns.clear()
        world.network.apns[works] = Offer()
        command = world.sign("apn set wrong")
        world.text(command.sms)
        await phase(world, ROLLBACK)
        assert await report(world, command, 2) == "E42 txn=1 cause=unknown-apn ceer=27 " + said
        assert world.agent.apn.good[0] == "iot"
        assert said in await world.ask("apn")
        world.network.apns["iot"] = Offer()
        await world.stop()
        world.start()
        await world.until(lambda: world.modem.contexts.get(1).apn == "iot", 100)  # the record wins at each boot
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


def test_rounds_of_fallbacks_never_end_and_come_ever_less_often(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.until(lambda: not world.agent.apn.restoring)
        world.network.apns.clear()
        command = world.sign("apn set wrong")
        world.text(command.sms)
        await phase(world, ROLLBACK)
        heard: list[tuple[float, bytes]] = []
        world.modem.trace = lambda way, octets, now_ms: heard.append((now_ms / 1000, octets)) if way == "rx" else None
        await asyncio.sleep(3 * 3600)
        goods = [at for at, octets in heard if b'AT+CGDCONT=1,"IP","iot"' in octets]
        gaps = [later - sooner for sooner, later in pairwise(goods)]
        assert len(gaps) >= 7
        assert all(later >= sooner - 60 for sooner, later in pairwise(gaps)), gaps
        assert 1800 <= gaps[-1] <= 1800 + 5 * 200, "thirty minutes on good, then a round"
        assert world.resets == 0
        world.network.apns["iot"] = Offer()
        assert await report(world, command, 2) == "E42 txn=1 cause=unknown-apn ceer=27"

    live(tmp_path, story)


def test_a_boot_in_the_middle_is_a_rollback_and_is_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            command = world.sign("apn set em confirm=operator")
            world.text(command.sms)
            await phase(world, TRIAL)
            for boot in (1, 2):
                await world.stop()
                world.start()
                assert world.agent.apn.phase == ROLLBACK
                await world.until(lambda boot=boot: world.agent.apn.boots == boot, 60)
            assert await report(world, command, 2) == "E42 txn=1 cause=cut"

    run(story())


def test_a_board_that_falls_over_again_and_again_rests_its_radio(tmp_path: Path) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            world.text(world.sign("apn set em confirm=operator").sms)
            await phase(world, TRIAL)
            waited = []
            for _ in range(5):
                await world.stop()
                began = asyncio.get_running_loop().time()
                off: list[int] = []
                world.modem.trace = lambda way, octets, now_ms, off=off: b"CFUN=4" in octets and off.append(now_ms)
                world.start()
                await world.until(lambda off=off: off, 100)
                waited.append(off[0] / 1000 - began)
            assert [seconds > 55 for seconds in waited] == [False, False, False, True, True]

    run(story())


@pytest.mark.parametrize("words", ["em", "wrong", "em confirm=operator hold=1"])
def test_a_transaction_costs_four_flash_writes_of_its_record_at_most(tmp_path: Path, words: str) -> None:
    async def story(world: World) -> None:
        written: list[str] = []
        write = world.store.write
        world.store.write = lambda name, value: (written.append(name), write(name, value))[1]  # type: ignore[method-assign]
        command = world.sign("apn set " + words)
        world.text(command.sms)
        await report(world, command, 2)
        await asyncio.sleep(30)
        assert written.count("apn") <= 4, written

    live(tmp_path, story)


def test_the_record_wins_over_the_modems_memory_at_boot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        world.modem.contexts.get(1).apn = "stolen"
        world.start()
        await world.until(lambda: world.modem.contexts.get(1).apn == "iot", 100)
        assert (await world.ask("apn")).startswith("OK apn=iot stored=iot")

    live(tmp_path, story)


PINGS = {name: load(name)["probe"] for name in FAMILIES}


@pytest.mark.parametrize("flows", [True, False], ids=["answered", "silent"])
@pytest.mark.parametrize("name", [name for name in FAMILIES if PINGS[name]])
def test_with_a_probe_host_data_must_flow(tmp_path: Path, name: str, flows: bool) -> None:
    async def story(world: World) -> None:
        await world.until(lambda: not world.agent.apn.restoring)
        world.network.apns["new"] = Offer(flows=flows)
        asked, heard = PINGS[name][0].split("=")[0].encode(), PINGS[name][1]
        pings, answers = [], bytearray()

        def trace(way: str, octets: bytes, now_ms: int) -> None:
            if way == "rx" and asked in octets:
                pings.append(octets)
            elif way == "tx" and world.agent.apn.phase in (TESTING, TRIAL):
                answers.extend(octets)

        world.modem.trace = trace
        command = world.sign("apn set new")
        world.text(command.sms)
        said = await report(world, command, 2)
        assert said == ("OK apn=new state=confirmed txn=1" if flows else "E42 txn=1 cause=timeout")
        assert len(pings) >= 3
        assert b'"host.example"' in pings[0]
        assert not flows or answers.count(heard) >= 3, "an unknown command proves nothing"

    live(tmp_path, story, name=name, **{"apn-probe-host": "host.example"})


@pytest.mark.parametrize("name", ["generic", "hl78"])
def test_a_modem_without_a_ping_counts_as_unknown_and_not_as_no_data(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        world.network.apns["new"] = Offer(flows=False)
        command = world.sign("apn set new")
        world.text(command.sms)
        assert await report(world, command, 2) == "OK apn=new state=confirmed txn=1"

    assert not PINGS[name]
    live(tmp_path, story, name=name, **{"apn-probe-host": "host.example"})


def test_the_history_holds_the_last_five(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for i in range(7):
            command = world.sign("apn set " + ("em" if i % 2 == 0 else "iot"))
            world.text(command.sms)
            await report(world, command, 2 * i + 2)
        last = ",".join(f"{n}:confirmed" for n in range(7, 2, -1))
        assert (await world.ask("apn")).endswith("txn=7 last=" + last)

    live(tmp_path, story, **{"replies-per-hour": 60})


BAD = [
    ("apn set em hold=5", "E12 hold= goes with confirm=operator"),
    ("apn set em confirm=maybe", "E12 confirm=probe/operator"),
    ("apn set em confirm=operator hold=0", "E12 minutes: 1 to 1440"),
    ("apn set em confirm=operator hold=1441", "E12 minutes: 1 to 1440"),
    ("apn set em auth=none user=u", "E12 auth: none takes no user and no password"),
    ("apn set em pass=secret", "E12 auth: none takes no user and no password"),
    ("apn set em auth=pap", "E12 auth: takes a user"),
    ("apn set em type=ppp", "E12 type: ip, ipv6 or ipv4v6"),
    ("apn try em", "E12 which apn, how many minutes"),
    ("apn try em x", "E12 minutes: 1 to 1440"),
    ("apn confirm", "E12 which txn"),
    ("apn confirm 7", "E41 no such txn"),
    ("apn cancel 7", "E41 no such txn"),
]


@pytest.mark.parametrize(("words", "answer"), BAD, ids=[row[0] for row in BAD])
def test_what_makes_no_sense_is_refused_with_the_remedy(tmp_path: Path, words: str, answer: str) -> None:
    async def story(world: World) -> None:
        assert await world.ask(words) == answer
        assert world.agent.apn.txn == 0

    live(tmp_path, story)
