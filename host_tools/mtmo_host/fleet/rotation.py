"""Re-keys a device over the air: make before break, in two texts that may each be lost (SC1 §6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device
from mtmo_host.fleet.platform import Platform
from mtmo_host.fleet.sender import Errand, Signing, dispatch, wait_for
from mtmo_host.sms import base32
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.sc1 import RECOVERY_KID

MAX_EPOCH = 255
_CONFIRM = "ping"  # any message under the new key; this one changes nothing

# What became of a rotation
ROTATED = "rotated"
REFUSED = "refused"  # the device said so, authentically
UNANSWERED = "unanswered"  # whether it has the new key is unknown: run it again
UNCONFIRMED = "unconfirmed"  # it took the new key, and keeps the old one until a text under the new one arrives

Tell = Callable[[Errand, str, str], None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How one slot of one device gets from the keys of `old` to those of `new`.

    `by` signs the `key` command: the slot itself, or the recovery slot Z, which alone can take a slot from a thief.
    """

    device: Device
    old: Signing
    new: KeySource
    by: Signing
    epoch: int
    resumed: bool

    @classmethod
    def plan(cls, device: Device, old: Signing, new: KeySource, recovery: KeySource | None) -> Rotation:
        """The next epoch, or the one that an earlier run began. Raises MtmoError."""
        counters, imei, kid = old.counters, device.imei, old.kid
        begun = counters.next_epoch(imei, kid)
        epoch = begun or old.keys.epoch(imei, counters.epoch(imei, kid)) + 1
        if epoch > MAX_EPOCH:
            what = f"slot {kid} has used its {MAX_EPOCH} epochs"
            raise MtmoError(what, field=device.name, fix="provision another slot at the cable")
        by = Signing(recovery, counters, RECOVERY_KID) if recovery else old
        return cls(device, old, new, dataclasses.replace(by, encrypt=True), epoch, begun is not None)

    @property
    def after(self) -> Signing:
        """How the device is spoken to under the new key."""
        return Signing(self.new, self.old.counters, self.old.kid, self.epoch)

    @property
    def command(self) -> str:
        """The command that carries the new key; only ever sent encrypted."""
        k_dev = self.new.device_key(self.device.imei, self.old.kid, self.epoch)
        return f"key {self.old.kid} {self.epoch} {base32.encode_bits(k_dev)}"

    def texts(self) -> tuple[str, str]:
        """The two texts for somebody who sends them by hand: the new key, and the first message under it."""
        imei = self.device.imei
        first = self.by.sign(imei, self.command).sms
        self._begin()
        return first, self.after.sign(imei, _CONFIRM).sms

    def run(self, platform: Platform, *, source: str, wait_s: float, tell: Tell) -> str:
        """Carries it out; what became of it. Run again, it goes on where it was cut short. Raises MtmoError."""
        if self.resumed and self._confirmed(platform, source, wait_s, tell):
            return ROTATED
        self._begin()
        errand = self._send(platform, self.by, self.command, source, wait_s, tell)
        if not errand.succeeded:
            return REFUSED if errand.verdict == "VERIFIED" else UNANSWERED
        return ROTATED if self._confirmed(platform, source, wait_s, tell) else UNCONFIRMED

    def _begin(self) -> None:
        # stored before it is sent: a device that took it must not be forgotten
        self.old.counters.begin_epoch(self.device.imei, self.old.kid, self.epoch)

    def _confirmed(self, platform: Platform, source: str, wait_s: float, tell: Tell) -> bool:
        errand = self._send(platform, self.after, _CONFIRM, source, wait_s, tell)
        if errand.verdict == "VERIFIED":
            self.old.counters.settle_epoch(self.device.imei, self.old.kid, self.epoch)
        return errand.verdict == "VERIFIED"

    def _send(self, platform: Platform, signing: Signing, body: str, source: str, wait_s: float, tell: Tell) -> Errand:
        errand = dispatch(platform, self.device, body, source=source, signing=signing)
        tell(errand, "sent", errand.sms)
        wait_for(platform, [errand], wait_s, tell)
        return errand
