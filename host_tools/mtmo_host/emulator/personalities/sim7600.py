"""SIMCom SIM7600 (LTE Cat 4): places from 0, untidy lines, +CGAUTH the other way round."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms

SIM7600 = Personality(
    name="sim7600",
    title="SIMCom SIM7600E-H (LTE Cat 4)",
    cgmi="SIMCOM INCORPORATED",
    cgmm="SIMCOM_SIM7600E-H",
    cgmr="SIM7600M22_V3.0",
    ati=("Manufacturer: SIMCOM INCORPORATED", "Model: SIMCOM_SIM7600E-H", "Revision: SIM7600M22_V3.0", "IMEI: {imei}"),
    boot=(
        BootStep(8000, "RDY", Ready.UART),
        BootStep(9000, "+CPIN: {cpin}", Ready.SIM),
        BootStep(14_000, "SMS DONE", Ready.SMS),
        BootStep(18_000, "PB DONE"),
    ),
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 23, "SR": 20}), default_store="ME", index_base=0),
    pdp=Pdp(cids=(1, 16), auth_password_first=True, auth_types=(0, 1, 2, 3)),
    # a little under what boards give (LilyGO 500 ms on, 3000 ms off)
    power=Power(on_pulse_ms=450, off_pulse_ms=2500, reset_pulse_ms=200, shutdown_ms=2000),
    timings_ms=MappingProxyType({"+CMGS": (1500, 20_000)}),
    acts=(7, 2, 0),
    info_end="\r\n\r\n",
    doubled_cr_urcs=("+CRING:", "+RXDTMF:"),
    iccid_prefix="+ICCID: ",
    commands=frozenset(
        {
            "+CICCID",
            "+CPOF",
            "+CRESET",
            "+CNSMOD",
            "+CPSI",
            "+NETOPEN",
            "+NETCLOSE",
            "+IPADDR",
            "+SIMCOMATI",
            "+CPING",
            "+CGSOCKCONT",
            "+CNMP",
            "+CMGRD",
            "+CSCLK",
            "+CIPMODE",
            "+CIPSENDMODE",
            "+CIPCCFG",
            "+CIPTIMEOUT",
            "+CIPRXGET",
        }
    ),
    lacks=frozenset({"+CCID"}),
    sim_removed_urc="+CPIN: SIM REMOVED",
    sources=MappingProxyType(
        {
            "identification": "general knowledge; LilyGO T-SIM7600X",
            "boot": "LilyGO T-SIM7600X (15 to 25 s)",
            "sms": "ModemManager's simtech plugin, LilyGO, basanovase; capacities are usual values",
            "pdp": "TinyGSM (PR #794 quotes the manual V3.00)",
            "power": "LilyGO T-SIM7600X; the reset pulse is general knowledge",
        }
    ),
    quirks=(
        Quirk(
            "places from 0",
            "the first stored message stands at 0",
            "ModemManager simtech, basanovase",
            ("+CMGR", "+CMGL"),
        ),
        Quirk("doubled CR", "+CRING and +RXDTMF end in CR CR LF", "ModemManager simtech", ("+CRC",)),
        Quirk("blank lines", "an empty line between the answer and OK", "ModemManager simtech", ("+CSQ",)),
        Quirk("PB DONE", "says so 18 s after power-on", "LilyGO T-SIM7600X"),
        Quirk(
            "password first",
            "+CGAUTH=cid,type,password,user (of CDMA the other way); LilyGO's fork sends the user first",
            "SIM7500_SIM7600 Series AT Command Manual V3.00, as TinyGSM PR #794 quotes it",
            ("+CGAUTH",),
        ),
    ),
)
