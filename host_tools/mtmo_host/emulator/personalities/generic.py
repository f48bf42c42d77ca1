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
        stores=MappingProxyType({"SM": 30, "ME": 50}),
        cnmi_ranges=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
        cnmi_default=(0, 0, 0, 0, 0),
    ),
    power=Power(on_pulse_ms=100, off_pulse_ms=1000),
    holds_urcs=True,
    unknown_command=4,
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
