"""Sends a command to devices and follows each until its answer is verified, or time is up."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device
from mtmo_host.fleet.inbox import joined
from mtmo_host.fleet.platform import LOST, Platform, Sms
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.verdict import UNVERIFIED, VERIFIED, Known, judge

_DANGER = {"reboot", "allow", "key", "unlock", "factory"}  # an old one must not lie in wait in the network
_DANGER_VALIDITY = timedelta(hours=1)
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Signing:
    """How to sign: keys, counters, slot; the `epoch` is by default the one the device is known to answer under."""

    keys: KeySource
    counters: CounterStore
    kid: str = "A"
    epoch: int | None = None
    encrypt: bool = False

    def slot(self, imei: str) -> sc1.SlotKeys:
        """The keys of the device's slot. Raises MtmoError."""
        epoch = self.epoch or self.keys.epoch(imei, self.counters.epoch(imei, self.kid))
        return self.keys.slot(imei, self.kid, epoch)

    def sign(self, imei: str, body: str, ctr: int | None = None) -> sc1.SignedCommand:
        """A signed command with a stored counter; `ctr` overrides it. Raises MtmoError."""
        keys = self.slot(imei)
        number = 1 if ctr is None else ctr
        sc1.sign(keys, imei, self.kid, number, body, self.encrypt)  # refuses the body before a counter is spent
        if ctr is None:
            number = self.counters.next(imei, self.kid)
        else:
            self.counters.reserve(imei, self.kid, number)
        command = sc1.sign(keys, imei, self.kid, number, body, self.encrypt)
        self.counters.note_tag(imei, self.kid, number, command.tag)
        return command


@dataclass(slots=True)
class Errand:
    """One command on its way to one device. `verdict` is `VERIFIED`, `UNVERIFIED` or None while nothing has come."""

    device: Device
    sms: str
    segments: int
    baseline: int
    ids: list[int]
    command: sc1.SignedCommand | None = None
    keys: sc1.SlotKeys | None = None
    state: str = "sent"
    verdict: str | None = None
    reply: str | None = None
    part: int = -1
    lost: bool = False
    seen: set[int] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Nothing more is to be expected: a final answer (not `Q`), or a command that never arrived."""
        final = self.verdict is not None and not (self.reply or "").startswith("Q")
        return self.lost or (final and (self.verdict == VERIFIED or self.command is None))

    @property
    def succeeded(self) -> bool:
        """A verified answer that is no error; unsigned, any answer."""
        if self.command is None:
            return self.verdict is not None
        return self.verdict == VERIFIED and not (self.reply or "").startswith("E")


def dispatch(
    platform: Platform,
    device: Device,
    body: str,
    *,
    source: str,
    signing: Signing | None,
    validity: timedelta | None = None,
) -> Errand:
    """Signs (unless `signing` is None) and submits a command. Raises MtmoError."""
    if not device.platform_id:
        raise MtmoError("has no platform_id", field=device.name, fix="add it to the fleet file")
    baseline = max((sms.id for sms in platform.log(device.platform_id)), default=0)
    command = signing.sign(device.imei, body) if signing else None
    text = command.sms if command else body
    verbs = {words[0].lower() for words in map(str.split, body.split(";")) if words}
    if validity is None and verbs & _DANGER:
        validity = _DANGER_VALIDITY
    expiry = None if validity is None else datetime.now(UTC) + validity
    parts = segments(text, ref=secrets.randbelow(256))
    ids = [platform.send(device.platform_id, part.text, source=source, udh=part.udh, expiry=expiry) for part in parts]
    keys = signing.slot(device.imei) if signing else None
    return Errand(device, text, len(parts), baseline, ids, command, keys)


def follow(platform: Platform, errand: Errand, tell: Callable[[Errand, str, str], None]) -> None:
    """Reads the platform's log once and brings the errand up to date; `tell(errand, what, text)` hears each news."""
    log = platform.log(errand.device.platform_id)
    _follow_delivery(errand, log, tell)
    for ids, text in joined(sms for sms in log if sms.mo and sms.id > errand.baseline):
        if ids <= errand.seen:
            continue
        errand.seen |= ids
        _judge(errand, text, tell)


def wait_for(
    platform: Platform, errands: list[Errand], wait_s: float, tell: Callable[[Errand, str, str], None]
) -> None:
    """Follows the errands until all are done or `wait_s` is over; raises what the platform last said if it failed."""
    deadline = time.monotonic() + wait_s
    trouble: MtmoError | None = None
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            for errand in errands:
                if not errand.done:
                    follow(platform, errand, tell)
            trouble = None
        except MtmoError as error:  # the command is on its way; a platform that stumbles gets until the deadline
            trouble = error
        if all(errand.done for errand in errands):
            return
        time.sleep(min(POLL_S, left_s))
    if trouble is not None:
        raise trouble


def _follow_delivery(errand: Errand, log: Iterable[Sms], tell: Callable[[Errand, str, str], None]) -> None:
    own = [sms for sms in log if sms.id in errand.ids and not sms.mo]
    if not own:
        return
    least = min(own, key=lambda sms: (sms.state not in LOST, sms.state))
    state = least.status.lower()
    errand.lost = least.state in LOST
    if state != errand.state:
        errand.state = state
        tell(errand, "state", state)


def _judge(errand: Errand, text: str, tell: Callable[[Errand, str, str], None]) -> None:
    """What a new MO text is to this errand."""
    if errand.command is None or errand.keys is None:
        errand.verdict, errand.reply = UNVERIFIED, text
        tell(errand, UNVERIFIED, text)
        return
    command, keys = errand.command, errand.keys
    known = Known(errand.device.imei, lambda _: keys, lambda *_: [(command.tag, None)], lambda _: True)
    found = judge(known, text, mo=True)
    frame = found.frame
    if frame is not None and (frame.mark != "=" or (frame.kid, frame.ctr) != (command.kid, command.ctr)):
        return  # it answers another command, or none; what is no SC1 at all is shown, never believed
    if found.verdict != VERIFIED:
        if errand.verdict is None:
            errand.verdict, errand.reply = UNVERIFIED, text
    elif errand.verdict != VERIFIED or frame is None or frame.part > errand.part:
        errand.verdict, errand.reply, errand.part = VERIFIED, found.text, 0 if frame is None else frame.part
    tell(errand, found.verdict, found.text)
