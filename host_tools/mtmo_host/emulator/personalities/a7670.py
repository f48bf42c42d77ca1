"""SIMCom A7670 and its A76xx kin.

Sources: LilyGo-Modem-Series (boot lines, waits), TinyGSM A7672x (identification), gammu #1176 (prompt), the Zephyr
modem driver (pulses); capacities and latencies are usual values, not from a manual.
"""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Ready, Sms

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
        BootStep(18_000, "SMS DONE", Ready.SMS),  # LilyGO waits up to 100 s for it
        BootStep(19_000, "PB DONE"),
    ),
    sms=Sms(
        stores=MappingProxyType({"SM": 50, "ME": 100}),
        default_store="ME",
        prompt=b"\r\n>\r\n",
    ),
    pdp=Pdp(cids=(1, 15)),
    # Pulses a little under what boards give (LilyGO 100 ms on, 3000 ms off)
    power=Power(on_pulse_ms=50, off_pulse_ms=2500, reset_pulse_ms=100, shutdown_ms=2000, shutdown_urc=None),
    commands=frozenset(
        {"+CICCID", "+CPOF", "+CRESET", "+CNSMOD", "+CPSI", "+NETOPEN", "+NETCLOSE", "+IPADDR", "+SIMCOMATI"}
    ),
    lacks=frozenset({"+CCID"}),
    iccid_prefix="+ICCID: ",
)
