"""Sequans GM02S (Walter).

Sources: walter-micropython (boot line, reset), TinyGSM and the Zephyr driver (contexts). Its SMS side is unproven:
the store and CNMI values are the standard's, not the vendor's.
"""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Ready, Sms

GM02S = Personality(
    name="gm02s",
    title="Sequans GM02S (LTE-M, NB-IoT)",
    cgmi="Sequans",
    cgmm="GM02S",
    cgmr="UE8.2.1.0",
    ati=("Sequans", "GM02S"),
    boot=(
        BootStep(2000, "+SYSSTART", Ready.UART),
        BootStep(3500, None, Ready.SIM),
        BootStep(4000, None, Ready.SMS),
    ),
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 50}), cnmi_default=(0, 0, 0, 0, 0)),
    pdp=Pdp(cids=(1, 8)),
    power=Power(on_pulse_ms=100, off_pulse_ms=2500, reset_pulse_ms=200, shutdown_ms=1000, shutdown_urc="+SHUTDOWN"),
    commands=frozenset({"+SQNCCID", "^RESET", "+SQNSSHDN"}),
    lacks=frozenset({"+CCID"}),
    iccid_prefix="+SQNCCID: ",
)
