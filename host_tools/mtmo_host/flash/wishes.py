"""What a person wants a board to hold: what is named replaces what is there, what is not named stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtmo_host.errors import UsageError
from mtmo_host.flash import provision
from mtmo_host.flash.held import Held
from mtmo_host.flash.settings import fitting, settings_table
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.sc1 import RECOVERY_KID

_NO_KEY = "add --keys FILE (mtmo keys init FILE makes one), or choose another --access"


@dataclass(frozen=True)
class Slots:
    """The key slots that are named: those of the master key with their roles, and Z of the recovery key.

    Without `epoch` a slot that the board has keeps its epoch, as a rotation left it; a new one begins with 1.
    """

    master: MasterKey | None = None
    recovery: MasterKey | None = None
    kids: Sequence[tuple[str, str]] = ()
    epoch: int | None = None

    @property
    def demo(self) -> bool:
        """Whether a key is one that everybody knows."""
        return self.master is not None and self.master.demo

    def rows(self, imei: str, held: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Rows of the record for the slots that are named; `held` are the board's own, by slot."""
        for kid, role in self.kids if self.master else ():
            epoch = self.epoch or int(held.get(kid, {}).get("epoch", 1))
            yield provision.slot_key(self.master, imei, kid, epoch, role)  # type: ignore[arg-type]
        if self.recovery:
            yield provision.slot_key(self.recovery, imei, RECOVERY_KID)


@dataclass(frozen=True)
class Wishes:
    """What was named; None and empty: nothing."""

    slots: Slots = field(default_factory=Slots)
    allow: Sequence[Sequence[str]] | None = None
    access: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def needs_imei(self, held: Held) -> bool:
        """Whether the modem must be asked who it is: keys are made from its IMEI."""
        return self.slots.master is not None or not held.devid

    def record(self, held: Held, imei: str) -> dict[str, Any]:
        """The object of /provision.json for a board that holds `held`. Raises UsageError where nobody could command it.

        Keys that were made from another IMEI than a new key are left out: nothing would verify under them.
        """
        kept = {str(row["kid"]): row for row in held.slots if not self.slots.master or held.devid == imei}
        rows: dict[str, Mapping[str, Any]] = dict(kept)
        for row in self.slots.rows(imei, kept):
            before = kept.get(row["kid"], {})
            same = all(before.get(name) == value for name, value in row.items())
            rows[row["kid"]] = before if same else row  # the same key keeps the next one that is on its way
        settings = {**fitting(held.settings), **self.settings}
        access = self.access or settings.get("access", "signed")
        allow = held.allow if self.allow is None else self.allow
        devid = imei if self.slots.master else held.devid or imei
        made = provision.record(
            devid, keys=[rows[kid] for kid in sorted(rows)], allow=allow, settings=settings, access=access,
            demo=self.slots.demo,
        )  # fmt: skip
        _check(made)
        return made


def _check(record: Mapping[str, Any]) -> None:
    settings = record["settings"]
    if settings["access"] == "signed" and not record["keys"]:
        raise UsageError("signed access needs a key", field="--keys", fix=_NO_KEY)
    if settings["access"] == "pin" and not settings.get("pin"):
        raise UsageError("access by PIN needs a PIN", field="--pin", fix="add --access pin, which asks for it")
    if settings.get("lock") and not record["allow"] and not settings.get("any-sender-if-signed"):
        fix = "add --allow OA ROLE"
        raise UsageError("nobody could open the board again: its allow-list is empty", field="--lock", fix=fix)


def changes(held: Held, record: Mapping[str, Any]) -> list[str]:
    """What the record changes on a board that holds `held`, in words, secrets masked; empty: nothing."""
    return [
        *_key_changes(held, record["keys"]),
        *_allow_changes(held, record["allow"]),
        *_setting_changes(held, record),
    ]


def stays(held: Held, record: Mapping[str, Any]) -> str:
    """What the board keeps, in words."""
    keys = [str(row["kid"]) for row in held.slots if row in record["keys"]]
    entries = [entry for entry in held.allow if list(entry) in [list(one) for one in record["allow"]]]
    kept = [f"slot {', '.join(keys)}"] if keys else []
    kept += [f"{len(entries)} allowed address{'es' * (len(entries) != 1)}"] if entries else []
    kept += [f"access {record['settings']['access']}"] if held.provisioned else []
    return "; ".join(kept)


def _key_changes(held: Held, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    before = {row["kid"]: row for row in held.slots}
    after = {row["kid"]: row for row in rows}
    for kid in sorted({*before, *after}):
        if kid not in after:
            yield f"slot {kid}: removed"
        elif before.get(kid) != after[kid]:
            row = after[kid]
            yield f"slot {kid}: {'another' if kid in before else 'a'} key, epoch {row['epoch']}, {row['role']}"


def _allow_changes(held: Held, entries: Sequence[Sequence[str]]) -> Iterator[str]:
    before = {oa: role for oa, role in held.allow}  # noqa: C416 - pairs from JSON are lists
    after = {oa: role for oa, role in entries}  # noqa: C416
    yield from (f"allow {oa}: {role}" for oa, role in after.items() if before.get(oa) != role)
    yield from (f"allow {oa}: removed" for oa in before if oa not in after)


def _setting_changes(held: Held, record: Mapping[str, Any]) -> Iterator[str]:
    if record["devid"] != held.devid:
        yield f"device id: {record['devid']}"
    table = settings_table()
    for name, value in sorted(record["settings"].items()):
        row = table.get(name)
        if (name == "apn" and held.apn) or (row and _same(held.settings.get(name, row[2]), value)):
            continue
        yield f"{name}: {'***' if row and row[1] == 'secret' else _said(value)}"
    for name in sorted(set(held.settings) - set(record["settings"])):
        yield f"{name}: the default"


def _same(before: Any, after: Any) -> bool:
    return _said(before) == _said(after)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return {"yes": "on", "true": "on", "no": "off", "false": "off"}.get(str(value), str(value))


def refuse_demo_keys(slots: Slots, virtual: bool) -> None:
    """Raises MtmoError for a demo key on a real board."""
    for key in (slots.master, slots.recovery):
        if key:
            provision.refuse_demo_key(key, virtual)
