"""Settings that are checked, kept and given back, and change nothing that is emulated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, Reply, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_RANGE = re.compile(r'\([^)]*\)|"[^"]*"|[^,]+')
# name -> (what =? answers, what ? answers from the factory); V.250, TS 27.007 and TS 27.005
_STANDARD = {
    "+CRC": ("(0,1)", "0"),
    "+CLIP": ("(0,1)", "0,1"),
    "+CLIR": ("(0-2)", "0,0"),
    "+COLP": ("(0,1)", "0,0"),
    "+CCWA": ("(0,1),(0-2),(1-255)", "0"),
    "+CSSN": ("(0,1),(0,1)", "0,0"),
    "+CTZU": ("(0,1)", "0"),
    "+CTZR": ("(0,1)", "0"),
    "+CVHU": ("(0-2)", "0"),
    "+IFC": ("(0-2),(0-2)", "0,0"),
    "+ICF": ("(0-6),(0-3)", "3,3"),
    "+CGSMS": ("(0-3)", "1"),
    "+CEMODE": ("(0-3)", "0"),
    "+CMOD": ("(0-3)", "0"),
    "+CPLS": ("(0-2)", "0"),
}
# of vendors
_SETTINGS = {
    "+CIURC": ("(0,1)", "1"),
    "+CLTS": ("(0,1)", "0"),
    "+CSCLK": ("(0-2)", "0"),
    "+CNETLIGHT": ("(0,1)", "1"),
    # of the families' socket services, which are not emulated; programs set them on their way to a context
    "+CBATCHK": ("(0,1)", "0"),
    "+CIPMUX": ("(0,1)", "0"),
    "+CIPQSEND": ("(0,1)", "0"),
    "+CIPRXGET": ("(0,1)", "0"),
    "+CDNSCFG": ('"primary","secondary"', '"8.8.8.8","8.8.4.4"'),
    "+CIPMODE": ("(0,1)", "0"),
    "+CIPSENDMODE": ("(0,1)", "0"),
    "+CIPCCFG": ("(0-10),(0-1000),(0,1),(0,1),(0,1),(0,1),(500-120000)", "10,0,0,0,1,0,75000"),
    "+CIPTIMEOUT": ("(3000-120000),(3000-120000),(3000-120000)", "120000,120000,120000"),
    "+QIMUX": ("(0,1)", "0"),
    "+QIMODE": ("(0,1)", "0"),
    "+QINDI": ("(0-2)", "0"),
    "+QIDNSIP": ("(0,1)", "0"),
    "+CNMP": ("(2,13,38,51)", "2"),
    "+CMNB": ("(1-3)", "3"),
    "+QSCLK": ("(0-2)", "0"),
    "+QIFGCNT": ("(0,1)", "0"),
    "+UPSV": ("(0-4),(40-65000)", "0"),
    "+URAT": ("(7,8),(7,8)", "7,8"),
    "+UMNOPROF": ("(0-6,8,9,16,18-21,28,31,38,39,90,100,101),(0,1)", "100"),
    "+UDCONF": ("(0-99),(0-9)", "20,2"),
    "+CSGT": ('(0,1),"greeting"', "0"),
    "#PSM": ("(0,1)", "0"),
    "#PORTCFG": ("(0-13)", "0,0"),
    "+KSREP": ("(0,1)", "0"),
    "+KSLEEP": ("(0-2),(0-2),(0-99)", "2,2,30"),
    "+KSELACQ": ("(0),(1-3),(1-3),(1-3)", "0,1,2,3"),
    "+KBNDCFG": ('(0-2),"bands"', "0,0002000000000F0F1B9F"),
    "%XSYSTEMMODE": ("(0,1),(0,1),(0,1),(0-4)", "1,1,0,0"),
    "%CESQ": ("(0,1)", "0"),
    "+CBANDCFG": ('"CAT-M",1,2,3,4,5,8,12,13,20,25,28,66,85', '"CAT-M",3'),
}
# of these, a first parameter in quotes names one setting of many
_NAMED = {"+QCFG": ('"roamservice",(1,2,255)', ""), "+QINDCFG": ('"all",(0,1)', "")}


def names() -> tuple[str, ...]:
    """The settings whose ranges a personality may name."""
    return (*_STANDARD, *_SETTINGS)


@command(" ".join(_STANDARD), "= ? =?")
def standard_setting(modem: Modem, call: Call) -> Iterable[str] | None:
    """Settings that only matter for services this modem does not have; a reset forgets them."""
    return _serve(call, _entry(modem, call, _STANDARD), modem.settings.plain)


@command(" ".join(_SETTINGS), "= ? =?", vendor=True)
def vendor_setting(modem: Modem, call: Call) -> Iterable[str] | None:
    """Kept over resets, as the vendors do."""
    return _serve(call, _entry(modem, call, _SETTINGS), modem.memory.values)


def _entry(modem: Modem, call: Call, table: dict[str, tuple[str, str]]) -> tuple[str, str]:
    return modem.personality.kept.get(call.name) or table[call.name]


def _serve(call: Call, entry: tuple[str, str], values: dict[str, str]) -> Iterable[str] | None:
    ranges, default = entry
    if call.kind is Kind.TEST:
        return [f"{call.name}: {ranges}"]
    if call.kind is Kind.READ:
        return [f"{call.name}: {values.get(call.name, default)}"]
    _check(Arguments(call), ranges)
    values[call.name] = call.raw.strip()
    return None


def _check(arguments: Arguments, ranges: str) -> None:
    """Each given value lies in its range, as far as the answer to =? has one for its place."""
    groups = _RANGE.findall(ranges)
    arguments.at_most(max(len(groups), 1))
    for index, group in enumerate(groups):
        if group[0] == "(" and arguments.given(index):
            arguments.number(index, _values(group))


def _values(group: str) -> tuple[int, ...]:
    found: list[int] = []
    for item in group.strip("()").split(","):
        first, _, last = item.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


@command(" ".join(_NAMED), "= =?", vendor=True)
def named_setting(modem: Modem, call: Call) -> Iterable[str] | None:
    """The name alone asks, with a value it sets."""
    if call.kind is Kind.TEST:
        return [f"{call.name}: {_NAMED[call.name][0]}"]
    name = Arguments(call).text(0).lower()
    key = f"{call.name} {name}"
    if len(call.parameters) == 1:
        return [f'{call.name}: "{name}",{modem.memory.values.get(key, "0")}']
    modem.memory.values[key] = call.raw.partition(",")[2].strip()
    return None


@command("+IPREX", "= ? =?", vendor=True)
def lasting_speed(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """SIM70xx: +IPR that lasts over resets."""
    speeds = (0, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)
    if call.kind is Kind.TEST:
        return ["+IPREX: (" + ",".join(map(str, speeds)) + ")"]
    if call.kind is Kind.READ:
        return [f"+IPREX: {0 if modem.autobauding else modem.baud}"]
    wanted = Arguments(call).number(0, speeds)

    def change() -> None:
        modem.set_baud(wanted)
        modem.memory.values["ipr"] = str(wanted)

    return Reply(after=change)
