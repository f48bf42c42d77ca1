"""The APN transaction against every family of modems: each case ends in the right state, and its report arrives."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from air import Offer
from apn_cases import CASES, CREDENTIALS, FAMILIES, GSM, SECRET, Case, expected
from world import World, live

from mtmo_host.emulator.radio import Auth


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_transaction_ends_in_the_right_state_and_its_report_arrives(tmp_path: Path, name: str, case: Case) -> None:
    report = expected(case, name)
    confirmed = report == "confirmed"

    async def story(world: World) -> None:
        if case.offer is not None:
            world.network.apns["new"] = case.offer
        if name in GSM and "type=" in case.words:
            assert await world.ask("apn set " + case.words) == "E12 type: not on this modem"
            return
        if name in GSM and case.offer is not None:  # which take no protocol and settle it with the network
            world.network.apns["new"] = replace(case.offer, auth=tuple(Auth))
        command = world.sign("apn set " + case.words, encrypted=True)
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 2, 1500)
        assert world.verified(0, command) == "Q txn=1"
        wanted = "OK apn=new state=confirmed txn=1" if confirmed else f"E42 txn=1 cause={report}"
        assert world.verified(1, command) == wanted
        good = "new" if confirmed else "iot"
        seen = (case.negotiated if confirmed else "iot") if name not in GSM else "-"
        shown = await world.ask("apn")
        outcome = report.split(" ")[0]
        assert shown == f"OK apn={good} stored={good} negotiated={seen} state=stable txn=1 last=1:{outcome}"
        assert world.modem.contexts.get(world.agent.modem.dialect["cid"]).apn == good
        assert not any("Zx9" in line for line in world.log), "no secret in the log"

    live(tmp_path, story, name=name)


@pytest.mark.parametrize("name", ["a7670", "sim7600"])
def test_simcoms_lte_modules_are_given_the_password_first_and_need_no_second_try(tmp_path: Path, name: str) -> None:
    heard: list[bytes] = []

    async def story(world: World) -> None:
        world.modem.trace = lambda way, octets, _: heard.append(octets) if way == "rx" else None
        world.network.apns["new"] = SECRET
        world.text(world.sign("apn set " + CREDENTIALS + "pap", encrypted=True).sms)
        await world.until(lambda: len(world.network.sent) == 2, 1500)

    live(tmp_path, story, name=name)
    lines = [line for line in b"".join(heard).split(b"\r") if line.startswith(b"AT+CGAUTH=1,1")]
    assert lines == [b'AT+CGAUTH=1,1,"Zx9@q","u1"']  # A76XX V1.09 §5.2.16


def test_a_modem_without_apns_refuses_one_before_its_radio_is_touched(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.network.apns[""] = Offer()
        world.modem.restart()
        for body in ("apn set em", "apn try em 1"):
            assert await world.ask(body) == "E12 apn: not on this modem", body
        assert not world.agent.apn.busy()
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name="minimal")


def test_a_modem_that_refuses_every_apn_rests_between_the_rounds_and_takes_texts(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.network.apns[""] = Offer()
        world.modem.restart()
        await world.ask("ping")
        world.agent.apn.restoring = True
        began = len(world.log)
        await asyncio.sleep(3 * 3600)
        said = world.log[began:]
        assert any("no APN works; next round" in line for line in said)
        tries = sum("AT+CGDCONT: +CMS" in line for line in said)
        assert 12 <= tries < 200, tries
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name="minimal")
