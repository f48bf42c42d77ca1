"""SIMCom SIM800 (GSM, GPRS): autobauding and therefore mute at start, one bearer of its own beside TCP's."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms, Sure

_MANUAL = "SIM800 Series AT Command Manual V1.09"

SIM800 = Personality(
    name="sim800",
    title="SIMCom SIM800L (GSM, GPRS)",
    cgmi="SIMCOM_Ltd",
    cgmm="SIMCOM_SIM800L",
    cgmr="Revision:1418B05SIM800L24",
    ati=("SIM800 R14.18",),
    boot=(
        BootStep(2500, "RDY", Ready.UART),
        BootStep(2700, "+CFUN: 1"),
        BootStep(4000, "+CPIN: {cpin}", Ready.SIM),
        BootStep(9000, "Call Ready"),
        BootStep(12_000, "SMS Ready", Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 20, "SM_P": 30, "ME_P": 20, "MT": 50}),
        cnmi_ranges=((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1), (0, 1)),
        errors=MappingProxyType({"bad length": 513, "too long": 513, "bad text": 514, "memory full": 531}),
        error_words=MappingProxyType(
            {
                512: "SMS no error",
                513: "Message length exceeds maximum length",
                514: "Invalid request parameters",
                515: "ME storage failure",
                516: "Invalid bearer service",
                517: "Invalid service mode",
                521: "SMSAL is not ready",
                522: "SMSAL is no more service",
                528: "More messages to send state error",
                529: "MO SMS is not allowed",
                530: "GPRS is suspended",
                531: "ME storage full",
                532: "Doing SIM refresh",
            }
        ),
    ),
    pdp=Pdp(cids=(1, 3), eps=False),
    power=Power(
        on_pulse_ms=900,
        off_pulse_ms=900,
        reset_pulse_ms=100,
        shutdown_ms=1800,
        shutdown_urc="NORMAL POWER DOWN",
        undervoltage_urc="UNDER-VOLTAGE WARNNING",
    ),
    line_limit=556,
    timings_ms=MappingProxyType({"+CMGS": (2000, 60_000), "+CMGL": (100, 2000), "session": (1500, 8000)}),
    autobaud=True,
    silent_while_autobauding=True,
    acts=(0, 3),
    iccid_prefix="",
    commands=frozenset(
        {
            "+SAPBR",
            "+CSTT",
            "+CIICR",
            "+CIFSR",
            "+CIPSHUT",
            "+CIPSTATUS",
            "+CIPPING",
            "+CPOWD",
            "+CIURC",
            "+CLTS",
            "+CSCLK",
            "+CBATCHK",
            "+CIPMUX",
            "+CIPQSEND",
            "+CIPRXGET",
            "+CDNSCFG",
            "+CNETLIGHT",
        }
    ),
    lacks=frozenset(
        {"+CEREG", "+CGAUTH", "+CGCONTRDP", "+CESQ", "+CPSMS", "+CEDRXS", "+CEDRXRDP", "+CEMODE", "+CGEREP"}
    ),
    sim_removed_urc="+CPIN: NOT INSERTED",
    sources=MappingProxyType(
        {
            "identification": "lwcell's table of models; exact strings are general knowledge",
            "boot": f"{_MANUAL}; arduino-sim808 #23",
            "sms": f"{_MANUAL}; python-gsmmodem #60; numbers: gammu at-error.c (V1.01 §19.2)",
            "pdp": f"TinyGSM, LilyGo-T-Call-SIM800, {_MANUAL}",
            "power": f"{_MANUAL}; LilyGo T-Call #254; on and off pulses a little under what boards give",
        }
    ),
    quirks=(
        Quirk("mute while autobauding", "no boot line while +IPR is 0", "arduino-sim808 #23", ("+IPR",)),
        Quirk("SMS Ready late", "messages can be had 12 s after power-on", "LilyGo T-Call #254", ("+CPMS",)),
        Quirk(
            "no ds 2", "status reports cannot be stored: +CNMI with ds 2 is an error", "python-gsmmodem #60", ("+CNMI",)
        ),
        Quirk("CIFSR without OK", "the address is the whole answer", "TinyGSM", ("+CIFSR",)),
        Quirk("CIPSHUT says SHUT OK", "instead of OK", "TinyGSM", ("+CIPSHUT",)),
        Quirk("sending takes up to a minute", "+CMGS needs 2 to 60 s", _MANUAL, ("+CMGS",)),
        Quirk("undervoltage burst", "UNDER-VOLTAGE WARNNING (sic), several times", "LilyGo T-Call #221, #87"),
        Quirk("farewell instead of OK", "+CPOWD=1 answers NORMAL POWER DOWN", _MANUAL, ("+CPOWD",)),
        Quirk("own error numbers", "513 too long, 514 bad parameters, 531 store full", "gammu at-error.c", ("+CMGS",)),
        Quirk(
            "no granted context",
            "no +CGCONTRDP, as on many GSM parts",
            "general knowledge",
            ("+CGCONTRDP",),
            Sure.KNOWN,
        ),
    ),
)
