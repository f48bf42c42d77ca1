"""Modems by the book: all that TS 27.005 and TS 27.007 say, or of short messages only what every modem has."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Personality, Power, Quirk, Ready, Sms

GENERIC = Personality(
    name="generic",
    title="a modem by the book",
    cgmi="Generic",
    cgmm="GENERIC-LTE",
    cgmr="1.0",
    ati=("GENERIC-LTE",),
    boot=(BootStep(1500, None, Ready.UART), BootStep(2000, None, Ready.SIM), BootStep(2500, None, Ready.SMS)),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 50, "BM": 10}),
        cnmi_ranges=((0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2), (0, 1)),
        cnmi_default=(0, 0, 0, 0, 0),
    ),
    power=Power(on_pulse_ms=100, off_pulse_ms=1000),
    holds_urcs=True,
    unknown_command=4,
    commands=frozenset({"+CMGC"}),
    sources=MappingProxyType(
        {
            "identification": "our own",
            "boot": "no boot line is standardised",
            "sms": "TS 27.005",
            "pdp": "TS 27.007 §10.1",
            "power": "our own",
        }
    ),
    quirks=(
        Quirk("waits with URCs", "no URC while a command is in flight", "TS 27.005 §3.4.1 (link reserved)", ("+CNMI",)),
        Quirk("unknown has a number", "an unknown command is +CME ERROR: 4", "TS 27.007 §9.2"),
    ),
)

MINIMAL = Personality(
    name="minimal",
    title="a modem with the basics of TS 27.005 and nothing else",
    cgmi="Generic",
    cgmm="GENERIC-SMS",
    cgmr="1.0",
    ati=("GENERIC-SMS",),
    boot=GENERIC.boot,
    sms=Sms(
        stores=MappingProxyType({"SM": 20}),
        services=(0,),
        cnmi_ranges=((0, 1, 2), (0, 1), (0,), (0, 1), (0,)),
        cnmi_default=(0, 0, 0, 0, 0),
    ),
    power=GENERIC.power,
    unknown_command=303,
    unknown_is_cms=True,
    only=frozenset(
        {
            "+CGMI",
            "+CGMM",
            "+CGMR",
            "+CGSN",
            "+CIMI",
            "+CCID",
            "+CPIN",
            "+CFUN",
            "+CREG",
            "+CSQ",
            "+CMEE",
            "+CMGF",
            "+CSMS",
            "+CPMS",
            "+CNMI",
            "+CSCA",
            "+CMGS",
            "+CMGR",
            "+CMGL",
            "+CMGD",
        }
    ),
    sources=MappingProxyType({**GENERIC.sources, "sms": "TS 27.005 §3, what no modem leaves out"}),
    quirks=(
        Quirk(
            "basics only",
            "no context, no text parameters, no acknowledgement",
            "our own",
            ("+CGDCONT", "+CSMP", "+CNMA"),
        ),
        Quirk("303 for all else", "+CMS ERROR: 303 even for what is no message command", "our own"),
    ),
)
