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

    `{cpin}` in the text stands for the card's state, `{airplane}` for " AIRPLANE MODE" when the radio starts off.
    """

    offset_ms: int
    urc: str | None
    ready: Ready = Ready.NOTHING
    routed: bool = False  # goes where +QURCCFG sends URCs, not always to this line
    late_ms: int | None = None  # in a slow start


class Sure(Enum):
    """How well a fact is known."""

    SEEN = "seen in the source"
    KNOWN = "general knowledge, not checked in a source"
    DOUBTFUL = "sources disagree"


@dataclass(frozen=True)
class Quirk:
    """One thing a family does its own way: `name` for tests, the commands it shows at, and where it is known from."""

    name: str
    what: str
    source: str
    commands: tuple[str, ...] = ()
    sure: Sure = Sure.SEEN


class MissingAck(Enum):
    """What follows when a routed message is not acknowledged in time (TS 27.005 §3.4.4 and vendors)."""

    ROUTING_OFF = "nothing is routed to the terminal any more"
    HELD_BACK = "the message stays with the network, the routing stays on"
    UNREGISTERED = "the terminal is no client any more, and is told so by +CMS ERROR: 524"


@dataclass(frozen=True)
class Sms:
    """Short messages as TS 27.005 leaves them open."""

    modes: tuple[int, ...] = (0, 1)
    stores: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"SM": 50}))  # name -> capacity
    default_store: str = "SM"
    receive_stores: tuple[str, ...] = ()  # the third of +CPMS, where not all serve
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
    ack_always: bool = False  # +CNMA is due whatever +CSMS says
    missing_ack: MissingAck = MissingAck.ROUTING_OFF
    zero_first: bool = False  # +CNMI must stand at zeros before it takes other values
    cnmi_saved: bool = True  # AT&W keeps it
    cnmi_needs: tuple[tuple[int, int, tuple[int, ...]], ...] = ()  # (place, value, <mode>s that go with it), else error
    cnmi_in_full: bool = False  # =? names each value, `(0,1,2)`, where others say `(0-2)`
    cnmi_read_more: tuple[int, ...] = ()  # what ? says behind the values that can be set
    cmt_with_oa: bool = False  # `+CMT: "<oa>",<length>`
    odd_cmti_every: int = 0  # every so many indications name no place: `+CMTI: ,-1`
    body_within_ms: int | None = None  # the body of a family without prompt must follow at once
    refuses_while_sending: bool = False  # a SIM command during +CMGS is answered ERROR at once
    errors: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # event of SMS_ERRORS -> own code
    error_words: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))  # vendor's codes, +CMEE=2

    def error(self, event: str) -> int:
        """The family's +CMS ERROR number for an event of SMS_ERRORS."""
        return self.errors.get(event, SMS_ERRORS[event])


@dataclass(frozen=True)
class Pdp:
    """Contexts and the way an APN is set."""

    cids: tuple[int, int] = (1, 16)
    default_cid: int = 1
    eps: bool = True  # attaching includes the default bearer's PDN connection
    auth_password_first: bool = False  # +CGAUTH=cid,type,password,user
    auth_limit: int = 64  # characters of each string
    auth_limit_form: str = "(0-{limit})"  # how +CGAUTH=? says so
    vendor_auth_password_first: bool = False  # the same of +UAUTHREQ and ^SGAUTH
    auth_types: tuple[int, ...] = (0, 1, 2)
    auth_strings_required: bool = False  # user and password must be given, as empty strings at least
    needs_radio_off: bool = False  # the default context is only taken while the radio is off
    one_session: bool = False  # the vendor's session commands name no cid: one session at a time
    address_form: str = "+CGPADDR: {cid},{address}"
    no_address_form: str = "+CGPADDR: {cid}"
    errors: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))  # SM cause -> own +CME ERROR


@dataclass(frozen=True)
class Power:
    """PWRKEY and reset: shortest pulses that count, and how long a shutdown takes."""

    on_pulse_ms: int = 500
    off_pulse_ms: int = 2500
    reset_pulse_ms: int = 100
    shutdown_ms: int = 2000
    shutdown_urc: str | None = None
    undervoltage_urc: str | None = None  # sent in bursts when the supply sags
    restart_cfun: tuple[int, ...] = ()  # values of +CFUN that restart the modem


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
    gap_ms: int = 0  # shortest pause between a final result and the next command
    holds_urcs: bool = False  # no URC while a command is in flight
    unknown_command: int | None = None  # +CME ERROR for a command that does not exist; None for ERROR
    unknown_is_cms: bool = False  # that number comes as +CMS ERROR
    latency_ms: Milliseconds = (2, 8)
    timings_ms: Mapping[str, Milliseconds] = field(default_factory=lambda: MappingProxyType({}))
    commands: frozenset[str] = frozenset()  # vendor commands this family has
    lacks: frozenset[str] = frozenset()  # standard commands it does not have, or a form of one: `+CNMI=?`
    only: frozenset[str] = frozenset()  # if given: the only commands with a long name that it has
    iccid_prefix: str = "+CCID: "
    cgsn_prefix: str = ""
    ati_pages: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))  # ATI9 and the like
    boot_cfun: int = 1  # +CFUN after power-on
    cfun_values: tuple[int, ...] = (0, 1, 4)
    acts: tuple[int, ...] = (7,)  # access technologies, best first (TS 27.007 §7.3)
    autobaud: bool = False  # +IPR=0 from the factory
    silent_while_autobauding: bool = False  # no boot line until +IPR pins the speed
    urc_port: str = "uart1"  # where URCs go until +QURCCFG; this line is uart1
    psm_default: tuple[str, ...] = ("0",)  # +CPSMS from the factory
    cereg4_more: tuple[str, ...] = ()  # a value more behind <tac> with +CEREG=4: in the answer ("?"), in the "urc"
    # name of a setting that is only kept -> what =? answers, what ? answers from the factory, where this family differs
    kept: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    leading_crlf: bool = True  # before each line, as V.250 wants
    info_end: str = "\r\n"  # behind the last line of an information text
    urc_line_end: str = "\r\n"
    doubled_cr_urcs: tuple[str, ...] = ()  # these URCs end in CR CR LF
    sim_removed_urc: str | None = None
    sim_inserted_urc: str | None = None
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # noun of the record -> source
    quirks: tuple[Quirk, ...] = ()
    file: str = ""  # where it was read from, when it is not built in
    toml: str = ""  # and what stood there

    def timing(self, name: str) -> Milliseconds:
        """How long the step `name` takes, from this record or the table of usual values."""
        return self.timings_ms.get(name) or USUAL_TIMINGS_MS.get(name, (0, 0))


# What +CMS ERROR says of an event (TS 27.005 §3.2.5); a personality names its own where its manual has one
SMS_ERRORS: Mapping[str, int] = MappingProxyType(
    {
        "not ready": 314,
        "bad length": 304,
        "bad pdu": 304,
        "bad text": 305,
        "too long": 305,
        "memory full": 322,
        "no network": 331,
        "unknown": 500,
    }
)

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
        "SIM": (500, 1500),
        "ping": (60, 250),
        "session": (300, 2000),
        "mt": (50, 400),
    }
)
