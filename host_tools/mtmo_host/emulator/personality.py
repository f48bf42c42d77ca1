"""What one modem family is like: a frozen record of facts, so that a new modem is data and no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

Milliseconds = tuple[int, int]  # shortest and longest


class Ready(Enum):
    """What becomes usable at a step of the boot."""

    UART = "answers on the serial line"
    SIM = "the card has been read"
    SMS = "the message store has been read"
    NOTHING = "only a line of text"


@dataclass(frozen=True)
class BootStep:
    """At `offset_ms` after power-on: send `urc` (None for silence) and let `ready` begin.

    `{cpin}` in the text stands for the card's state.
    """

    offset_ms: int
    urc: str | None
    ready: Ready = Ready.NOTHING


@dataclass(frozen=True)
class Sms:
    """Short messages as TS 27.005 leaves them open."""

    modes: tuple[int, ...] = (0, 1)
    stores: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"SM": 50}))  # name -> capacity
    default_store: str = "SM"
    services: tuple[int, ...] = (0, 1)  # +CSMS
    cnmi_ranges: tuple[tuple[int, ...], ...] = ((0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1))
    cnmi_default: tuple[int, ...] = (2, 1, 0, 0, 0)
    ack_timeout_ms: int = 15_000
    index_base: int = 1
    empty_index_is_error: bool = True  # CMS 321, else a bare OK
    prompt: bytes = b"\r\n> "
    escape_result: str | None = "OK"  # what ESC in the body is answered with; None for silence
    min_length: int = 7  # octets of a TPDU in +CMGS
    max_length: int = 164


@dataclass(frozen=True)
class Pdp:
    """Contexts and the way an APN is set."""

    cids: tuple[int, int] = (1, 16)
    default_cid: int = 1
    eps: bool = True  # attaching includes the default bearer's PDN connection
    auth_password_first: bool = False  # +CGAUTH=cid,type,password,user
    auth_types: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class Power:
    """PWRKEY and reset: shortest pulses that count, and how long a shutdown takes."""

    on_pulse_ms: int = 500
    off_pulse_ms: int = 2500
    reset_pulse_ms: int = 100
    shutdown_ms: int = 2000
    shutdown_urc: str | None = None


@dataclass(frozen=True)
class Personality:
    """One modem family. Each record in `personalities` names the source of its facts."""

    name: str
    title: str
    cgmi: str
    cgmm: str
    cgmr: str
    ati: tuple[str, ...]
    boot: tuple[BootStep, ...]
    sms: Sms = Sms()
    pdp: Pdp = Pdp()
    power: Power = Power()
    echo: bool = True
    echo_outlives_ate0: bool = False  # the command after ATE0 is still echoed
    baud: int = 115_200
    line_limit: int = 2048
    holds_urcs: bool = False  # no URC while a command is in flight
    unknown_command: int | None = None  # +CME ERROR for a command that does not exist; None for ERROR
    latency_ms: Milliseconds = (2, 8)
    timings_ms: Mapping[str, Milliseconds] = field(default_factory=lambda: MappingProxyType({}))
    commands: frozenset[str] = frozenset()  # vendor commands this family has
    lacks: frozenset[str] = frozenset()  # standard commands it does not have
    iccid_prefix: str = "+CCID: "
    cgsn_prefix: str = ""

    def timing(self, name: str) -> Milliseconds:
        """How long the step `name` takes, from this record or the table of usual values."""
        return self.timings_ms.get(name) or USUAL_TIMINGS_MS.get(name, (0, 0))


# Usual values (at desk-top pace of a good cell); a personality names its own where a source gives them.
USUAL_TIMINGS_MS: Mapping[str, Milliseconds] = MappingProxyType(
    {
        "prompt": (10, 60),
        "+CMGS": (1500, 4000),
        "+CMGL": (50, 300),
        "+CMGR": (20, 80),
        "+CMGD": (20, 120),
        "+CFUN=0": (1000, 3000),
        "+CFUN=1": (300, 1500),
        "+CFUN=4": (500, 2000),
        "+CGACT": (300, 2000),
        "+CGATT": (500, 3000),
        "+COPS=?": (20_000, 45_000),
        "register": (2000, 6000),
        "mt": (50, 400),
    }
)
