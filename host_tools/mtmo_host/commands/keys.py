"""`mtmo keys`: makes, shows, exports and rotates the operator's keys; never prints one."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mtmo_host.commands.options import FLEET, IMEI, JSON, KEYS, PLATFORM, SOURCE, STATE, RealRange, kid_of, options
from mtmo_host.commands.telling import teller
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.flash.provision import check_imei
from mtmo_host.fleet.desk import DEFAULT_SLOT, Desk
from mtmo_host.fleet.file import Device
from mtmo_host.fleet.rotation import ROTATED, Rotation
from mtmo_host.sms.device_keys import KeySource, export_keys, load_keys
from mtmo_host.sms.keys import MasterKey

_SLOT = click.option("--slot", default=DEFAULT_SLOT, show_default=True, metavar="KID", callback=kid_of, help="key slot")
_TO = click.option("--to", metavar="NEWFILE", help="master key to move to [default: the same, next epoch]")
_BY = click.option("--by", metavar="RECOVERY", help="recovery key: takes a slot from a thief, by slot Z")


@click.group("keys")
def command() -> None:
    """Make, show, export and rotate keys.

    \b
    A master key file holds 64 hex digits and has mode 0600. Whoever has it commands the fleet.

    \b
    Examples:
      mtmo keys init fleet.key
      mtmo keys export --keys fleet.key --slot B --to anna.json unit-1 unit-2
      mtmo keys rotate unit-1
    """


@command.command("init")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--recovery", is_flag=True, help="the recovery master, for slot Z only: keep it offline")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON")
def init(file: str, recovery: bool, as_json: bool) -> None:
    """Make a new random master key in FILE; an existing file is never touched.

    \b
    Examples:
      mtmo keys init fleet.key
      mtmo keys init --recovery recovery.key
    """
    key = MasterKey.create(file, recovery=recovery)
    _print(key, as_json)
    if not as_json:
        click.echo("Keep a copy in a safe place: without it, its devices can only be re-keyed at the cable.")


@command.command("show")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON")
def show(file: str, as_json: bool) -> None:
    """Show the fingerprint of the key or the exported keys in FILE (or fd:N), never a key.

    \b
    Examples:
      mtmo keys show fleet.key
      mtmo keys show fd:3 3<fleet.key
    """
    _print(load_keys(file), as_json)


@command.command("export")
@options(KEYS, FLEET, STATE, JSON)
@click.option("--slot", required=True, metavar="KID", callback=kid_of, help="the operator's slot: one for each person")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), help="new file")
@click.option("--imei", "imeis", multiple=True, help="a device by its IMEI; may be given several times")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def export(
    keys: str | None,
    fleet: str | None,
    state: str | None,
    as_json: bool,
    slot: str,
    target: Path,
    imeis: tuple[str, ...],
    names: tuple[str, ...],
) -> None:
    """Write the keys of one slot of the devices named (or all) for an operator, who needs no master key then.

    Each device's key is the one that it is known to answer under: after a rotation of some, make a new export.

    `mtmo sms` and the sign page take the file as a key. The slot must be on the boards: mtmo flash --operator-slot.

    \b
    Examples:
      mtmo keys export --keys fleet.key --slot B --to anna.json
      mtmo keys export --keys fleet.key --slot B --to anna.json --imei 356938035643809
    """
    desk = Desk.offline(state=state, keys=keys, fleet=fleet)
    master = desk.keys()
    if not isinstance(master, MasterKey):
        raise MtmoError("is an export already", field=master.source, fix="export from the master key")
    devids = [check_imei(imei, typed=True) for imei in imeis]
    if names or not devids:
        devids += [device.imei for device in desk.devices(names)]
    counters = desk.counters
    exported = export_keys(master, devids, slot, {devid: counters.epoch(devid, slot) for devid in devids}, target)
    if as_json:
        result = {"file": str(target), "fingerprint": exported.fingerprint(), "slot": slot}
        mixed = len(set(exported.epochs.values())) > 1
        of = {"epoch": None, "epochs": exported.epochs} if mixed else {"epoch": exported.epochs[devids[0]]}
        click.echo(json.dumps({**result, **of, "devices": len(exported.keys)}))
    else:
        count = f"{len(exported.keys)} device{'s' * (len(exported.keys) != 1)}"
        click.echo(f"{target}: keys of slot {slot}, {exported.epoch_words()}, for {count}, {exported.fingerprint()}")


@command.command("rotate")
@options(PLATFORM, _SLOT, _TO, _BY, SOURCE, JSON)
@click.option("--wait", default=120.0, show_default=True, type=RealRange(1), help="seconds for each answer")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def rotate(
    names: tuple[str, ...],
    slot: str,
    to: str | None,
    by: str | None,
    source: str | None,
    as_json: bool,
    wait: float,
    **platform_options: str | None,
) -> None:
    """Give devices a new key in a slot, over the air: the old one is erased when the new one has answered.

    Run again after a failure, it goes on where it was cut short. Exit status 0 when every device was rotated.

    \b
    Examples:
      mtmo keys rotate unit-1
      mtmo keys rotate --to new.key unit-1 unit-2     to another master key
      mtmo keys rotate --by recovery.key unit-1       the key was stolen
    """
    desk = Desk.open(**platform_options)
    devices = desk.devices(names)
    rotations = [_plan(desk, device, slot, to, by) for device in devices]
    tell = teller(as_json, max(len(device.name) for device in devices))
    failed = False
    with desk.connect() as platform:
        for rotation in rotations:
            outcome = rotation.run(platform, source=source or desk.operator, wait_s=wait, tell=tell)
            failed |= outcome != ROTATED
            name, epoch = rotation.device.name, rotation.epoch
            if as_json:
                result = {"name": name, "imei": rotation.device.imei, "slot": rotation.old.kid, "epoch": epoch}
                click.echo(json.dumps({**result, "outcome": outcome}))
            else:
                click.echo(f"{name}: {outcome}, slot {rotation.old.kid} epoch {epoch}")
    if failed:
        raise SystemExit(1)


@command.command("rotate-by-hand")
@options(KEYS, STATE, IMEI, _SLOT, _TO, _BY, JSON)
def rotate_by_hand(
    keys: str | None, state: str | None, imei: str, slot: str, to: str | None, by: str | None, as_json: bool
) -> None:
    """Print the two texts of a rotation, for a phone or a portal.

    The second confirms the first; verify its answer with the epoch that is printed, which remembers it.

    \b
    Examples:
      mtmo keys rotate-by-hand --keys fleet.key --imei 356938035643809
      mtmo sms verify --imei 356938035643809 --epoch 2 "=A…"
    """
    desk = Desk.offline(state=state, keys=keys)
    rotation = _plan(desk, Device(imei, imei), slot, to, by)
    first, second = rotation.texts()
    if as_json:
        click.echo(json.dumps({"epoch": rotation.epoch, "texts": [first, second]}))
        return
    click.echo(f"first, and wait for its OK:\n{first}\nthen, under epoch {rotation.epoch}:\n{second}")


def _plan(desk: Desk, device: Device, slot: str, to: str | None, by: str | None) -> Rotation:
    recovery = MasterKey.load(by) if by else None
    if recovery and not recovery.recovery:
        raise UsageError("is no recovery key", field="--by", fix="mtmo keys init --recovery made it")
    old = desk.signing(slot, None)
    return Rotation.plan(device, old, load_keys(to) if to else old.keys, recovery)


def _print(key: KeySource, as_json: bool) -> None:
    kind = "exported" if not isinstance(key, MasterKey) else "recovery" if key.recovery else "master"
    kind = "demo" if key.demo else kind
    if as_json:
        click.echo(json.dumps({"file": key.source, "fingerprint": key.fingerprint(), "kind": kind}))
        return
    of = "" if isinstance(key, MasterKey) else f" of slot {key.kid}, {key.epoch_words()}, {len(key.keys)} devices"
    click.echo(f"{key.source}: {kind} key{'s' * bool(of)}{of}, fingerprint {key.fingerprint()}")
