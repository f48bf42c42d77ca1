"""Vendor settings that are checked, kept and given back, and change nothing that is emulated."""

from __future__ import annotations

from collections.abc import Iterable

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.modem_types import Modem
from mtmo_host.emulator.registry import Arguments, Reply, command

# name -> (what =? answers, what ? answers from the factory)
_SETTINGS = {
    "+CIURC": ("(0,1)", "1"),
    "+CLTS": ("(0,1)", "0"),
    "+CSCLK": ("(0-2)", "0"),
    "+CNETLIGHT": ("(0,1)", "1"),
    "+CNMP": ("(2,13,38,51)", "2"),
    "+CMNB": ("(1-3)", "3"),
    "+QSCLK": ("(0-2)", "0"),
    "+QIFGCNT": ("(0,1)", "0"),
    "+UPSV": ("(0-4)", "0"),
    "+URAT": ("(7,8)", "7,8"),
    "+UMNOPROF": ("(0-6,8,9,16,18-21,28,31,38,39,90,100,101)", "100"),
    "+UDCONF": ("(0-99),(0-9)", "20,2"),
    "+CSGT": ("(0,1),256", "0"),
    "#PSM": ("(0,1)", "0"),
    "#PORTCFG": ("(0-13)", "0"),
    "+KSREP": ("(0,1)", "0"),
    "+KSLEEP": ("(0-2)", "2"),
    "+KSELACQ": ("(0),(1-3)", "0"),
    "+KBNDCFG": ("(0-2)", "0"),
    "%XSYSTEMMODE": ("(0,1),(0,1),(0,1),(0-4)", "1,1,0,0"),
    "%CESQ": ("(0,1)", "0"),
    "+CBANDCFG": ('"CAT-M"', '"CAT-M",3'),
}
# of these, a first parameter in quotes names one setting of many
_NAMED = {"+QCFG": ('"roamservice",(1,2,255)', ""), "+QINDCFG": ('"all",(0,1)', "")}


@command(" ".join(_SETTINGS), "= ? =?", vendor=True)
def setting(modem: Modem, call: Call) -> Iterable[str] | None:
    """Kept over resets, as the vendors do."""
    ranges, default = _SETTINGS[call.name]
    if call.kind is Kind.TEST:
        return [f"{call.name}: {ranges}"]
    if call.kind is Kind.READ:
        return [f"{call.name}: {modem.memory.values.get(call.name, default)}"]
    Arguments(call).text(0)
    modem.memory.values[call.name] = call.raw.strip()
    return None


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
