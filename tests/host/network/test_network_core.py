"""Routing and delivery of the network, on a hand-turned clock (network.md §1.4)."""

from __future__ import annotations

import pytest
from network_world import START, World

from mtmo_host.emulator.radio import Auth, PdpRequest
from mtmo_host.network.core import FieldError, UnknownEndpoint
from mtmo_host.network.schema import (
    BUFFERED,
    CANCELED,
    DELIVERED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    MO,
    PENDING,
)
from mtmo_host.sms.tpdu import decode_status_report


@pytest.fixture
def world() -> World:
    return World()


def test_an_mt_reaches_an_attached_device_with_its_source_and_time(world: World) -> None:
    world.first.attach()
    sms = world.core.submit_mt(world.one.id, "status", source_address="12345")
    assert world.status(sms) == PENDING
    world.first.settle()
    (deliver,) = world.first.delivered
    assert (deliver.oa.number, deliver.oa.ton, deliver.text) == ("12345", 2, "status")
    assert deliver.scts.time is not None
    assert deliver.scts.time.timestamp() == START
    message = world.message(sms)
    assert (message.status_id, message.delivery_date, message.final_date) == (DELIVERED, START, START)


@pytest.mark.parametrize(
    ("source", "kind", "number", "ton"),
    [
        ("12345", None, "12345", 2),
        ("EMnify", None, "EMnify", 5),
        ("491511234567", None, "+491511234567", 1),
        ("+491511234567", None, "+491511234567", 1),
        ("12345", 145, "+12345", 1),
        ("01511234567", 161, "01511234567", 2),
        ("12345", 208, "12345", 5),
        (None, None, "EMnify", 5),
    ],
)
def test_the_source_address_goes_on_the_air_as_asked(
    world: World, source: str | None, kind: int | None, number: str, ton: int
) -> None:
    world.first.attach()
    world.core.submit_mt(world.one.id, "x", source_address=source, source_address_type=kind)
    world.first.settle()
    assert (world.first.delivered[0].oa.number, world.first.delivered[0].oa.ton) == (number, ton)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"source_address": "123456789012345678"}, "source_address"),
        ({"source_address": "12a45", "source_address_type": 145}, "source_address"),
        ({"source_address": "TwelveLetters"}, "source_address"),
        ({"source_address": "名前"}, "source_address"),
        ({"source_address": "1", "source_address_type": 7}, "source_address_type"),
        ({"payload": "zz", "dcs": 4}, "payload"),
        ({"payload": "x" * 161, "udh": bytes.fromhex("050003CC0201")}, "payload"),
        ({"payload": "x" * 5000}, "payload"),
        ({"expiry_date": START - 1}, "expiry_date"),
    ],
)
def test_an_mt_that_cannot_be_sent_is_refused_by_field(world: World, values: dict[str, object], field: str) -> None:
    payload = str(values.pop("payload", "x"))
    with pytest.raises(FieldError) as caught:
        world.core.submit_mt(world.one.id, payload, **values)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_an_mt_to_an_unknown_device_is_refused(world: World) -> None:
    with pytest.raises(UnknownEndpoint):
        world.core.submit_mt(1, "x")


def test_a_header_that_the_receiver_will_ignore_is_carried_as_it_is(world: World) -> None:
    world.first.attach()
    header = bytes.fromhex("05C01B0200A5")
    sms = world.core.submit_mt(world.one.id, "Pin 4711", udh=header)
    world.first.settle()
    (deliver,) = world.first.delivered
    assert (deliver.ud.header, deliver.ud.elements, deliver.text) == (header, (), "Pin 4711")
    assert world.status(sms) == DELIVERED


def test_a_long_text_goes_in_segments_one_after_the_other(world: World) -> None:
    world.first.attach()
    world.first.silent = True
    sms = world.core.submit_mt(world.one.id, "a" * 400)
    world.core.advance()
    assert len(world.first.taken) == 1
    world.first.silent = False
    world.first.settle()
    pieces = world.first.delivered
    assert [(piece.concat.seq, piece.concat.total) for piece in pieces if piece.concat] == [(1, 3), (2, 3), (3, 3)]
    assert "".join(piece.text or "" for piece in pieces) == "a" * 400
    assert [piece.mms for piece in pieces] == [True, True, False]
    assert world.status(sms) == DELIVERED


def test_text_beyond_gsm7_goes_as_ucs2_and_octets_as_8_bit(world: World) -> None:
    world.first.attach()
    world.core.submit_mt(world.one.id, "温度 😀")
    world.core.submit_mt(world.one.id, "00FF80", dcs=4)
    world.first.settle()
    text, data = world.first.delivered
    assert (text.dcs, text.text) == (8, "温度 😀")
    assert (data.dcs, data.ud.payload) == (4, b"\x00\xff\x80")


def test_an_mt_for_an_absent_device_is_buffered_and_goes_at_once_when_it_attaches(world: World) -> None:
    sms = world.core.submit_mt(world.one.id, "hello")
    world.core.advance()
    assert world.status(sms) == BUFFERED
    world.pass_time(3600)
    world.first.attach()
    assert world.status(sms) == DELIVERED
    assert world.message(sms).delivery_date == START + 3600


def test_a_full_store_buffers_and_is_tried_again_with_back_off_and_when_there_is_room(world: World) -> None:
    world.first.attach()
    world.first.answer = 22
    sms = world.core.submit_mt(world.one.id, "hello")
    world.first.settle()
    message = world.message(sms)
    assert (message.status_id, message.retry_count, message.gsm_map_error) == (BUFFERED, 1, "Memory capacity exceeded")
    world.pass_time(60)
    attempts = len(world.first.taken)
    assert 3 <= attempts <= 5
    world.first.answer = None
    world.first.attach()  # RP-SMMA
    assert world.status(sms) == DELIVERED


def test_a_device_that_never_answers_gets_the_message_again_after_the_time_out(world: World) -> None:
    world.first.attach()
    world.first.silent = True
    sms = world.core.submit_mt(world.one.id, "hello")
    world.core.advance()
    assert world.status(sms) == IN_PROGRESS
    world.pass_time(100)
    assert len(world.first.taken) == 2
    assert world.first.taken[0] == world.first.taken[1]  # the same SMS, time stamp included


def test_a_late_answer_to_an_old_attempt_is_not_the_answer_to_the_new_one(world: World) -> None:
    world.first.attach()
    world.first.silent = True
    sms = world.core.submit_mt(world.one.id, "hello")
    world.pass_time(100)
    old = world.first.waiting[0]
    world.core.mt_result(world.first, old, None)  # type: ignore[arg-type]
    assert world.status(sms) == IN_PROGRESS


def test_a_protocol_error_ends_the_message_and_lets_the_next_one_pass(world: World) -> None:
    world.first.attach()
    world.first.answer = 96
    bad = world.core.submit_mt(world.one.id, "bad")
    world.first.settle()
    world.first.answer = None
    good = world.core.submit_mt(world.one.id, "good")
    world.first.settle()
    assert (world.status(bad), world.status(good)) == (FAILED, DELIVERED)


def test_an_mt_expires_after_24_hours_by_default(world: World) -> None:
    sms = world.core.submit_mt(world.one.id, "hello")
    world.pass_time(86_399)
    assert world.status(sms) == BUFFERED
    world.pass_time(2)
    assert world.status(sms) == EXPIRED
    world.first.attach()
    assert not world.first.taken


def test_a_canceled_mt_is_never_delivered(world: World) -> None:
    sms = world.core.submit_mt(world.one.id, "hello")
    assert world.core.cancel(sms)
    assert not world.core.cancel(sms)
    world.first.attach()
    assert world.status(sms) == CANCELED
    assert not world.first.taken


def test_an_mo_to_a_short_code_is_the_applications(world: World) -> None:
    seen = []
    world.core.listen(seen.append)
    result = world.first.send("12345", "OK t=21")
    assert (result.ok, len(result.scts)) == (True, 7)
    (message,) = world.store.messages.of_endpoint(world.one.id)
    assert (message.sms_type, message.payload, message.dest_address) == (MO, "OK t=21", "12345")
    assert message.status_id == DELIVERED
    assert [event.kind for event in seen] == ["mo"]


def test_an_mo_whose_header_does_not_fit_is_a_text_of_one_part(world: World) -> None:
    header = bytes.fromhex("08000301020105040B")  # a segment 1 of 2, if its last element fitted
    assert world.first.send("12345", "OK t=21", header=header).ok
    (message,) = world.store.messages.of_endpoint(world.one.id)
    assert (message.payload, message.udh) == ("OK t=21", header.hex().upper())
    assert (message.segments, message.concat_ref, message.concat_seq) == (1, None, None)


def test_an_mo_to_another_device_reaches_it_from_the_senders_number(world: World) -> None:
    world.second.attach()
    world.first.send("+423663921520532", "温度?", ton=1, dcs=8)
    sent = world.store.messages.of_endpoint(world.one.id)[0]
    assert sent.status_id == BUFFERED
    world.second.settle()
    (deliver,) = world.second.delivered
    assert (deliver.oa.number, deliver.text) == ("+423663921520531", "温度?")
    assert world.status(sent.id) == DELIVERED


def test_the_seventh_p2p_message_within_a_minute_is_held_until_the_window_opens(world: World) -> None:
    world.first.attach()
    for number in range(7):
        world.core.phone_send("491511234567", f"text {number}", "unit-1")
    a2p = world.core.submit_mt(world.one.id, "a2p")
    world.first.settle()
    assert [deliver.text for deliver in world.first.delivered] == [*(f"text {n}" for n in range(6)), "a2p"]
    assert world.status(a2p) == DELIVERED
    world.pass_time(59)
    assert len(world.first.delivered) == 7
    world.pass_time(1.1)
    assert world.first.delivered[-1].text == "text 6"


def test_the_p2p_window_survives_a_restart(world: World) -> None:
    world.first.attach()
    for number in range(7):
        world.core.phone_send("491511234567", f"text {number}", "unit-1")
    world.first.settle()
    again = World.__new__(World)
    again.__dict__.update(world.__dict__)
    World.__init__(again, world.store)
    again.first.attach()
    assert not again.first.taken


def test_a_status_report_comes_when_the_mo_has_been_delivered(world: World) -> None:
    world.first.attach()
    world.first.send("12345", "x", srr=True, mr=7)
    world.first.settle()
    report = decode_status_report(world.first.taken[0])
    assert (report.mr, report.ra.number, report.st) == (7, "12345", 0)
    world.first.send("+423663921520532", "y", ton=1, srr=True, mr=8)
    world.first.settle()
    assert len(world.first.taken) == 1
    world.second.attach()
    world.first.settle()
    report = decode_status_report(world.first.taken[1])
    assert (report.mr, report.ra.number, report.delivered) == (8, "+423663921520532", True)


def test_p2p_that_is_switched_off_is_refused_with_an_rp_cause(world: World) -> None:
    world.core.policy.p2p_int = world.core.policy.p2p_ext = False
    assert world.first.send("+423663921520532", "x", ton=1).cause == 50
    assert world.first.send("+491511234567", "x", ton=1).cause == 50
    assert world.first.send("12345", "x").ok


def test_rubbish_instead_of_a_submit_is_a_protocol_error(world: World) -> None:
    for tpdu in (b"", b"\x01", b"\x00" * 20, b"\x01\x00\xff\x91"):
        assert world.core.mo_submit(world.first, tpdu).cause == 111  # type: ignore[arg-type]


def test_a_sim_that_is_not_on_the_platform_gets_nothing(world: World) -> None:
    world.first.sim.imsi = "001010000000001"
    world.first.attach()
    assert world.first.send("12345", "x").cause == 30
    assert world.core.activate(world.first, PdpRequest(1)).cause == 33  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "ok", "cause"),
    [
        (PdpRequest(1, apn="em"), True, 0),
        (PdpRequest(1, apn="IoT.1nce.net"), True, 0),
        (PdpRequest(1), True, 0),
        (PdpRequest(1, apn="wrong"), False, 27),
        (PdpRequest(1, apn="closed", auth=Auth.CHAP, user="u", password="p"), True, 0),
        (PdpRequest(1, apn="closed", auth=Auth.CHAP, user="u", password="x"), False, 29),
        (PdpRequest(1, apn="closed"), False, 29),
    ],
)
def test_access_points_are_a_matter_of_policy(world: World, request_: PdpRequest, ok: bool, cause: int) -> None:
    world.core.policy.apns |= {"closed"}
    world.core.policy.apn_logins["closed"] = ("u", "p")
    result = world.core.activate(world.first, request_)  # type: ignore[arg-type]
    assert (result.ok, result.cause) == (ok, cause)
    if ok:
        assert result.address.startswith("10.")


def test_what_was_in_the_air_when_the_process_died_goes_again(world: World) -> None:
    world.first.attach()
    world.first.silent = True
    sms = world.core.submit_mt(world.one.id, "a" * 300)
    world.core.advance()
    world.core.mt_result(world.first, world.first.waiting.pop(), None)  # type: ignore[arg-type]
    world.core.advance()
    assert world.status(sms) == IN_PROGRESS
    again = World(world.store)
    assert again.status(sms) == PENDING
    again.first.attach()
    assert [deliver.concat.seq for deliver in again.first.delivered if deliver.concat] == [2]
    assert again.status(sms) == DELIVERED
