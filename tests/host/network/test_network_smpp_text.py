"""What an ESME writes is what the device reads, and the other way round: codings, headers, segments."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from network_world import World
from smpp_rig import DEVICE, RECEIVER, Esme, play, sar, tlv

from mtmo_host.network.smpp import SmppServer
from mtmo_host.sms import gsm7
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.tpdu import Deliver
from mtmo_host.sms.udh import concat_ie, encode_udh

OK, RINVMSGLEN, RSUBMITFAIL, RINVPARLEN, RINVOPTPARAMVAL = 0, 0x01, 0x45, 0xC2, 0xC4
UCS2 = "utf-16-be"


async def taken(world: World, esme: Esme, octets: bytes, **more: object) -> list[Deliver]:
    """What one submit_sm brings the device, which must be taken."""
    before = len(world.first.taken)
    answer = await esme.submit(octets, **more)
    assert answer.status == OK, (octets, more, answer)
    world.first.settle()
    return world.first.delivered[before:]


def test_a_text_reaches_the_device_in_the_coding_of_smpp() -> None:
    """(data_coding, octets, text or None for data, TP-DCS): SMPP 3.4 §5.2.19, TS 23.038 §4."""
    table = (
        (0x00, b"\x00 \x1b\x65 \x10", "@ € Δ", 0x00),
        (0x01, b"@ [`", "@ [`", 0x08),  # the GSM alphabet has no grave accent
        (0x01, b"@ []\r\n", "@ []\r\n", 0x00),
        (0x02, b"\x00\xff", None, 0x04),
        (0x03, "für Öl à".encode("latin-1"), "für Öl à", 0x00),
        (0x03, "ça".encode("latin-1"), "ça", 0x08),
        (0x04, b"\x00\xff", None, 0x04),
        (0x06, "статус".encode("iso8859-5"), "статус", 0x08),
        (0x07, "מצב".encode("iso8859-8"), "מצב", 0x08),
        (0x08, "温度 🙂".encode(UCS2), "温度 🙂", 0x08),
        (0xC8, b"mail", "mail", 0xC8),  # voice mail waiting, discard the text
        (0xD9, b"fax", "fax", 0xD9),
        (0xEA, "почта".encode(UCS2), "почта", 0xEA),
        (0xF0, b"flash \x02", "flash $", 0xF0),
        (0xF1, b"to the ME", "to the ME", 0xF1),
        (0xF6, b"\x80\x00", None, 0xF6),
    )

    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        for coding, octets, text, dcs in table:
            (deliver,) = await taken(world, esme, octets, coding=coding)
            assert (deliver.text, deliver.dcs) == (text, dcs), hex(coding)
            if text is None:
                assert deliver.ud.payload == octets, hex(coding)

    play(scenario)


def test_a_coding_that_names_no_octets_is_refused_and_nothing_is_stored() -> None:
    known = {0, 1, 2, 3, 4, 6, 7, 8, *range(0xC0, 0x100)}

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        for coding in range(256):
            answer = await esme.submit(b"ab", coding=coding)
            assert answer.status == (OK if coding in known else RSUBMITFAIL), hex(coding)
        assert len(world.store.messages.of_endpoint(world.one.id)) == len(known)

    play(scenario)


@pytest.mark.parametrize(
    ("coding", "octets", "status"),
    [
        (0x00, "für Öl".encode("latin-1"), RSUBMITFAIL),
        (0x00, b"x" * 200 + b"\x80", RSUBMITFAIL),
        (0xF0, b"\xe9", RSUBMITFAIL),
        (0xC8, b"\xe9", RSUBMITFAIL),
        (0x01, b"\xe9", RSUBMITFAIL),
        (0x01, b"\x00 \x1b\x65", RSUBMITFAIL),  # node-smpp's way of "@ €"
        (0x03, b"5 \x80", RSUBMITFAIL),  # Windows-1252
        (0x07, b"\xbf", RSUBMITFAIL),  # an open place of ISO 8859-8
        (0x08, b"\x04", RINVMSGLEN),
        (0xE8, b"\x04\x10\x04", RINVMSGLEN),
        (0x08, b"\xd8\x00" * 100, RSUBMITFAIL),  # half characters, and to be cut by us
        (0xF0, b"x" * 161, RINVMSGLEN),
        (0x04, bytes(141), RINVMSGLEN),
    ],
)
@pytest.mark.parametrize("esm", [0x00, 0x40])
def test_octets_that_the_coding_does_not_have_are_refused_and_never_masked(
    coding: int, octets: bytes, status: int, esm: int
) -> None:
    header = bytes.fromhex("050003070201") if esm else b""
    if esm and len(octets) >= 140:
        status = RINVMSGLEN if octets.isascii() or coding in (4, 8) else status

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        assert (await esme.submit(header + octets, coding=coding, esm=esm)).status == status
        assert world.store.messages.of_endpoint(world.one.id) == []

    play(scenario)


def cuts(octets: bytes, room: int, step: int, seed: int) -> list[bytes]:
    """Any split: lengths by chance up to `room`, multiples of `step`, without regard for escapes and surrogates."""
    chance = random.Random(seed)
    pieces = []
    while octets:
        size = chance.randint(1, room // step) * step
        pieces.append(octets[:size])
        octets = octets[size:]
    return pieces


GSM_TEXT = "€[]{}~|\\^@Δ_£ABC xyz 123" * 9
UCS2_TEXT = "🙂温度🙂🙂 ок" * 24


def splits() -> Iterator[tuple[str, int, bytes, int, str | None]]:
    yield "septets", 0x00, gsm7.encode(GSM_TEXT), 1, GSM_TEXT
    yield "class 1", 0xF1, gsm7.encode(GSM_TEXT), 1, GSM_TEXT
    yield "UCS2", 0x08, UCS2_TEXT.encode(UCS2), 2, UCS2_TEXT
    yield "data", 0x04, bytes(range(256)) + bytes(150), 1, None


@pytest.mark.parametrize("form", ["8-bit reference", "16-bit reference", "sar", "sar 16-bit", "message_payload"])
@pytest.mark.parametrize("case", list(splits()), ids=lambda case: case[0])
def test_segments_cut_by_somebody_else_go_octet_for_octet(
    case: tuple[str, int, bytes, int, str | None], form: str
) -> None:
    _, coding, octets, step, text = case
    wide = "16" in form
    ref = 0x1234 if wide else 0x34
    septets = coding in (0x00, 0xF1)
    room = (152 if wide else 153) if septets else (133 if wide else 134)

    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        for seed in range(3):
            pieces = cuts(octets, room, step, seed)
            if seed == 0:  # and each as long as it can be
                size = room // step * step
                pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
            assembler, joined = Assembler(), None
            for seq, piece in enumerate(pieces, 1):
                header = encode_udh([concat_ie(ref, len(pieces), seq, 16 if wide else 8)])
                if form.startswith("sar"):
                    (deliver,) = await taken(world, esme, piece, coding=coding, tlvs=sar(ref, len(pieces), seq))
                elif form == "message_payload":
                    payload = tlv(0x0424, header + piece)
                    (deliver,) = await taken(world, esme, b"", coding=coding, esm=0x40, tlvs=payload)
                else:
                    (deliver,) = await taken(world, esme, header + piece, coding=coding, esm=0x40)
                assert (deliver.ud.header, deliver.ud.payload, deliver.dcs) == (header, piece, coding)
                joined = assembler.feed("esme", deliver.ud, 0.0)
            assert joined is not None
            assert (joined.text, joined.payload) == (text, octets)

    play(scenario)


def test_a_segment_in_latin_letters_keeps_the_alphabet_of_its_neighbours() -> None:
    """Each segment of 1 and 3 goes in septets, of 6 and 7 in UCS2, whatever stands in it; else it is refused."""
    header = bytes.fromhex("050003070201")
    table = (
        (0x01, b"ascii", OK, 0x00),
        (0x01, b"`", RSUBMITFAIL, None),
        (0x03, "Öl".encode("latin-1"), OK, 0x00),
        (0x03, "ça".encode("latin-1"), RSUBMITFAIL, None),
        (0x06, b"ascii", OK, 0x08),
        (0x07, b"ascii", OK, 0x08),
    )

    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        for coding, octets, status, dcs in table:
            before = len(world.first.taken)
            assert (await esme.submit(header + octets, coding=coding, esm=0x40)).status == status, (coding, octets)
            world.first.settle()
            assert [deliver.dcs for deliver in world.first.delivered[before:]] == ([] if dcs is None else [dcs])

    play(scenario)


def test_sar_parameters_join_a_header_that_does_not_concatenate() -> None:
    ports = bytes.fromhex("06 05 04 0B84 23F0")
    own = bytes.fromhex("05 00 03 99 02 01")
    table = (  # header in short_message, sar_*, header on the air
        (b"", sar(7, 2, 1), bytes.fromhex("05 00 03 07 02 01")),
        (b"", sar(255, 2, 2), bytes.fromhex("05 00 03 FF 02 02")),
        (b"", sar(256, 2, 1), bytes.fromhex("06 08 04 0100 02 01")),
        (b"", sar(7, 2, 1)[:-5], b""),  # one of three: "otherwise this parameter shall be ignored" (§5.3.2.22)
        (ports, sar(7, 2, 1), bytes.fromhex("0B 00 03 07 02 01 05 04 0B84 23F0")),
        (own, sar(7, 2, 1), own),
    )

    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        for header, tlvs, expected in table:
            esm = 0x40 if header else 0
            (deliver,) = await taken(world, esme, header + b"text", esm=esm, tlvs=tlvs)
            assert (deliver.ud.header, deliver.text) == (expected, "text")
        for tlvs, status in (
            (sar(7, 2, 3), RINVOPTPARAMVAL),
            (sar(7, 2, 0), RINVOPTPARAMVAL),
            (sar(7, 0, 0), RINVOPTPARAMVAL),
            (tlv(0x020C, b"\1") + sar(7, 2, 1)[6:], RINVPARLEN),
        ):
            assert (await esme.submit(b"text", tlvs=tlvs)).status == status

    play(scenario)


def test_a_user_data_header_that_is_none_is_refused() -> None:
    table = (
        (b"", RINVMSGLEN),
        (b"\x05\x00", RINVMSGLEN),
        (b"\xff" + b"x" * 100, RINVMSGLEN),
        (bytes.fromhex("05 00 04 07 02 01") + b"text", RSUBMITFAIL),  # an element longer than the header
        (bytes.fromhex("06 00 03 07 02 01 00") + b"text", RSUBMITFAIL),  # half an element behind one
        (bytes.fromhex("01 00") + b"text", RSUBMITFAIL),
        (bytes.fromhex("05 00 03 07 02 01") + b"x" * 154, RINVMSGLEN),
        (bytes.fromhex("05 00 03 07 02 01") + b"x" * 153, OK),
        (bytes.fromhex("06 08 04 0007 02 01") + b"x" * 153, RINVMSGLEN),
        (bytes.fromhex("06 08 04 0007 02 01") + b"x" * 152, OK),
    )

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        for octets, status in table:
            assert (await esme.submit(octets, esm=0x40)).status == status, octets

    play(scenario)


def test_a_national_alphabet_named_in_the_header_is_left_to_the_device() -> None:
    header = bytes.fromhex("03 25 01 01")  # locking shift table Turkish

    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        (deliver,) = await taken(world, esme, header + gsm7.encode("ığ", 1), esm=0x40)
        assert (deliver.text, world.store.messages.of_endpoint(world.one.id)[0].payload) == ("ığ", "ığ")

    play(scenario)


def test_a_long_message_payload_is_cut_by_the_network() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        for coding, octets, text in (
            (0x00, gsm7.encode(GSM_TEXT), GSM_TEXT),
            (0x03, ("Ä" * 300).encode("latin-1"), "Ä" * 300),
            (0x08, UCS2_TEXT.encode(UCS2), UCS2_TEXT),
        ):
            assembler, joined = Assembler(), None
            for deliver in await taken(world, esme, b"", coding=coding, tlvs=tlv(0x0424, octets)):
                joined = assembler.feed("", deliver.ud, 0.0)
            assert joined is not None
            assert joined.text == text
            assert joined.total > 1
        assert (await esme.submit(b"both", tlvs=tlv(0x0424, b"both"))).status == RINVMSGLEN

    play(scenario)


def test_an_mo_reaches_the_esme_in_the_coding_of_smpp() -> None:
    """(TP-DCS, septets or octets, data_coding): below 0xC0 SMPP's own list, from there TS 23.038."""
    table = (
        (0x00, b"\x1b\x65 \x00", 0x00),
        (0x04, b"\x80\xff", 0x04),
        (0x08, "ок".encode(UCS2), 0x08),
        (0x10, b"class 0", 0xF0),
        (0x13, b"class 3", 0xF3),
        (0x15, b"\x80", 0xF5),
        (0x19, "ок".encode(UCS2), 0x08),
        (0x20, b"\x81\x82", 0x04),  # compressed text: octets
        (0x28, b"\x81\x82\x83", 0x04),
        (0x40, b"auto-delete", 0x00),
        (0xC8, b"waiting", 0xC8),
        (0xE0, "ок".encode(UCS2), 0xE0),
        (0xF1, b"class 1", 0xF1),
        (0xF6, b"\x80", 0xF6),
    )
    header = bytes.fromhex("050003070201")

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server, RECEIVER)
        for dcs, payload, coding in table:
            for udh in (b"", header):
                assert world.first.send("12345", None, payload=payload, header=udh, dcs=dcs).ok
                got = await esme.deliver_sm()
                assert (got.data_coding, got.message, got.esm_class) == (coding, udh + payload, 0x40 if udh else 0)
                assert (got.source, got.dest, got.tlvs) == (DEVICE.encode(), b"12345", {})

    play(scenario)
