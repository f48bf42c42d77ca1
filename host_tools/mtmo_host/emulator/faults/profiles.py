"""Named sets of faults, as data: what a bad place, a bad supply or a bad line is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mtmo_host.emulator.faults.menu import Value
from mtmo_host.errors import MtmoError


@dataclass(frozen=True)
class Profile:
    """Faults that are met together, with their parameters."""

    name: str
    help: str
    faults: Mapping[str, Mapping[str, Value]]


def _profile(name: str, help: str, **faults: Mapping[str, Value]) -> Profile:
    return Profile(name, help, MappingProxyType(faults))


PROFILES: tuple[Profile, ...] = (
    _profile("healthy", "nothing goes wrong"),
    _profile(
        "flaky", "a little of everything",
        F1={"every": 7}, F4={"rate": 0.2}, F5={"rate": 0.03, "what": "either"}, F6={"rate": 0.03},
        F7={"every_s": 1800}, F10={"rate": 0.3}, F11={"rate": 0.1}, F13={"rate": 0.05, "times": 0}, F15={},
    ),
    _profile("slow", "a modem that thinks long, on a slow line",
             F1={"every": 3}, F2={"ms": 1}, F6={"rate": 0.2, "least_ms": 500, "most_ms": 4000}),
    _profile("noisy-line", "a bad cable", F1={"every": 5}, F3={"rate": 0.001}),
    _profile("chatty", "unsolicited lines everywhere, and the echo stays on",
             F4={"rate": 0.2, "where": "any"}, F10={"copies": 2}, F15={}),
    _profile("brown-out", "a supply too weak for sending", F8={"rate": 0.3, "every_s": 900}),
    _profile("restarts", "restarts by itself, at times without a word", F7={"every_s": 120, "silent": True}),
    _profile("full-store", "a store that others fill up", F9={"over": 2, "every_s": 1800}),
    _profile("silent", "new messages are never indicated", F11={}),
    _profile("sim-busy", "a card that is often busy", F13={"rate": 0.2, "times": 0}),
    _profile("bad-coverage", "ten minutes without network, now and then", F22={"down_s": 600, "every_s": 1800}, F21={}),
    _profile("lossy", "responses and results get lost",
             F5={"rate": 0.1, "what": "either"}, F6={"rate": 0.1}, F14={"rate": 0.2, "sent": "either"}),
    _profile("stuck", "begins in a prompt, or in a data call", F17={"again": True}, F18={}),
    _profile("hostile", "texts and lines made to confuse", F19={"rate": 0.1}, F20={}, F21={}, F4={"rate": 0.2}),
    _profile("bad-apn", "a new APN is refused", F25={}),
    _profile("time-traveller", "the clock jumps a year ahead", F26={}),
)  # fmt: skip

_BY_NAME = {profile.name: profile for profile in PROFILES}


def names() -> tuple[str, ...]:
    """All profiles, in the order of the table."""
    return tuple(_BY_NAME)


def find(name: str) -> Profile:
    """The profile called `name`; MtmoError lists the names otherwise."""
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        fix = "one of " + ", ".join(_BY_NAME)
        raise MtmoError(f"no fault profile is called {name!r}", field="faults", fix=fix) from None
