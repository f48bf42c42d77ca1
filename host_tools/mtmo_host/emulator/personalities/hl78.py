"""Sierra Wireless HL78xx (LTE-M, NB-IoT): announces itself with +KSUP, keeps connections of its own."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms

HL78 = Personality(
    name="hl78",
    title="Sierra Wireless HL7802 (LTE-M, NB-IoT, EGPRS)",
    cgmi="Sierra Wireless",
    cgmm="HL7802",
    cgmr="HL7802.4.7.1.0",
    ati=("HL7802",),
    boot=(
        BootStep(6000, "+KSUP: 0", Ready.UART),
        BootStep(7000, None, Ready.SIM),
        BootStep(8000, None, Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 50}),
        error_words=MappingProxyType({606: "CM server request pending"}),
    ),
    pdp=Pdp(cids=(1, 16)),
    power=Power(on_pulse_ms=1400, off_pulse_ms=1400, reset_pulse_ms=80, shutdown_ms=3000),
    acts=(7, 9, 0),
    commands=frozenset(
        {
            "+HWREV",
            "+CPWROFF",
            "+KCNXCFG",
            "+KCNXUP",
            "+KCNXDOWN",
            "+KCGPADDR",
            "+WPPP",
            "+KSREP",
            "+KSLEEP",
            "+KSELACQ",
            "+KBNDCFG",
        }
    ),
    sources=MappingProxyType(
        {
            "identification": "Zephyr hl7800",
            "boot": "Zephyr hl78xx (10 s)",
            "sms": "general knowledge: Zephyr's driver handles no messages; 606 from gammu's at-error.c (rev 11)",
            "pdp": "Zephyr hl78xx; +WPPP and +KCGPADDR are general knowledge",
            "power": "Zephyr hl7800; a little under its pulses",
        }
    ),
    quirks=(
        Quirk("KSUP", "+KSUP: 0 when it is up", "Zephyr hl78xx", ("+KSREP",)),
        Quirk(
            "connections apart",
            "+KCNXCFG names an APN beside +CGDCONT, +WPPP its credentials",
            "Zephyr hl78xx",
            ("+KCNXCFG", "+WPPP"),
        ),
        Quirk("no ping", "there is no ping command", "the AT guide rev 12 names none", ("+KPING",)),
    ),
)
