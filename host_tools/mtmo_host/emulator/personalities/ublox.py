"""u-blox SARA-R4, SARA-R5 (LTE-M, NB-IoT) and LARA-R6 (LTE, 3G, 2G): lost indications, credentials in either order."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms, Sure

_STORES = MappingProxyType({"SM": 30, "ME": 23, "MT": 53, "BM": 10})
_COMMANDS = frozenset(
    {"+CPWROFF", "+UMNOPROF", "+UAUTHREQ", "+UPSD", "+UPSDA", "+UPSND", "+UPING", "+UPSV", "+URAT", "+UDCONF", "+CSGT"}
)
_WORDS = MappingProxyType(
    {513: "timer expired", 515: "forwarding aborted", 538: "network connection lost", 539: "pending MO transfer"}
)
_SHORT_ADDRESS = Quirk(
    "address form", '+CGPADDR= 1,"ip" with a sign and a blank of its own, and "" for none', "ubxlib", ("+CGPADDR",)
)
_AUTH_ERRORS = MappingProxyType({29: 129})

SARA_R4 = Personality(
    name="sara_r4",
    gap_ms=100,  # ubxlib: R410 and R412
    cereg4_more=("?", "urc"),
    title="u-blox SARA-R410M (LTE-M, NB-IoT)",
    cgmi="u-blox",
    cgmm="SARA-R410M-02B",
    cgmr="L0.0.00.00.05.06 [Feb 03 2018 13:00:41]",
    ati=("Manufacturer: u-blox", "Model: SARA-R410M-02B", "Revision: L0.0.00.00.05.06", "IMEI: {imei}"),
    ati_pages=MappingProxyType({9: ("L0.0.00.00.05.06,A.02.00",)}),
    boot=(BootStep(5000, None, Ready.UART), BootStep(5500, None, Ready.SIM), BootStep(6000, None, Ready.SMS)),
    sms=Sms(
        stores=_STORES,
        cnmi_ranges=((0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2), (0, 1)),  # UBX-17003787 R16 §9.8.2
        cnmi_default=(1, 0, 0, 0, 0),
        cnmi_saved=False,
        error_words=_WORDS,
    ),
    pdp=Pdp(
        cids=(1, 8),
        vendor_auth_password_first=True,
        auth_types=(0, 1, 2, 3),
        auth_strings_required=True,
        address_form='+CGPADDR= {cid},"{address}"',
        no_address_form='+CGPADDR= {cid},""',
        errors=_AUTH_ERRORS,
    ),
    power=Power(on_pulse_ms=150, off_pulse_ms=1500, reset_pulse_ms=10_000, shutdown_ms=5000, restart_cfun=(15,)),
    timings_ms=MappingProxyType({"+CFUN=0": (18_000, 22_000), "+CMGS": (1500, 10_000)}),
    acts=(7, 9),
    commands=_COMMANDS,
    lacks=frozenset({"+CGAUTH"}),
    sources=MappingProxyType(
        {
            "identification": "ubxlib",
            "boot": "ubxlib (boot 5 to 6 s; a greeting only where +CSGT sets one)",
            "sms": "u-blox SARA-R4 AT manual R09",
            "pdp": "ubxlib, MKRNB",
            "power": "ubxlib, MKRNB",
        }
    ),
    quirks=(
        Quirk("indications off", "+CNMI is 1,0,0,0,0 from the factory", "SARA-R4 AT manual R09", ("+CNMI",)),
        Quirk(
            "indications lost",
            "+CNMI is lost at power-on, ATZ and AT&F whatever AT&W kept",
            "SARA-R4 AT manual R09",
            ("+CNMI", "&W"),
        ),
        Quirk("no mode 3", "+CNMI mode 3 is an error", "SARA-R4 AT manual R09", ("+CNMI",)),
        _SHORT_ADDRESS,
        Quirk("one more in CEREG", "with +CEREG=4 a value between place and cell", "ubxlib", ("+CEREG",)),
        Quirk(
            "password first",
            "+UAUTHREQ=cid,type,password,user, though manual R09 §13.15.2 prints the other order",
            "ubxlib, MKRNB",
            ("+UAUTHREQ",),
            Sure.DOUBTFUL,
        ),
        Quirk("slow radio off", "+CFUN=0 takes 20 s", "ubxlib (up to 30 s)", ("+CFUN",)),
        Quirk("restart by CFUN", "+CFUN=15 restarts", "ubxlib", ("+CFUN",)),
        Quirk("own error numbers", "+CME ERROR: 129 for refused credentials", "u-blox AT manual", ("+CGACT",)),
    ),
)

SARA_R5 = Personality(
    name="sara_r5",
    gap_ms=20,  # ubxlib
    title="u-blox SARA-R510S (LTE-M, NB-IoT)",
    cgmi="u-blox",
    cgmm="SARA-R510S-01B",
    cgmr="03.15",
    ati=("SARA-R510S-01B-00",),
    ati_pages=MappingProxyType({9: ("03.15,A00.01",)}),
    boot=(BootStep(4500, None, Ready.UART), BootStep(5200, None, Ready.SIM), BootStep(6000, None, Ready.SMS)),
    sms=Sms(stores=_STORES, cnmi_saved=False, error_words=_WORDS),
    pdp=Pdp(
        cids=(1, 11),
        auth_types=(0, 1, 2, 3),
        auth_strings_required=True,
        address_form='+CGPADDR: {cid},"{address}"',
        no_address_form='+CGPADDR: {cid},""',
        errors=_AUTH_ERRORS,
    ),
    power=Power(on_pulse_ms=1400, off_pulse_ms=1900, reset_pulse_ms=100, shutdown_ms=3000, restart_cfun=(16,)),
    timings_ms=MappingProxyType({"+CFUN=0": (5000, 12_000), "+CMGS": (1500, 10_000)}),
    acts=(7, 9),
    commands=_COMMANDS,
    lacks=frozenset({"+CGAUTH"}),
    sources=MappingProxyType(
        {
            "identification": "ubxlib",
            "boot": "ubxlib (boot 5 to 6 s)",
            "sms": "as SARA-R4: general knowledge",
            "pdp": "ubxlib",
            "power": "ubxlib",
        }
    ),
    quirks=(
        Quirk(
            "profile on a context",
            "+UPSD=0,100,cid maps the profile; +UPSDA=0,3 reports +UUPSDA after OK",
            "ubxlib",
            ("+UPSD", "+UPSDA"),
        ),
        Quirk("user first", "+UAUTHREQ=cid,type,user,password", "ubxlib", ("+UAUTHREQ",)),
        Quirk("restart by CFUN", "+CFUN=16 restarts", "ubxlib", ("+CFUN",)),
        Quirk("own error numbers", "+CME ERROR: 129 for refused credentials", "u-blox AT manual", ("+CGACT",)),
    ),
)

LARA_R6 = Personality(
    name="lara_r6",
    gap_ms=20,  # ubxlib
    title="u-blox LARA-R6401D (LTE cat 1, 3G, 2G)",
    cgmi="u-blox",
    cgmm="LARA-R6401D",
    cgmr="00.11",
    ati=("LARA-R6401D-00B-00",),
    ati_pages=MappingProxyType({9: ("00.11,A00.01",)}),
    boot=(BootStep(6000, None, Ready.UART), BootStep(7000, None, Ready.SIM), BootStep(9000, None, Ready.SMS)),
    sms=Sms(stores=_STORES, cnmi_saved=False, error_words=_WORDS),
    pdp=Pdp(
        cids=(1, 11),
        vendor_auth_password_first=True,
        auth_types=(0, 1, 2, 3),
        auth_strings_required=True,
        no_address_form='+CGPADDR: {cid},""',
        address_form='+CGPADDR: {cid},"{address}"',
        errors=_AUTH_ERRORS,
    ),
    power=Power(on_pulse_ms=300, off_pulse_ms=2000, reset_pulse_ms=150, shutdown_ms=5000, restart_cfun=(15,)),
    timings_ms=MappingProxyType({"+CFUN=0": (5000, 12_000), "+CFUN=4": (2000, 8000), "+CMGS": (1500, 10_000)}),
    acts=(7, 2, 0),
    cereg4_more=("?",),
    kept=MappingProxyType(
        {
            "+UMNOPROF": ("(0-6,8,18-21,28,31,38,39,90,201),(0,1)", "0"),
            "+URAT": ("(0-6),(0,2,3)", "3"),
        }
    ),
    commands=_COMMANDS,
    lacks=frozenset({"+CGAUTH"}),
    sources=MappingProxyType(
        {
            "identification": "u-blox's HPG captive portal example (its log of a LARA-R6401D); ATI: general knowledge",
            "boot": "ubxlib (boot 5 to 10 s)",
            "sms": "as SARA-R4: general knowledge",
            "pdp": "ubxlib",
            "power": "ubxlib",
        }
    ),
    quirks=(
        Quirk(
            "one more in CEREG", "with +CEREG=4 a value between place and cell, in +CEREG? only", "ubxlib", ("+CEREG",)
        ),
        Quirk("password first", "+UAUTHREQ=cid,type,password,user", "ubxlib", ("+UAUTHREQ",)),
        Quirk("no profile of Europe", "+UMNOPROF=100 is an error", "ubxlib", ("+UMNOPROF",)),
        Quirk("own numbers of RATs", "+URAT: 0 is GSM, 2 UTRAN, 3 LTE", "ubxlib", ("+URAT",)),
        Quirk(
            "indications lost",
            "+CNMI is lost at power-on, ATZ and AT&F whatever AT&W kept",
            "as SARA-R4",
            ("+CNMI", "&W"),
            Sure.KNOWN,
        ),
        Quirk(
            "profile on a context",
            "+UPSD=0,100,cid maps the profile; +UPSDA=0,3 reports +UUPSDA after OK",
            "as SARA-R5",
            ("+UPSD", "+UPSDA"),
            Sure.KNOWN,
        ),
        Quirk("restart by CFUN", "+CFUN=15 restarts", "ubxlib", ("+CFUN",)),
        Quirk("own error numbers", "+CME ERROR: 129 for refused credentials", "u-blox AT manual", ("+CGACT",)),
    ),
)
