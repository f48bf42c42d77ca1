"""Per-device keys of one slot in a file: what an operator gets instead of a master key (SC1 §3)."""

from __future__ import annotations

import hashlib
import json
import os
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
    """K_dev of the devices in `keys` (devid → 32 octets), for one slot and epoch."""

    kid: str
    epoch: int
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
        if epoch != self.epoch:
            what = f"holds keys of epoch {self.epoch}, not {epoch}"
            raise MtmoError(what, field=self.source, fix="ask for a new export, or name its epoch with --epoch")
        try:
            return self.keys[devid]
        except KeyError:
            raise MtmoError(f"holds no key of device {devid}", field=self.source, fix="ask for a new export") from None

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
    """Writes the keys of `devids` into a new file of mode 0600; all must be at the same epoch. Raises MtmoError."""
    if kid == RECOVERY_KID:
        raise MtmoError("is the recovery slot, which no operator gets", field="--slot", fix="choose another slot")
    epochs = sorted({epoch[devid] for devid in devids})
    if len(epochs) != 1:
        what = f"the devices are at different epochs ({', '.join(map(str, epochs))})"
        raise MtmoError(what, field="--epoch", fix="name devices of one epoch, or rotate the others")
    exported = DeviceKeys(
        kid, epochs[0], {devid: master.device_key(devid, kid, epochs[0]) for devid in devids}, str(path)
    )
    create_private(path, _content(exported))
    return exported


def _content(exported: DeviceKeys) -> str:
    keys = {devid: key.hex() for devid, key in sorted(exported.keys.items())}
    record = {"kind": _KIND, "version": _VERSION, "slot": exported.kid, "epoch": exported.epoch, "keys": keys}
    return json.dumps(record, indent=1) + os.linesep


def _parse(content: bytes, name: str) -> DeviceKeys:
    damaged = MtmoError("is no usable export of device keys", field=name, fix="ask for a new one: mtmo keys export")
    try:
        record: dict[str, Any] = json.loads(content)
        kid, epoch = record["slot"], record["epoch"]
        keys = {devid: bytes.fromhex(key) for devid, key in record["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise damaged from None
    whole = all(len(key) == KEY_OCTETS and devid.isascii() and devid for devid, key in keys.items())
    known = record.get("kind") == _KIND and record.get("version") == _VERSION
    if not (known and whole and isinstance(kid, str) and len(kid) == 1 and kid in KIDS):
        raise damaged
    if not isinstance(epoch, int) or not 1 <= epoch <= 255:
        raise damaged
    return DeviceKeys(kid, epoch, keys, name)
