"""SIMCom SIM7000 and SIM7080 (LTE-M and NB-IoT).

Sources: 1NCE's SIM7000G transcripts, LilyGo-T-SIM7000G and T-SIM7080G, the Zephyr modem driver (pulses); stores and
capacities are usual values.
"""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Ready, Sms

_BOOT = (
    BootStep(4500, "RDY", Ready.UART),
    BootStep(4700, "+CFUN: 1"),
    BootStep(5200, "+CPIN: {cpin}", Ready.SIM),
    BootStep(9500, "SMS Ready", Ready.SMS),
)
_COMMANDS = frozenset(
    {"+CCID", "+CPOWD", "+CREBOOT", "+IPREX", "+CNMP", "+CMNB", "+CPSI", "+CNACT", "+CNCFG", "+CGNAPN", "+SIMCOMATI"}
)
# a little under what boards give (LilyGO 1000 ms on, 1300 ms off)
_POWER = Power(on_pulse_ms=900, off_pulse_ms=1200, shutdown_ms=1800, shutdown_urc="NORMAL POWER DOWN")

SIM7000 = Personality(
    name="sim7000",
    title="SIMCom SIM7000G (LTE-M, NB-IoT, GPRS)",
    cgmi="SIMCOM_Ltd",
    cgmm="SIMCOM_SIM7000G",
    cgmr="Revision:1529B08SIM7000G",
    ati=("SIM7000G R1529",),
    boot=_BOOT,
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 100, "MT": 130})),
    pdp=Pdp(cids=(1, 15)),
    power=_POWER,
    commands=_COMMANDS,
    iccid_prefix="",
)

SIM7080 = Personality(
    name="sim7080",
    title="SIMCom SIM7080G (LTE-M, NB-IoT)",
    cgmi="SIMCOM_Ltd",
    cgmm="SIMCOM_SIM7080",
    cgmr="1951B08SIM7080",
    ati=("SIM7080G R1951",),
    boot=_BOOT,
    sms=Sms(stores=MappingProxyType({"SM": 30, "ME": 100})),
    pdp=Pdp(cids=(1, 15)),
    power=_POWER,
    echo_outlives_ate0=True,
    commands=_COMMANDS,
    iccid_prefix="",
)
