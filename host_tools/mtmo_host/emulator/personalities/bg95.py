"""Quectel BG95 (LTE-M, NB-IoT, EGPRS).

Sources: Sixfab pico_lte (use, pulses), the Zephyr modem driver (boot); stores by analogy with EC25.
"""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Ready, Sms

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
    ),
    pdp=Pdp(cids=(1, 15), auth_types=(0, 1, 2, 3)),
    power=Power(on_pulse_ms=450, off_pulse_ms=650, reset_pulse_ms=2000, shutdown_ms=1500, shutdown_urc="POWERED DOWN"),
    commands=frozenset({"+QCCID", "+QPOWD", "+QGMR", "+QICSGP", "+QIACT", "+QIDEACT", "+QURCCFG", "+QCFG"}),
    lacks=frozenset({"+CCID"}),
    iccid_prefix="+QCCID: ",
)
