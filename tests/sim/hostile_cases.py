"""Texts of somebody hostile, as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from world import IMEI, MASTER, OPERATOR, World

from mtmo_host.sms import sc1
from mtmo_host.sms.address import TON_ALPHANUMERIC, TON_INTERNATIONAL, TON_NATIONAL, TON_UNKNOWN, Address
from mtmo_host.sms.tpdu import encode_deliver

NUMBER = Address("+491511234567", TON_INTERNATIONAL)


SCTS = datetime(2026, 4, 1, tzinfo=UTC)


SERVED = Address(OPERATOR)


@dataclass
class Case:
    """One attack: `send(world)` carries it out; it may cost `mo` texts and `writes` flash writes."""

    number: str
    name: str
    send: Callable[[World], Any]
    mo: int = 0
    writes: int = 0
    wait_s: int = 30


def signed(world: World, body: str = "ping", **options: Any) -> str:
    return world.sign(body, **options).sms


def text(words: str, oa: Address = SERVED) -> Callable[[World], None]:
    return lambda world: world.text(words, oa)


def signed_from(oa: Address) -> Callable[[World], None]:
    return lambda world: world.text(signed(world), oa)


def pdu(*tpdus: bytes) -> Callable[[World], None]:
    def send(world: World) -> None:
        for tpdu in tpdus:
            world.network.submit(world.modem, tpdu)

    return send


def deliver(words: str | None = None, **fields: Any) -> bytes:
    fields.setdefault("oa", SERVED)
    return encode_deliver(scts=SCTS, text=words, **fields)


def built(make: Callable[[World], bytes]) -> Callable[[World], None]:
    return lambda world: world.network.submit(world.modem, make(world))


def changed(change: Callable[[str], str], body: str = "ping") -> Callable[[World], None]:
    return lambda world: world.text(change(signed(world, body)))


def part(ref: int, total: int, seq: int, words: str = "ping", oa: Address = SERVED) -> bytes:
    return deliver(words, header=bytes((5, 0, 3, ref, total, seq)), oa=oa)


def other_key(world: World, *, imei: str = IMEI, kid: str = "A", epoch: int = 1, master: bytes = MASTER) -> str:
    keys = sc1.SlotKeys(sc1.derive_device_key(master, imei, kid, epoch))
    return sc1.sign(keys, imei, kid, 5000, "reboot", False).sms


def every_flip(world: World) -> None:
    sms = signed(world, "apn set em")
    for i in range(len(sms)):
        world.text(sms[:i] + (chr(ord(sms[i]) ^ 1).replace("`", "@")) + sms[i + 1 :])
        world.text(sms[:i] + sms[i + 1 :])


def replay(world: World) -> None:
    sms = signed(world)
    for _ in range(6):
        world.text(sms)


def many(count: int, oa: Address, words: str = "hello") -> Callable[[World], None]:
    def send(world: World) -> None:
        for _ in range(count):
            world.text(words, oa)

    return send


def junk_around_a_good_one(world: World) -> None:
    for i in range(100):
        world.text("junk", NUMBER)
        if i == 50:
            world.text(signed(world))


def half_by_another(world: World) -> None:
    sms = signed(world, "reboot")
    world.network.submit(world.modem, part(7, 2, 1, sms[:20]))
    world.network.submit(world.modem, part(7, 2, 2, sms[20:], NUMBER))
    world.network.submit(world.modem, part(7, 2, 2, sms[20:], Address(OPERATOR, TON_ALPHANUMERIC, 0)))


def say_urcs(*lines: str) -> Callable[[World], None]:
    def send(world: World) -> None:
        for line in lines:
            world.modem.urc(line)
        world.board.port.pump()

    return send


def queued(world: World) -> None:
    for _ in range(20):
        world.text(signed(world))


def older_write(world: World) -> None:
    old, new = world.sign("apn set iot"), world.sign("apn set iot")
    world.text(new.sms)
    asyncio.get_running_loop().call_later(10, world.text, old.sms)  # both at once are served by their counters


def older_read(world: World) -> None:
    old, new = world.sign("ping"), world.sign("ping")
    world.text(new.sms)
    world.text(old.sms)
    world.text(old.sms)


WHOLE = deliver("ping")


EXPIRED_S = 3800  # sets expire after 30 minutes, looked at every 15


CASES = [
    Case("01", "a spoofed number, unsigned reboot", text("reboot")),
    Case("02", "letters that spell the number", signed_from(Address(OPERATOR, TON_ALPHANUMERIC, 0))),
    Case("03", "the digits as a national number", signed_from(Address("015112345678", TON_NATIONAL))),
    Case("03", "the digits as an unknown number", signed_from(Address("4915112345678", TON_UNKNOWN))),
    Case("04", "no OA", built(lambda world: bytes.fromhex("0400D0") + deliver(signed(world))[6:])),
    Case("05", "one digit more", signed_from(Address(OPERATOR + "6"))),
    Case("05", "one digit less", signed_from(Address(OPERATOR[:-1]))),
    Case("05", "the number inside another", signed_from(Address("9" + OPERATOR + "9"))),
    Case("12", "six times the same, at once", replay, mo=3, writes=7, wait_s=60),
    Case("14", "for another device", lambda world: world.text(other_key(world, imei="356938035643810"))),
    Case("15", "an answer reflected as a command", text("*A18.9TAGVHY5RGTZG OK pong")),
    Case("16", "every character flipped or left out", every_flip, wait_s=120),
    Case("17", "; reboot behind it", changed(lambda sms: sms + " ;reboot")),
    Case("17", "words behind it", changed(lambda sms: sms + " Buy now!")),
    Case("18", "without the header", changed(lambda sms: sms.split(" ", 1)[1], "reboot")),
    Case("19", "an older write behind a newer one: E21 once", older_write, mo=2, writes=3),
    Case("19", "an older read, twice", older_read, mo=3, writes=8, wait_s=60),
    *[
        Case("20", f"counter {ctr}", text(f"*A{ctr}.22CDX6MYSKTB4 reboot"))
        for ctr in ("0", "018", "12345678901", "4294967296")
    ],
    Case("20", "a digit of another script", pdu(deliver("*A٣.22CDX6MYSKTB4 reboot", dcs=8))),
    Case("21", "a PIN", text("#1234 reboot")),
    Case("22", "! for the blank", changed(lambda sms: sms.replace(" ", "!", 1))),
    Case("22", "a blank for the !", lambda world: world.text(signed(world, encrypted=True).replace("!", " "))),
    Case("23", "a wrong MAC", text("*A500.22CDX6MYSKTB4 ping")),
    Case("23", "an unknown sender", text("*A500.22CDX6MYSKTB4 ping", NUMBER)),
    Case("23", "an unknown slot", text("*B500.22CDX6MYSKTB4 ping")),
    Case("24", "a tag wrong in its last character", changed(lambda sms: sms[: sms.index(" ") - 1] + "0 ping")),
    Case("25", "an epoch that is not valid yet", lambda world: world.text(other_key(world, epoch=2))),
    Case("28", "another fleet's key", lambda world: world.text(other_key(world, master=bytes(32)))),
    Case("33", "U in the tag", changed(lambda sms: sms[: sms.index(".") + 2] + "U" + sms[sms.index(".") + 3 :])),
    Case("33", "lower-case header", changed(lambda sms: sms.split(" ")[0].lower() + " ping"), mo=1, writes=3),
    Case("34", "300 texts of strangers", many(300, NUMBER), wait_s=200),
    *[Case("35", f"an answer: {words}", text(words)) for words in ("OK", "E10 syntax", "Q txn=1", "=A1.2", "+A1.2 OK")],
    Case("40", "a class 2 text", pdu(deliver("junk", dcs=0xF2))),
    Case("40", "a class 2 command", built(lambda world: deliver(signed(world), dcs=0xF2)), mo=1, writes=3),
    Case("41", "a store full of strangers", many(120, NUMBER, "x" * 150), wait_s=200),
    Case("44", "a good one among 100", junk_around_a_good_one, mo=1, writes=3, wait_s=200),
    Case("45", "300 bad MACs", many(300, SERVED, "*A500.22CDX6MYSKTB4 ping"), wait_s=200),
    Case("47", "part 1 of 255, 60 times", pdu(*[part(ref, 255, 1) for ref in range(60)]), wait_s=60),
    Case("48", "a half of another sender", half_by_another, wait_s=EXPIRED_S),
    Case(
        "49",
        "one part twice, different",
        pdu(part(9, 2, 1, "a"), part(9, 2, 1, "b"), part(9, 2, 2)),
        wait_s=EXPIRED_S,
    ),
    Case("50", "part 0", pdu(part(9, 2, 0))),
    Case("50", "part 3 of 2", pdu(part(9, 2, 3))),
    Case("50", "of 0", pdu(part(9, 0, 1))),
    Case("50", "the total changes", pdu(part(9, 2, 1), part(9, 3, 2)), wait_s=EXPIRED_S),
    Case("51", "a part missing", pdu(part(9, 2, 1)), wait_s=EXPIRED_S),
    Case("52", "a UDHL that lies", pdu(deliver("ping", header=bytes((5, 0, 3, 1, 2, 1)))[:-10])),
    Case("52", "an IE that lies", pdu(part(1, 2, 1).replace(bytes((5, 0, 3, 1)), bytes((5, 0, 200, 1))))),
    Case("52", "a UDL that lies", pdu(WHOLE[:-2])),
    *[Case("53", f"cut at {cut}", pdu(WHOLE[:cut])) for cut in range(2, len(WHOLE) - 1)],
    Case("54", "8 bits", pdu(deliver(payload=b"*A1.2 \0\xff", dcs=4))),
    Case("54", "homoglyphs", pdu(deliver("*А500.22CDX6MYSKTB4 рing", dcs=8))),
    Case("54", "bidi", pdu(deliver("\u202e*A500.22CDX6MYSKTB4 ping", dcs=8))),
    Case("55", "the extension table and a page break", text("[]{}\\^~|€\f")),
    Case("56", "type 0", built(lambda world: deliver(signed(world), pid=0x40))),
    Case("56", "class 0", built(lambda world: deliver(signed(world), dcs=0xF0)), mo=1, writes=3),
    Case("56", "replace type 1", built(lambda world: deliver(signed(world), pid=0x41)), mo=1, writes=3),
    Case("57", "WAP push", pdu(deliver(payload=b"\x01\x06", header=bytes((6, 5, 4, 11, 132, 35, 240)), dcs=4))),
    Case("57", "SIM download", pdu(deliver(payload=b"\x01\x06", pid=0x7F, dcs=0xF6))),
    Case("58", "voicemail waiting", pdu(deliver("3 new", dcs=0xC8))),
    Case(
        "58", "a status report", pdu(bytes.fromhex("0601058121 43F5 62303141000000 62303141000000 00".replace(" ", "")))
    ),
    Case("59", "a fake +CMT inside", text('x\r\n+CMT: "+49",,"26"\r\n07919471016700000405812143F5\r\n')),
    *[
        Case("60", repr(words), text(words))
        for words in ("OK", "\r\nOK\r\n", "ERROR", ">", '\r\n+CMTI: "SM",3\r\n', "\r\n+CMS ERROR: 500\r\n")
    ],
    *[
        Case("61", value, lambda world, value=value: world.text(signed(world, "apn set " + value)), mo=1, writes=3)
        for value in ("em%22%3B+CFUN%3D0", "em%22", "em%0D%0A", "em%1A", "em user=a%22", "em user=a pass=b%0D")
    ],
    *[
        Case("62", value, lambda world, value=value: world.text(signed(world, "apn set em " + value)), mo=1, writes=3)
        for value in (
            "user=a%22",
            "user=a pass=b%0D",
            "user=a pass=b%1A",
            "user=%5C pass=b",
            "user=a%0AAT+CFUN=0 pass=b",
        )
    ],
    Case("64", "a destination with a command in it", text("reboot", Address("+49*#abc", TON_INTERNATIONAL))),
    Case("67", "indices that are none", say_urcs('+CMTI: "ME",-1', '+CMTI: "ME",99999', "+CMTI: ", '+CMTI: "X","Y"')),
    Case("67", "64 kB without a line end", say_urcs("x" * 65536)),
    Case("77", "20 commands after a break", queued, mo=20, writes=60, wait_s=260),
    Case("84", "Python", text("__import__('os').system('reboot')")),
    Case("84", "a format string", text("%s%n{0.__class__}")),
    Case("84", "signed", lambda world: world.text(signed(world, "import os")), mo=1, writes=3),
    Case("86", "an error repeats nothing", lambda world: world.text(signed(world, "xyzzy")), mo=1, writes=3),
]
