"""SIMCom A7670 and its A76xx kin (LTE Cat 1): an announced AT, a prompt on a line of its own."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms

_MANUAL = "A76XX Series AT Command Manual V1.09"

A7670 = Personality(
    name="a7670",
    title="SIMCom A7670E (LTE Cat 1)",
    cgmi="INCORPORATED",
    cgmm="A7670E-LASE",
    cgmr="A110B02A7670M7",
    ati=("Manufacturer: INCORPORATED", "Model: A7670E-LASE", "Revision: A110B02A7670M7", "IMEI: {imei}"),
    boot=(
        BootStep(8500, "*ATREADY: 1", Ready.UART),
        BootStep(9000, "+CPIN: {cpin}", Ready.SIM),
        BootStep(18_000, "SMS DONE", Ready.SMS, late_ms=60_000),
        BootStep(19_000, "PB DONE", late_ms=61_000),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 50, "ME": 180}),  # §9.2.2, example
        default_store="ME",
        cnmi_ranges=((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1)),  # §9.2.9
        cnmi_in_full=True,
        cnmi_needs=((1, 3, (1,)), (3, 1, (1,)), (1, 2, (1, 2))),  # §9.2.9: mt=3 and ds=1 need mode 1, mt=2 mode 1 or 2
        prompt=b"\r\n>\r\n",
    ),
    pdp=Pdp(cids=(1, 15), auth_password_first=True, auth_limit=50, auth_limit_form="{limit}"),  # §5.2.16
    # pulses a little under what boards give (LilyGO 100 ms on, 3000 ms off)
    power=Power(on_pulse_ms=50, off_pulse_ms=2500, reset_pulse_ms=100, shutdown_ms=2000, shutdown_urc=None),
    acts=(7, 0),
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
    iccid_prefix="+ICCID: ",
    sim_removed_urc="+CPIN: SIM REMOVED",
    sources=MappingProxyType(
        {
            "identification": "TinyGSM A7672x; strings are general knowledge",
            "boot": "LilyGo-Modem-Series (waits up to 100 s for SMS DONE)",
            "sms": f"{_MANUAL} chapter 9; LilyGo-Modem-Series, gammu #1176",
            "pdp": f"{_MANUAL} chapter 5; TinyGSM, LilyGo-Modem-Series",
            "power": "LilyGo-Modem-Series, Zephyr modem_cellular",
        }
    ),
    quirks=(
        Quirk("ATREADY first", "*ATREADY: 1 before all else", "LilyGo-Modem-Series"),
        Quirk("prompt on its own line", "CR LF > CR LF, without a blank", "gammu #1176", ("+CMGS", "+CMGW")),
        Quirk(
            "password first",
            "+CGAUTH=cid,type,password,user, and 50 characters at most",
            f"{_MANUAL} §5.2.16",
            ("+CGAUTH",),
        ),
        Quirk(
            "modes that go together",
            "+CNMI with mt=3 or ds=1 wants mode 1, with mt=2 mode 1 or 2; there is no mode 3",
            f"{_MANUAL} §9.2.9",
            ("+CNMI",),
        ),
        Quirk("read and delete", "+CMGRD reads a text and deletes it", f"{_MANUAL} §9.2.19", ("+CMGRD",)),
        Quirk("SMS DONE late", "after 60 s in a slow start", "LilyGo-Modem-Series", ("+CPMS",)),
    ),
)
