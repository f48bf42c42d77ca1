"""What each fault of the menu does, shown on a modem of its own: a function for each row."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from emulator_rig import DELIVER, SCA, Rig, submit

from mtmo_host.emulator.faults.line import URCS
from mtmo_host.emulator.faults.texts import HOSTILE
from mtmo_host.sms.address import Address
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import decode_deliver, encode_deliver

OK = b"\r\nOK\r\n"
CMTI = b'\r\n+CMTI: "SM",1\r\n'


def rig(**options: object) -> Rig:
    """A modem that indicates what it stores."""
    made = Rig(**options)  # type: ignore[arg-type]
    made.at(b"AT+CNMI=2,1\r")
    return made


def on(fault: str, **parameters: object) -> Rig:
    """A modem with one fault."""
    made = rig()
    made.modem.faults.switch(fault, **parameters)
    made.pass_ms(0)
    return made


def long_text(reference: int = 7) -> list[bytes]:
    """The parts of a text of three segments."""
    return [
        encode_deliver(oa=Address("12345"), scts=datetime(2026, 1, 2, tzinfo=UTC), payload=one.ud, header=one.udh)
        for one in segments("x" * 400, ref=reference)
    ]


def stored(made: Rig) -> list[bytes]:
    """The TPDUs in the store."""
    return [one.pdu[8:] for _, one in made.modem.sms.store.items("SM")]


def send(made: Rig, wait_ms: int = 0) -> bytes:
    """Send a text and return the answer."""
    tpdu = submit()
    made.at(b"AT+CMGS=%d\r" % len(tpdu))
    return made.at((SCA + tpdu.hex()).encode() + b"\x1a", wait_ms)


def f1() -> None:
    made = on("F1", every=3, pause_ms=10)
    pieces = [made.at(b"AT\r"), *(made.pass_ms(10) for _ in range(3))]
    assert pieces == [b"", b"\r\nO", b"K\r\n", b""]


def f1_offset() -> None:
    for offset in range(1, 6):
        made = on("F1", offset=offset, pause_ms=10)
        assert (made.at(b"AT\r"), made.pass_ms(10)) == (OK[:offset], OK[offset:])


def f2() -> None:
    made = on("F2", ms=5)
    assert made.at(b"AT\r", 12) == OK[:2]
    assert made.pass_ms(18) == OK[2:]


def f3() -> None:
    for kind, expected in (("drop", b""), ("double", b"\r\r\n\nOOKK\r\r\n\n")):
        assert on("F3", rate=1, kind=kind).at(b"AT\r") == expected
    flipped = on("F3", rate=1, kind="flip").at(b"AT\r")
    assert all((a ^ b).bit_count() == 1 for a, b in zip(flipped, OK, strict=True))
    assert on("F3", rate=1, kind="drop", way="in").at(b"AT\r") == b""


def f4() -> None:
    urc = rb"\r\n(?:" + b"|".join(re.escape(urc.encode()) for urc in URCS) + rb")\r\n"
    made = on("F4", rate=1)
    assert re.fullmatch(rb"\r\n" + urc + rb"OK\r\n", made.at(b"AT\r"))
    for where, pattern in (
        ("header", rb"\r\n\+CMGR: 0,,18\r\n%s[0-9A-F]+\r\n\r\nOK\r\n"),
        ("inside", rb"\r\n\+CMGR: 0,,18\r\n[0-9A-F]{9}%s[0-9A-F]+\r\n\r\nOK\r\n"),
    ):
        made = on("F4", rate=1, where=where, offset=9)
        made.deliver()
        assert re.fullmatch(pattern % urc, made.at(b"AT+CMGR=1\r"))


def f5() -> None:
    made = on("F5", rate=1, times=1)
    assert (made.at(b"AT+CMEE=1\r"), made.at(b"AT+CMEE?\r")) == (b"", b"\r\n+CMEE: 1\r\n" + OK)
    made = on("F5", rate=1, times=1, what="command")
    assert (made.at(b"AT+CMEE=1\r"), made.at(b"AT+CMEE?\r")) == (b"", b"\r\n+CMEE: 0\r\n" + OK)


def f6() -> None:
    made = on("F6", rate=1, times=1)
    assert made.at(b"AT+CMEE?\r", 60_000) == b""
    assert made.at(b"AT\r") == b"\r\n+CMEE: 0\r\n" + OK + OK
    made = on("F6", rate=1, times=1, least_ms=500, most_ms=500)
    assert made.at(b"AT\r", 499) == b""
    assert made.pass_ms(1) == OK


def f7() -> None:
    made = Rig("a7670")
    made.at(b"AT+CMGF=1\r")
    made.deliver()
    made.modem.faults.fire("F7")
    assert b"*ATREADY: 1" in made.pass_ms(60_000)
    assert b"+CMGF: 0" in made.at(b"ATE0+CMGF?\r")
    assert len(made.modem.sms.store.items("ME")) == 1
    made.modem.faults.fire("F7", silent=True)
    assert made.pass_ms(60_000) == b""
    made.modem.faults.switch("F7", every_s=10)
    made.pass_ms(100_000)
    assert 6 <= made.modem.faults.acted["F7"] - 2 <= 20


def f8() -> None:
    made = Rig("a7670")
    made.modem.faults.fire("F8", silence_ms=2000)
    assert made.at(b"AT\r", 1999) == b""
    assert b"*ATREADY: 1" in made.pass_ms(1)
    made.modem.faults.switch("F8", rate=1)
    assert b"+CMGS" not in send(made)
    assert made.modem.faults.acted["F8"] == 2


def f9() -> None:
    made = on("F9")
    assert made.deliver() == b""
    assert made.take_events()[-1] == ("mt", 1, 22)
    assert b'"SM",30,30' in made.at(b"AT+CPMS?\r")
    made = on("F9", leave=1)
    assert made.deliver() == b'\r\n+CMTI: "SM",30\r\n'
    made = on("F9", over=2)
    assert b'"SM",32,30' in made.at(b"AT+CPMS?\r")
    assert made.at(b"AT+CMGR=32\r").endswith(OK)
    assert made.at(b"AT+CMGD=32\r") == OK


def f10() -> None:
    assert on("F10", copies=2).deliver() == CMTI * 3
    made = on("F10", ms=1000)
    assert (made.deliver(), made.pass_ms(1000)) == (CMTI, CMTI)


def f11() -> None:
    made = on("F11")
    assert made.deliver() == b""
    assert stored(made) == [DELIVER]


def f12() -> None:
    made = on("F12")
    assert made.deliver() == CMTI
    assert made.at(b"AT+CMGR=1\r") == b"\r\n+CMS ERROR: 321\r\n"
    assert made.take_events()[-1] == ("mt", 1, None), "the network believes that it was delivered"


def f13() -> None:
    made = on("F13", times=2)
    made.at(b"AT+CMEE=1\r")
    assert made.at(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 314\r\n"
    assert made.at(b"AT+CIMI\r") == b"\r\n+CME ERROR: 14\r\n"
    assert made.at(b"AT+CPMS?\r").endswith(OK)
    assert on("F13", code=515).at(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 515\r\n"


def f14() -> None:
    for sent, count in (("yes", 1), ("no", 0)):
        made = on("F14", sent=sent)
        made.take_events()
        assert send(made, 60_000) == b"", sent
        assert len(made.take_events()) == count
        assert made.at(b"AT\r") == OK


def f15() -> None:
    made = on("F15")
    assert made.at(b"ATE0\r") == b"ATE0\r" + OK
    assert made.at(b"AT\r") == b"AT\r" + OK
    made.modem.faults.switch("F15", None)
    assert made.at(b"AT\r") == OK


def f16() -> None:
    made = on("F16")
    assert made.at(b"AT\r", 5000) == b""
    made.modem.urc("RING")
    assert made.pass_ms(0) not in (b"", b"\r\nRING\r\n")
    made.modem.restart()
    made.pass_ms(10_000)
    assert made.at(b"ATE0\r").endswith(OK)
    assert not made.modem.faults.active()


def f17() -> None:
    for way_out, answer in ((b"\x1b", OK), (b"\x1a", b"\r\n+CMS ERROR: 304\r\n")):
        made = on("F17")
        assert made.at(b"AT\r", 60_000) == b""
        assert made.at(way_out) == answer
        assert made.at(b"AT\r") == OK


def f18() -> None:
    made = on("F18")
    assert made.at(b"AT\r", 500) == b""
    assert made.at(b"+++", 2000) == b"", "the line was not silent before"
    assert made.at(b"+++AT\r", 2000) == b"", "nor behind"
    assert made.at(b"++", 100) == b""
    assert made.at(b"+", 1000) == OK
    assert made.at(b"AT\r") == OK
    made = on("F18", guard_ms=0)
    assert made.at(b"+++", 60_000) == b""
    made.modem.restart()
    made.pass_ms(10_000)
    assert made.at(b"ATE0\r").endswith(OK)


def f19() -> None:
    made = on("F19", rate=1, length=4096)
    assert made.at(b"AT\r") == b"\r\n" + b"*" * 4096 + b"\r\n" + OK
    made.modem.faults.clear()
    made.modem.faults.fire("F19", length=100)
    assert made.pass_ms(0) == b"\r\n" + b"*" * 100 + b"\r\n"


def f20() -> None:
    made = on("F20")
    made.deliver()
    hostile, own = stored(made)
    assert own == DELIVER
    assert decode_deliver(hostile).text in HOSTILE
    assert [event for event in made.take_events() if event[0] == "mt"] == [("mt", 1, None)]
    made.modem.faults.fire("F20")
    made.pass_ms(0)
    assert len(stored(made)) == 3


def f21() -> None:
    made = on("F21", order="reversed", copies=1)
    parts = long_text()
    for token, part in enumerate(parts):
        made.deliver(part, token)
    assert stored(made) == [*parts[::-1], *parts[::-1]]
    assert made.take_events()[-3:] == [("mt", 0, None), ("mt", 1, None), ("mt", 2, None)]
    made = on("F21", wait_ms=5000, copies=0)
    made.deliver(parts[0])
    assert not stored(made)
    made.pass_ms(5000)
    assert stored(made) == parts[:1]
    made = on("F21", order="kept", copies=0)
    made.modem.faults.fire("F9", leave=1)
    for token, part in enumerate(parts):
        made.deliver(part, token)
    assert stored(made)[-1] == parts[0]
    assert made.at(b"AT+CMGD=1,4\r") == OK
    made.pass_ms(60_000)
    assert stored(made) == parts[1:], "the network believes that they arrived"


def f22() -> None:
    made = on("F22", down_s=600)
    assert made.take_events()[-1] == ("detached",)
    made.pass_ms(599_999)
    assert not made.modem.reachable
    made.pass_ms(1)
    assert made.take_events() == [("attached",)]
    assert not made.modem.faults.active()


def context(made: Rig, apn: str) -> bytes:
    """Set the APN, attach anew, and return what is active."""
    made.at(b"AT+CMEE=1\r")
    made.at(b'AT+CFUN=4;+CGDCONT=1,"IP","%s";+CFUN=1\r' % apn.encode(), 1000)
    return made.at(b"AT+CGACT=1,1\r", 1000) + made.at(b"AT+CGACT?;+CGCONTRDP=1\r", 1000)


def f23() -> None:
    made = rig()
    assert b"+CGACT: 1,1" in context(made, "old")
    made.modem.faults.switch("F23")
    said = context(made, "new")
    assert said.startswith(OK)
    assert b"+CGACT: 1,0" in said
    assert b"+CGACT: 1,1" in context(made, "old"), "spared"
    made.modem.faults.switch("F23", spare=False)
    assert b"+CGACT: 1,0" in context(made, "old")


def f24() -> None:
    made = rig()
    context(made, "old")
    made.modem.faults.switch("F24")
    assert b'"old"' in context(made, "new")
    assert b'"new"' in made.at(b"AT+CGDCONT?\r")
    made.modem.faults.clear()
    assert b'"new"' in context(made, "new")


def f25() -> None:
    made = rig()
    context(made, "old")
    made.modem.faults.switch("F25")
    context(made, "new")
    assert made.at(b"AT+CGATT=1\r") == b"\r\n+CME ERROR: 149\r\n"
    assert b'"old"' in context(made, "old"), "spared"


def f26() -> None:
    made = on("F26", jump_s=86_400)
    assert made.deliver() == CMTI
    assert b"26/01/02" in made.at(b"AT+CCLK?\r")
    before, after = decode_deliver(DELIVER).scts.time, decode_deliver(stored(made)[0]).scts.time
    assert before is not None
    assert after is not None
    assert (after - before).days == 1
    made.modem.faults.fire("F26", jump_s=-86_400)
    assert made.pass_ms(0) == b"\r\n+CTZV: 8\r\n"
    assert b"26/01/01" in made.at(b"AT+CCLK?\r")


ACTS: list[Callable[[], None]] = [
    f1, f1_offset, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
    f24, f25, f26,
]  # fmt: skip
