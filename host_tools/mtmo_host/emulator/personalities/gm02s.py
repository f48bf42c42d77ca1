"""Sequans GM02S (Walter). Its SMS side is unproven: store and +CNMI values are the standard's, not the vendor's."""

from types import MappingProxyType

from mtmo_host.emulator.personality import BootStep, Pdp, Personality, Power, Quirk, Ready, Sms, Sure

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
    acts=(7, 9),
    commands=frozenset({"+SQNCCID", "^RESET", "+SQNSSHDN", "+PING"}),
    lacks=frozenset({"+CCID"}),
    iccid_prefix="+SQNCCID: ",
    sources=MappingProxyType(
        {
            "identification": "general knowledge",
            "boot": "walter-micropython, pycom-micropython-sigfox",
            "sms": "the standard's values; no library implements messages on it",
            "pdp": "walter-micropython, TinyGSM, Zephyr modem_cellular",
            "power": "walter-micropython (reset 300 ms)",
        }
    ),
    quirks=(
        Quirk("SYSSTART", "says +SYSSTART and +SHUTDOWN", "walter-micropython", ("^RESET", "+SQNSSHDN")),
        Quirk("indications off", "+CNMI is 0,0,0,0,0 from the factory", "unproven", ("+CNMI",), Sure.DOUBTFUL),
    ),
)
