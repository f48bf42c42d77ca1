"""One fault each: what the modem or the line did, and that the agent came through."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from air import Offer
from twist import Twist, once
from world import OPERATOR, World, live

from mtmo.apn import ROLLBACK
from mtmo_host.sms.address import Address
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import encode_deliver


def test_a_text_for_the_sim_is_read_from_the_sim(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        text = world.sign("ping").sms
        class_2 = encode_deliver(oa=Address(OPERATOR), scts=datetime(2026, 3, 14, tzinfo=UTC), text=text, dcs=0xF2)
        world.network.submit(world.modem, class_2)
        await world.until(lambda: len(world.network.sent) == 1, 10)

    live(tmp_path, story)


def test_what_came_into_the_modems_own_store_before_it_was_set_up_is_read(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.restart()
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 1)

    live(tmp_path, story, name="sim7080")


def test_a_look_into_the_store_does_not_disturb_the_choice_of_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(1800)
        assert world.modem.settings.cpms == ["ME", "ME", "ME"]

    live(tmp_path, story)


def test_an_unknown_indication_before_a_pdu_costs_no_text(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = once(b"\r\n0791", b"\r\n*NEW: 1\r\n0791")
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 1, 10)

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize("line", [b"+CGMM: x", b"*PSUTTZ: 26/03/14", b"+CTZV: 8"])
def test_an_indication_is_not_taken_for_the_model(tmp_path: Path, line: bytes) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = once(b"\r\nA7670", b"\r\n" + line + b"\r\n\r\nA7670")
        world.modem.restart()
        await world.until(lambda: sum("dialect=" in said for said in world.log) == 2)
        assert "dialect=a7670" in world.log[-1]

    live(tmp_path, story, wrap=Twist)


def test_answers_to_a_question_put_twice_are_not_answers_to_the_next(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        port = world.board.port
        held: list[bytes] = []

        def hold(octets: bytes) -> bool:
            if b"=?" in octets or b"CSQ" in octets:
                held.append(octets)
                return False
            return True

        port.heard = hold
        command = world.sign("status")
        world.text(command.sms)
        await world.until(lambda: len(held) == 3, 300)
        port.heard = lambda octets: True
        for octets in held[1:]:
            await port.port.write(octets)  # heard after all, both at once
        await world.until(lambda: world.network.sent, 120)
        assert world.verified(0, command).startswith("OK st=stable reg=home rssi=-71 apn=iot ")

    live(tmp_path, story, wrap=Twist)


def test_an_answer_is_not_lost_when_the_modem_was_silent_before_it_was_sent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.heard = lambda octets: b"=?" not in octets and b"CSQ" not in octets
        command = world.sign("status")
        world.text(command.sms)
        await asyncio.sleep(60)
        world.board.port.heard = lambda octets: True
        await world.until(lambda: world.network.sent, 120)
        assert world.verified(0, command) == "E50 modem"

    live(tmp_path, story, wrap=Twist)


def test_a_reboot_is_not_reported_done_when_only_the_modem_was_silent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        port = world.board.port
        deaf = [True]
        port.heard = lambda octets: not (b"CMGD" in octets and deaf and deaf.pop())
        command = world.sign("reboot")
        world.text(command.sms)
        await world.until(lambda: world.network.sent)
        assert (world.verified(0, command), world.resets) == ("OK rebooted", 1)

    live(tmp_path, story, wrap=Twist)


def test_what_was_accepted_when_the_modem_fell_silent_is_carried_out_before_the_next_text(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        deaf = [True]
        world.board.port.heard = lambda octets: not (b"CMGD" in octets and deaf and deaf.pop())
        reboot = world.sign("reboot")
        world.text(reboot.sms)
        await asyncio.sleep(5)
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 2)
        which = [text.startswith(f"=A{reboot.ctr}.") for _, text in world.network.sent].index(True)
        assert (world.verified(which, reboot), world.resets) == ("OK rebooted", 1)

    live(tmp_path, story, wrap=Twist)


def test_a_segment_in_a_store_that_is_no_longer_on_offer_stops_nobody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = segments("x" * 200, ref=7)[0]
        scts = datetime(2026, 3, 14, tzinfo=UTC)
        class_2 = encode_deliver(oa=Address(OPERATOR), scts=scts, payload=first.ud, header=first.udh, dcs=0xF2)
        world.network.submit(world.modem, class_2)
        await world.until(world.stored)
        await asyncio.sleep(60)
        world.board.port.twist = lambda octets: octets.replace(b'"SM",', b"").replace(b',"SM"', b"")
        world.modem.restart()
        await asyncio.sleep(2400)  # the set has expired by now
        assert world.alive(), world.death()
        assert await world.ask("ping") == "OK pong"
        world.board.port.twist = lambda octets: octets
        world.modem.restart()
        await asyncio.sleep(3600)

    live(tmp_path, story, wrap=Twist)


def test_a_segment_that_somebody_else_deleted_does_not_cost_the_text_that_came_to_its_place(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(100)  # so that no sweep comes just when the set expires
        first = segments("x" * 200, ref=7)[0]
        scts = datetime(2026, 3, 14, tzinfo=UTC)
        world.network.submit(
            world.modem, encode_deliver(oa=Address(OPERATOR), scts=scts, payload=first.ud, header=first.udh)
        )
        await world.until(world.stored)
        await asyncio.sleep(60)
        store = world.modem.sms.store
        for index, _ in store.items("ME"):
            store.delete("ME", index)
        waiting = [world.sign("ping")]

        def heard(octets: bytes) -> bool:
            if b'"SM"' in octets and _now_s() > 2000 and waiting:
                world.text(waiting.pop().sms)  # while the other store is read; the set has expired by now
            return True

        world.board.port.heard = heard
        await asyncio.sleep(3600)
        assert [text.endswith("OK pong") for _, text in world.network.sent] == [True]

    live(tmp_path, story, wrap=Twist)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_card_that_was_busy_when_the_stores_were_asked_for_costs_none_of_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mems = list(world.agent.modem.mems)
        busy = [True]

        def twist(octets: bytes) -> bytes:
            if octets.startswith(b'\r\n+CPMS: ("') and busy:
                busy.pop()
                return b"\r\n+CMS ERROR: 314\r\n"
            return octets

        world.board.port.twist = twist
        world.modem.restart()
        await asyncio.sleep(120)
        assert not busy
        assert world.agent.modem.mems == mems

    live(tmp_path, story, wrap=Twist)


def test_a_radio_that_was_left_off_is_switched_on_at_boot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        await world.board.port.write(b"AT+CFUN=4\r")
        await asyncio.sleep(5)
        world.start()
        await asyncio.sleep(30)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


def test_a_restart_that_nobody_announced_is_noticed_at_the_next_sweep(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.restart()
        await asyncio.sleep(1000)
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 1, 10)

    live(tmp_path, story, name="generic")


def test_a_registration_stat_that_has_no_name_here_harms_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: octets.replace(b"REG: 1,1", b"REG: 1,12").replace(b": 0,1", b": 0,99")
        assert " reg=unknown " in await world.ask("status")
        world.modem.urc("+CREG: 12")
        world.board.port.port.pump()
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, wrap=Twist)


def test_a_sim_that_takes_its_time_does_not_end_in_a_watchdog_reset(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        port = world.board.port
        line = [b""]
        port.heard = lambda octets: bool(line.__setitem__(0, octets)) or True
        port.twist = lambda octets: octets.replace(b"+CPIN: READY", b"+CPIN: BUSY")
        world.modem.restart()
        await asyncio.sleep(95)
        port.twist = lambda octets: octets.replace(b"OK", b"ERROR") if b"CMGF" in line[0] else octets
        await asyncio.sleep(90)
        port.twist = lambda octets: octets
        await world.ask("ping")
        assert world.board.unfed_ms < 8000

    live(tmp_path, story, wrap=Twist)


def test_a_store_fuller_than_one_listing_is_emptied_at_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        for _ in range(200):
            world.text("junk")
        await world.until(lambda: not world.network.waiting, 3000)
        world.start()
        await world.until(lambda: not world.stored(), 120)

    live(tmp_path, story, name="bg95")


def test_a_lost_journal_stays_lost_when_something_writes_a_new_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 1)
        await world.stop()
        for slot in (0, 1):
            (tmp_path / f"journal.{slot}").write_bytes(b"torn")
        world.start()
        world.agent.journal.save()
        await world.stop()
        world.start()
        await asyncio.sleep(30)
        world.text(command.sms)
        await asyncio.sleep(30)
        assert len(world.network.sent) == 1

    live(tmp_path, story)


def test_a_modem_that_falters_during_a_roll_back_is_no_reason_for_another_apn(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.network.apns[""] = Offer()  # as most networks do: the subscription's default
        world.text(world.sign("apn set wrong").sms)
        refused = [False]

        def twist(octets: bytes) -> bytes:
            if b"+CGDCONT" in refused_line[0] and world.agent.apn.phase == ROLLBACK and not refused[0]:
                refused[0] = True
                return octets.replace(b"OK", b"ERROR")
            return octets

        refused_line = [b""]
        world.board.port.twist = twist
        world.board.port.heard = lambda octets: bool(refused_line.__setitem__(0, octets)) or True
        await world.until(lambda: len(world.network.sent) == 2, 3000)
        assert refused[0]
        assert world.network.sent[1][1].endswith("E42 txn=1 cause=unknown-apn ceer=27")
        assert not any("fallback" in line for line in world.log)

    live(tmp_path, story, wrap=Twist)


def test_after_a_restart_no_index_from_before_it_is_deleted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        late = bytearray()

        def hold(octets: bytes) -> bytes:
            # the listing is late; meanwhile the modem restarts, and its own store gets a text at the same index
            if b"+CMGL: 1," in octets and not late:
                asyncio.get_running_loop().call_soon(world.modem.restart)
                world.text(world.sign("apn").sms)
            elif not late:
                return octets
            late.extend(octets)
            if b'+CMTI: "SM",1' not in late:
                return b""
            world.board.port.twist = lambda octets: octets
            return bytes(late)

        world.board.port.twist = hold
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 2, 120)

    live(tmp_path, story, name="sim7080", wrap=Twist)


def test_texts_are_served_in_the_order_they_were_sent_whatever_their_index(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        old, new = world.sign("apn set iot"), world.sign("apn set iot")
        for command, second in ((new, 2), (old, 1)):
            scts = datetime(2026, 3, 14, 0, 0, second, tzinfo=UTC)
            world.network.submit(world.modem, encode_deliver(oa=Address(OPERATOR), scts=scts, text=command.sms))
        await world.until(lambda: not world.network.waiting)
        world.start()
        await world.until(lambda: len(world.network.sent) == 2, 60)
        assert [world.verified(i, command) for i, command in enumerate((old, new))] == ["OK apn=iot unchanged"] * 2

    live(tmp_path, story)
