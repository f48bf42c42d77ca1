"""Quectel M95 (GSM, GPRS), EC25 (LTE Cat 4) and BG95 (LTE-M, NB-IoT, EGPRS)."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms, Sure

# gammu's at-error.c, EC25 manual V1.3 §21.6
_WORDS = MappingProxyType(
    {
        512: "SIM not ready",
        513: "Message length exceeds",
        514: "Invalid request parameters",
        515: "ME storage failure",
        517: "Invalid service mode",
        528: "More message to send state error",
        529: "MO SMS is not allowed",
        530: "GPRS is suspended",
        531: "ME storage full",
    }
)
_ERRORS = MappingProxyType({"not ready": 512, "bad length": 513, "too long": 513})
_COMMANDS = frozenset(
    {
        "+QCCID",
        "+QPOWD",
        "+QGMR",
        "+QICSGP",
        "+QIACT",
        "+QIDEACT",
        "+QURCCFG",
        "+QCFG",
        "+QPING",
        "+QSCLK",
        "+QINDCFG",
        "+QNWINFO",
    }
)
_OTHER_PORT = Quirk(
    "URCs on another port",
    "none comes here until +QURCCFG says uart1",
    "serialport-gsm #12, #96",
    ("+QURCCFG", "+CNMI"),
)
_SECOND_ACK = Quirk("second CNMA", "a second acknowledgement is +CMS ERROR: 340", "EC25 AT manual", ("+CNMA",))
_FAREWELL = Quirk("POWERED DOWN", "OK, then POWERED DOWN", "Zephyr modem_cellular", ("+QPOWD",))
_OWN_ERRORS = Quirk(
    "own error numbers", "512 card not ready, 513 too long", "gammu at-error.c (EC25 V1.3 §21.6)", ("+CPMS", "+CMGS")
)

M95 = Personality(
    name="m95",
    title="Quectel M95 (GSM, GPRS)",
    cgmi="Quectel_Ltd",
    cgmm="Quectel_M95",
    cgmr="Revision: M95FAR02A09",
    ati=("Quectel_Ltd", "Quectel_M95", "Revision: M95FAR02A09"),
    boot=(
        BootStep(1500, "RDY", Ready.UART),
        BootStep(1700, "+CFUN: 1"),
        BootStep(2500, "+CPIN: {cpin}", Ready.SIM),
        BootStep(5500, "Call Ready", Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 40, "MT": 70}),
        services=(0, 128),
        cnmi_ranges=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2, 3), (0, 1, 2), (0, 1)),
        errors=_ERRORS,
        error_words=_WORDS,
    ),
    pdp=Pdp(cids=(1, 3), eps=False, one_session=True),
    power=Power(on_pulse_ms=900, off_pulse_ms=700, shutdown_ms=3000, shutdown_urc="NORMAL POWER DOWN"),
    autobaud=True,
    silent_while_autobauding=True,
    acts=(0,),
    iccid_prefix="",
    commands=frozenset(
        {
            "+QCCID",
            "+QPOWD",
            "+QICSGP",
            "+QIACT",
            "+QIDEACT",
            "+QIREGAPP",
            "+QIFGCNT",
            "+QILOCIP",
            "+QPING",
            "+QSCLK",
            "+CMGC",
            "+QIMUX",
            "+QIMODE",
            "+QINDI",
            "+QIDNSIP",
        }
    ),
    lacks=frozenset(
        {"+CCID", "+CEREG", "+CGAUTH", "+CGCONTRDP", "+CESQ", "+CPSMS", "+CEDRXS", "+CEDRXRDP", "+CEMODE", "+CGEREP"}
    ),
    sources=MappingProxyType(
        {
            "identification": "gammu lists Quectel_M35 of the same form",
            "boot": "general knowledge",
            "sms": "warthog618/modem #17 (M26); capacities are usual values",
            "pdp": "RT-Thread, TinyGSM",
            "power": "general knowledge",
        }
    ),
    quirks=(
        Quirk("mute while autobauding", "no boot line while +IPR is 0", "general knowledge", ("+IPR",), Sure.KNOWN),
        Quirk(
            "no service 1",
            "+CSMS offers (0,128): nothing can be acknowledged",
            "warthog618/modem #17",
            ("+CSMS", "+CNMA"),
        ),
        Quirk(
            "one session",
            "+QICSGP=1,apn,user,password and +QIACT without a cid",
            "RT-Thread, TinyGSM",
            ("+QICSGP", "+QIACT"),
        ),
        Quirk("QILOCIP without OK", "the address is the whole answer", "TinyGSM", ("+QILOCIP",)),
        _OWN_ERRORS,
    ),
)

EC25 = Personality(
    name="ec25",
    title="Quectel EC25-E (LTE Cat 4)",
    cgmi="Quectel",
    cgmm="EC25",
    cgmr="EC25EFAR06A03M4G",
    ati=("Quectel", "EC25", "Revision: EC25EFAR06A03M4G"),
    boot=(
        BootStep(5000, "RDY", Ready.UART),
        BootStep(6000, "+CPIN: {cpin}", Ready.SIM),
        BootStep(6100, "+QUSIM: 1", routed=True),
        BootStep(12_000, "+QIND: SMS DONE", Ready.SMS, routed=True, late_ms=20_000),
        BootStep(13_000, "+QIND: PB DONE", routed=True, late_ms=21_000),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 50, "ME": 255, "MT": 305, "SR": 20}),
        default_store="ME",
        index_base=0,
        errors=_ERRORS,
        error_words=_WORDS,
    ),
    pdp=Pdp(cids=(1, 16), auth_types=(0, 1, 2, 3)),
    power=Power(on_pulse_ms=450, off_pulse_ms=650, reset_pulse_ms=150, shutdown_ms=3000, shutdown_urc="POWERED DOWN"),
    acts=(7, 2, 0),
    urc_port="usbat",
    iccid_prefix="+QCCID: ",
    commands=_COMMANDS,
    lacks=frozenset({"+CCID"}),
    sim_removed_urc="+CPIN: NOT READY",
    sim_inserted_urc="+CPIN: READY",
    sources=MappingProxyType(
        {
            "identification": "Particle device-os",
            "boot": "Zephyr modem_cellular, Particle device-os (10 to 20 s)",
            "sms": "EC25 AT manual excerpts, serialport-gsm #12; capacities are usual values",
            "pdp": "1NCE's documents, Zephyr modem_cellular",
            "power": "Zephyr modem_cellular; a little under its pulses",
        }
    ),
    quirks=(
        Quirk("SMS DONE", "+QIND: SMS DONE 12 to 20 s after power-on", "Particle device-os", ("+CPMS",)),
        _OTHER_PORT,
        _SECOND_ACK,
        _FAREWELL,
        _OWN_ERRORS,
    ),
)

BG95 = Personality(
    name="bg95",
    title="Quectel BG95-M3 (LTE-M, NB-IoT, EGPRS)",
    cgmi="Quectel",
    cgmm="BG95-M3",
    cgmr="BG95M3LAR02A04",
    ati=("Quectel", "BG95-M3", "Revision: BG95M3LAR02A04"),
    boot=(
        BootStep(2200, "RDY", Ready.UART),
        BootStep(4800, "+CPIN: {cpin}", Ready.SIM),
        BootStep(5500, "APP RDY", Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 50, "ME": 255, "MT": 305, "SR": 20}),
        default_store="ME",
        cnmi_ranges=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),
        index_base=0,
        errors=_ERRORS,
        error_words=_WORDS,
    ),
    pdp=Pdp(cids=(1, 15), auth_types=(0, 1, 2, 3)),
    power=Power(on_pulse_ms=450, off_pulse_ms=650, reset_pulse_ms=2000, shutdown_ms=1500, shutdown_urc="POWERED DOWN"),
    acts=(7, 9, 0),
    urc_port="usbat",
    commands=_COMMANDS,
    lacks=frozenset({"+CCID"}),
    iccid_prefix="+QCCID: ",
    sim_removed_urc="+CPIN: NOT READY",
    sim_inserted_urc="+CPIN: READY",
    sources=MappingProxyType(
        {
            "identification": "Sixfab pico_lte",
            "boot": "Zephyr modem_cellular",
            "sms": "by analogy with EC25: general knowledge",
            "pdp": "1NCE's documents, Zephyr modem_cellular",
            "power": "Sixfab pico_lte, Zephyr modem_cellular",
        }
    ),
    quirks=(
        Quirk("APP RDY", "and nothing of SMS", "Zephyr modem_cellular"),
        _OTHER_PORT,
        _SECOND_ACK,
        _FAREWELL,
        _OWN_ERRORS,
    ),
)
