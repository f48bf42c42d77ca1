"""Cinterion (Thales) EHS5, PLS62 and their like: starts in airplane mode, discards what it held."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms

CINTERION = Personality(
    name="cinterion",
    title="Cinterion PLS62-W (LTE Cat 1)",
    cgmi="Cinterion",
    cgmm="PLS62-W",
    cgmr="REVISION 01.000",
    ati=("Cinterion", "PLS62-W", "REVISION 01.000"),
    ati_pages=MappingProxyType({1: ("Cinterion", "PLS62-W", "REVISION 01.000", "A-REVISION 01.000.01")}),
    boot=(
        BootStep(3500, "^SYSSTART{airplane}", Ready.UART),
        BootStep(4500, None, Ready.SIM),
        BootStep(6000, None, Ready.SMS),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 30, "ME": 50, "MT": 80}),
        receive_stores=("SM", "MT"),
        cnmi_ranges=((0, 1, 2, 3), (0, 1), (0, 2, 3), (0, 2), (1,)),
        cnmi_default=(0, 0, 0, 0, 1),
        errors=MappingProxyType({"not ready": 532, "bad pdu": 517, "bad length": 516}),
        error_words=MappingProxyType(
            {
                512: "user abort",
                513: "unable to store",
                514: "invalid status",
                515: "invalid character in address string",
                516: "invalid length",
                517: "invalid character in PDU",
                518: "invalid parameter",
                519: "invalid length or character",
                520: "invalid character in text",
                521: "timer expired",
                522: "operation temporary not allowed",
                532: "SIM not ready",
                535: "protocol stack busy",
                538: "invalid parameter",
            }
        ),
    ),
    pdp=Pdp(
        cids=(1, 16),
        vendor_auth_password_first=True,
        errors=MappingProxyType({27: 607}),
    ),
    power=Power(on_pulse_ms=100, off_pulse_ms=2000, reset_pulse_ms=100, shutdown_ms=2000, shutdown_urc="^SHUTDOWN"),
    acts=(7, 2, 0),
    boot_cfun=4,
    iccid_prefix="^SCID: ",
    commands=frozenset({"^SGAUTH", "^SICA", "^SISX", "^SMSO", "^SCFG", "^SCKS", "^SCID", "+CMGC"}),
    lacks=frozenset({"+CCID", "+CGAUTH"}),
    sim_removed_urc="^SCKS: 0",
    sim_inserted_urc="^SCKS: 1",
    sources=MappingProxyType(
        {
            "identification": "ModemManager's cinterion plugin; strings are general knowledge",
            "boot": "ModemManager's cinterion plugin",
            "sms": "ModemManager's cinterion plugin, gammu PR #1207 (MC75i); numbers: gammu at-error.c (TC65)",
            "pdp": "ModemManager's cinterion plugin",
            "power": "general knowledge",
        }
    ),
    quirks=(
        Quirk("bfr must be 1", "+CNMI takes 1 alone as its last value", "gammu PR #1207", ("+CNMI",)),
        Quirk("no ME to receive into", "the third store of +CPMS is SM or MT", "gammu PR #1207 (MC75i)", ("+CPMS",)),
        Quirk("no mt 2", "messages cannot be routed", "gammu PR #1207", ("+CNMI",)),
        Quirk(
            "airplane mode at start",
            "^SYSSTART AIRPLANE MODE, until +CFUN=1",
            "ModemManager cinterion",
            ("+CFUN", "^SCFG"),
        ),
        Quirk(
            "password first",
            "^SGAUTH=cid,type,password,user on models before IMT",
            "ModemManager cinterion",
            ("^SGAUTH",),
        ),
        Quirk(
            "own error numbers",
            "532 card not ready, 516 length, 517 not hex; +CME ERROR: 607 for the APN",
            "gammu at-error.c (TC65 V02.000)",
            ("+CPMS", "+CMGS", "+CGACT"),
        ),
    ),
)
