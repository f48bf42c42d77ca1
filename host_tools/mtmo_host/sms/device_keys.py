"""Per-device keys of one slot in a file: what an operator gets instead of a master key (SC1 §3)."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.sms import base32
from mtmo_host.sms.keys import MasterKey, create_private, read_private
from mtmo_host.sms.sc1 import KEY_OCTETS, KIDS, RECOVERY_KID, SlotKeys

_KIND = "mtmo device keys"
_VERSION = 1
_LIMIT = 64 << 20  # octets; a hundred thousand devices need 9 MiB


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """K_dev of the devices in `keys` (devid → 32 octets), for one slot; each at the epoch that `epochs` says."""

    kid: str
    epochs: Mapping[str, int]
    keys: Mapping[str, bytes] = field(repr=False)
    source: str
    demo: bool = False
    recovery: bool = False

    def fingerprint(self) -> str:
        """Eight characters that tell exports apart and give nothing away."""
        digest = hashlib.sha256(b"SC1 device keys fingerprint" + _content(self).encode()).digest()
        text = base32.encode_bits(digest[:5])
        return f"{text[:4]}-{text[4:]}"

    def device_key(self, devid: str, kid: str = "A", epoch: int = 1) -> bytes:
        """K_dev of a device; only for the slot and epoch of the export. Raises MtmoError."""
        if kid != self.kid:
            raise MtmoError(f"holds keys of slot {self.kid}, not {kid}", field=self.source, fix=f"--slot {self.kid}")
        if devid not in self.keys:
            raise MtmoError(f"holds no key of device {devid}", field=self.source, fix="ask for a new export")
        if epoch != self.epochs[devid]:
            what = f"holds the key of device {devid} for epoch {self.epochs[devid]}, not {epoch}"
            raise MtmoError(what, field=self.source, fix="ask for a new export, or name its epoch with --epoch")
        return self.keys[devid]

    def epoch(self, devid: str, known: int) -> int:
        """The epoch that a device is spoken to under, of which `known` is known to have been answered."""
        return max(known, self.epochs.get(devid, 1))

    def epoch_words(self) -> str:
        """`epoch 1`, or `epochs 1 to 3`."""
        least, most = min(self.epochs.values(), default=1), max(self.epochs.values(), default=1)
        return f"epoch {least}" if least == most else f"epochs {least} to {most}"

    def slot(self, devid: str, kid: str = "A", epoch: int = 1) -> SlotKeys:
        """The three keys of a device's slot."""
        return SlotKeys(self.device_key(devid, kid, epoch))


KeySource = MasterKey | DeviceKeys


def load_keys(source: str | Path) -> KeySource:
    """The master key or the exported device keys in a file or descriptor `fd:N`. Raises MtmoError."""
    content, name = read_private(source, _LIMIT)
    if content.lstrip()[:1] == b"{":
        return _parse(content, name)
    return MasterKey.from_content(content, source)


def export_keys(master: MasterKey, devids: list[str], kid: str, epoch: Mapping[str, int], path: Path) -> DeviceKeys:
    """Writes the keys of `devids` into a new file of mode 0600, each at its `epoch`. Raises MtmoError."""
    if kid == RECOVERY_KID:
        raise MtmoError("is the recovery slot, which no operator gets", field="--slot", fix="choose another slot")
    epochs = {devid: epoch[devid] for devid in devids}
    keys = {devid: master.device_key(devid, kid, number) for devid, number in epochs.items()}
    exported = DeviceKeys(kid, epochs, keys, str(path))
    create_private(path, _content(exported))
    return exported


def _content(exported: DeviceKeys) -> str:
    keys = {devid: key.hex() for devid, key in sorted(exported.keys.items())}
    usual = Counter(exported.epochs.values()).most_common(1)[0][0]
    record = {"kind": _KIND, "version": _VERSION, "slot": exported.kid, "epoch": usual, "keys": keys}
    others = {devid: epoch for devid, epoch in sorted(exported.epochs.items()) if epoch != usual}
    if others:
        record["epochs"] = others
    return json.dumps(record, indent=1) + os.linesep


def _parse(content: bytes, name: str) -> DeviceKeys:
    damaged = MtmoError("is no usable export of device keys", field=name, fix="ask for a new one: mtmo keys export")
    try:
        record: dict[str, Any] = json.loads(content)
        kid, epoch = record["slot"], record["epoch"]
        others = dict(record.get("epochs", {}))
        keys = {devid: bytes.fromhex(key) for devid, key in record["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise damaged from None
    whole = all(len(key) == KEY_OCTETS and devid.isascii() and devid for devid, key in keys.items())
    known = record.get("kind") == _KIND and record.get("version") == _VERSION
    if not (known and whole and isinstance(kid, str) and len(kid) == 1 and kid in KIDS):
        raise damaged
    epochs = {devid: others.get(devid, epoch) for devid in keys}
    if not keys or not all(type(number) is int and 1 <= number <= 255 for number in (epoch, *epochs.values())):
        raise damaged
    return DeviceKeys(kid, epochs, keys, name)
