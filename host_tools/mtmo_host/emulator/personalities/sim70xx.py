"""SIMCom SIM7000 and SIM7080 (LTE-M and NB-IoT)."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms

_BOOT = (
    BootStep(4500, "RDY", Ready.UART),
    BootStep(4700, "+CFUN: 1"),
    BootStep(5200, "+CPIN: {cpin}", Ready.SIM),
    BootStep(9500, "SMS Ready", Ready.SMS),
)
_COMMANDS = frozenset(
    {
        "+CCID",
        "+CPOWD",
        "+CREBOOT",
        "+IPREX",
        "+CNMP",
        "+CMNB",
        "+CBANDCFG",
        "+CPSI",
        "+CNACT",
        "+CNCFG",
        "+CGNAPN",
        "+SIMCOMATI",
        "+SNPING4",
        "+CLTS",
        "+CSCLK",
        "+CIURC",
        "+CIPMUX",
        "+CIPQSEND",
        "+CIPRXGET",
        "+CDNSCFG",
        "+CNSMOD",
    }
)
# a little under what boards give (LilyGO 1000 ms on, 1300 ms off)
_POWER = Power(on_pulse_ms=900, off_pulse_ms=1200, shutdown_ms=1800, shutdown_urc="NORMAL POWER DOWN")
_SOURCES = MappingProxyType(
    {
        "identification": "general knowledge; gammu lists SIMCOM_SIM900 of the same form",
        "boot": "1NCE's SIM7000G transcripts, LilyGO-T-SIM7000G",
        "sms": "1NCE's SIM7000G transcripts; ranges as SIM800's manual, stores are usual values",
        "pdp": "TinyGSM, LilyGo-T-SIM7080G, 1NCE",
        "power": "LilyGO-T-SIM7000G, LilyGo-T-SIM7080G, Zephyr modem_cellular",
    }
)
_FAREWELL = Quirk("farewell instead of OK", "+CPOWD=1 answers NORMAL POWER DOWN", "LilyGO-T-SIM7000G", ("+CPOWD",))
_ODD_CMTI = Quirk(
    "indication without a place",
    "every third +CMTI says `,-1`: it was seen on AT&T",
    "Xinyuan T-SIM7600X #63",
    ("+CNMI",),
)

SIM7000 = Personality(
    name="sim7000",
    title="SIMCom SIM7000G (LTE-M, NB-IoT, GPRS)",
    cgmi="SIMCOM_Ltd",
    cgmm="SIMCOM_SIM7000G",
    cgmr="Revision:1529B08SIM7000G",
    ati=("SIM7000G R1529",),
    boot=_BOOT,
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 100, "MT": 130}), odd_cmti_every=3),
    pdp=Pdp(cids=(1, 15), one_session=True),
    power=_POWER,
    acts=(7, 9, 0),
    commands=_COMMANDS | {"+SAPBR", "+CIPPING", "+CSTT", "+CIICR", "+CIFSR", "+CIPSHUT", "+CIPSTATUS"},
    iccid_prefix="",
    sources=_SOURCES,
    quirks=(
        _FAREWELL,
        _ODD_CMTI,
        Quirk("CNACT takes the APN", '+CNACT=1,"apn" where SIM7080 wants an index', "1NCE's documents", ("+CNACT",)),
    ),
)

SIM7080 = Personality(
    name="sim7080",
    title="SIMCom SIM7080G (LTE-M, NB-IoT)",
    cgmi="SIMCOM_Ltd",
    cgmm="SIMCOM_SIM7080",
    cgmr="1951B08SIM7080",
    ati=("SIM7080G R1951",),
    boot=_BOOT,
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 100}), odd_cmti_every=3),
    pdp=Pdp(cids=(1, 15), auth_types=(0, 1, 2, 3)),
    power=_POWER,
    echo_outlives_ate0=True,
    acts=(7, 9),
    psm_default=("1", "", "", "01011111", "00000101"),  # T3412 31 h, T3324 10 s
    commands=_COMMANDS,
    iccid_prefix="",
    sources=_SOURCES,
    quirks=(
        _FAREWELL,
        _ODD_CMTI,
        Quirk("echo outlives ATE0", "one more command is echoed", "TinyGSM, LilyGo-T-SIM7080G", ("E",)),
        Quirk(
            "CNACT reports after OK", "OK first, +APP PDP: 0,ACTIVE later", "TinyGSM, LilyGo-T-SIM7080G", ("+CNACT",)
        ),
        Quirk(
            "PSM from the factory",
            "messages wait until +CPSMS=0, a sent message or the next update",
            "MKRNB #104, botletics #42",
            ("+CPSMS",),
        ),
        Quirk("no GSM", "no cell of a GSM network is seen", "LilyGo-T-SIM7080G #52", ("+COPS",)),
    ),
)
