"""Telit ME910 (LTE-M, NB-IoT): the exact prompt, and no patience while it sends."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, MissingAck, Pdp, Personality, Power, Quirk, Ready, Sms, Sure

_MANUAL = "Telit ME910C1 AT commands reference guide"

TELIT_ME910 = Personality(
    name="telit_me910",
    title="Telit ME910C1-E1 (LTE-M, NB-IoT)",
    cgmi="Telit",
    cgmm="ME910C1-E1",
    cgmr="30.00.003",
    ati=("332",),
    boot=(
        BootStep(12_000, None, Ready.UART),
        BootStep(14_000, "#QSS: 1", Ready.SIM),
        BootStep(16_000, None, Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 99}),
        cnmi_default=(0, 0, 0, 0, 0),
        missing_ack=MissingAck.HELD_BACK,
        refuses_while_sending=True,
        error_words=MappingProxyType(
            {
                510: "message blocked",
                512: "no SM resources",
                513: "TR1M timeout",
                514: "LL error",
                515: "no response from network",
            }
        ),
    ),
    pdp=Pdp(cids=(1, 6), errors=MappingProxyType({27: 555, 29: 555, 33: 555})),
    power=Power(on_pulse_ms=5000, off_pulse_ms=2500, reset_pulse_ms=200, shutdown_ms=5000),
    acts=(7, 9),
    iccid_prefix="#CCID: ",
    commands=frozenset(
        {
            "#CGMI",
            "#CGMM",
            "#CGMR",
            "#CGSN",
            "#CCID",
            "#SGACT",
            "#PDPAUTH",
            "#CGPADDR",
            "#PING",
            "#QSS",
            "#SHDN",
            "#REBOOT",
            "#PSM",
            "#PORTCFG",
        }
    ),
    sim_removed_urc="#QSS: 0",
    sim_inserted_urc="#QSS: 1",
    sources=MappingProxyType(
        {
            "identification": "Zephyr modem_cellular; strings are general knowledge",
            "boot": "Zephyr modem_cellular (15 to 20 s); the lines are general knowledge",
            "sms": f"{_MANUAL}; its own error numbers from gammu's at-error.c (ME910G1 rev 9)",
            "pdp": f"{_MANUAL}; #PDPAUTH is general knowledge",
            "power": "Zephyr modem_cellular",
        }
    ),
    quirks=(
        Quirk("exact prompt", "CR LF > blank, and nothing else", _MANUAL, ("+CMGS",)),
        Quirk("ESC is OK", "an aborted body is answered OK", _MANUAL, ("+CMGS",)),
        Quirk(
            "prompt per line", "each CR in a text is answered with another prompt", "Telit LE910C AT manual", ("+CMGS",)
        ),
        Quirk("refuses while sending", "a command that touches the card during +CMGS is an error", _MANUAL, ("+CMGS",)),
        Quirk(
            "held back",
            "without an acknowledgement the message stays in the network and the routing on",
            _MANUAL,
            ("+CNMA",),
        ),
        Quirk("indications off", "+CNMI is 0,0,0,0,0 from the factory", "general knowledge", ("+CNMI",), Sure.KNOWN),
        Quirk("own error numbers", "#SGACT fails with +CME ERROR: 555", "general knowledge", ("#SGACT",), Sure.KNOWN),
    ),
)
