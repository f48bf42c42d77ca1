"""`mtmo flash`: the agent, its keys and its settings onto a board."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from mtmo_host import profile as profiles
from mtmo_host.errors import UsageError
from mtmo_host.flash import provision
from mtmo_host.flash.flasher import Outcome, Progress, flash_board
from mtmo_host.flash.settings import check_settings, load_settings
from mtmo_host.flash.wishes import Slots, Wishes, refuse_demo_keys
from mtmo_host.fleet.file import Device, load_fleet, upsert
from mtmo_host.profile import Profile
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.pin import read_pin
from mtmo_host.sms.sc1 import RECOVERY_KID

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--board", "board_name", required=True, metavar="NAME|FILE", help="board profile: name or .toml file")
@click.option("--port", required=True, help="serial port of the board's REPL")
@click.option("--keys", metavar="FILE|fd:N", help="master key; the board gets a key of its own from it")
@click.option("--allow", nargs=2, multiple=True, metavar="OA ROLE", help="who may command it: viewer, operator, admin")
@click.option("--access", type=click.Choice(["signed", "pin", "allow-list"]), help="what proves a text  [signed]")
@click.option("--pin", metavar="FILE|fd:N", help="PIN of --access pin; without it, it is asked for")
@click.option("--settings", "settings_file", type=_FILE, help="TOML file of further settings")
@click.option("--lock", is_flag=True, help="no prompt and no REPL at the cable, until: set lock off, signed")
@click.option("--imei", help="IMEI of the modem; without it the modem is asked")
@click.option("--slot", default="A", show_default=True, help="key slot of the master key's holder")
@click.option("--operator-slot", "operators", nargs=2, multiple=True, metavar="KID ROLE", help="a slot for an operator")
@click.option("--recovery", metavar="FILE|fd:N", help="recovery key: slot Z, which can re-key a stolen slot")
@click.option("--epoch", type=int, help="epoch of the key in its slot  [default: the slot's own, else 1]")
@click.option("--fresh", is_flag=True, help="forget the keys, addresses and settings that are not named here")
@click.option("--romfs", is_flag=True, help="the agent into the board's ROMFS partition: it needs less heap")
@click.option("--force", is_flag=True, help="even onto a board with another chip, or over somebody else's ROMFS")
@click.option("--fleet", type=_FILE, help="fleet.csv that gets a line for this board")
@click.option("--name", help="name of the board in the fleet file  [default: board-IMEI]")
@click.option("--json", "as_json", is_flag=True, help="print the result as one line of JSON")
def command(
    board_name: str,
    port: str,
    keys: str | None,
    allow: tuple[tuple[str, str], ...],
    access: str | None,
    pin: str | None,
    settings_file: Path | None,
    lock: bool,
    imei: str | None,
    slot: str,
    operators: tuple[tuple[str, str], ...],
    recovery: str | None,
    epoch: int | None,
    fresh: bool,
    romfs: bool,
    force: bool,
    fleet: Path | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Put the agent onto a board that runs MicroPython, provision it, and restart it.

    Only what changed is copied, and checked after writing; a run that was cut short resumes. --keys, --allow,
    --access, --lock and --settings change what they name and nothing else: keys in other slots, the allow-list without
    --allow, and other settings stay. --allow names the whole list. What is going to be done is said before anything is
    written, and whether the board's heap is large enough.

    \b
    Examples:
      mtmo flash --board lilygo-t-a7670 --port /dev/ttyUSB0 --keys fleet.key --allow +491511234567 admin
      mtmo flash --board my-board.toml --port /dev/ttyACM0
      mtmo flash … --access pin --allow +491511234567 admin
      mtmo flash … --keys fleet.key --operator-slot B operator --recovery recovery.key
      mtmo flash … --romfs                           for firmwares with a ROMFS partition
      mtmo flash … --lock                            all else stays as it is
    """
    board = profiles.load(board_name)
    if name and not fleet:
        raise UsageError("is for the fleet file", field="--name", fix="add --fleet FILE")
    of_operators = ((provision.check_kid(kid, "--operator-slot"), role) for kid, role in operators)
    named = ((provision.check_kid(slot), "admin"), *of_operators)
    wishes = _wishes(board, _slots(keys, recovery, named, epoch), allow, _Access(access, pin, lock), settings_file)
    wanted = fresh or bool(keys or allow or access or pin or settings_file or lock)
    checked = provision.check_imei(imei, typed=not board.virtual) if imei else None
    if fleet and fleet.exists():
        load_fleet(fleet)  # a broken file is said before the board is touched
    with _progress() as progress:
        outcome = flash_board(
            port, board, wishes if wanted else None, checked,
            romfs=romfs, force=force, fresh=fresh, tell=_tell, progress=progress,
        )  # fmt: skip
    if fleet and not outcome.imei:
        raise UsageError("the board does not know its IMEI", field="--fleet", fix="add --imei N, or --keys FILE")
    if fleet and outcome.imei:
        _enter(fleet, outcome.imei, name, board.name)
    _report(port, outcome, as_json)


@dataclasses.dataclass(frozen=True)
class _Access:
    """What `--access`, `--pin` and `--lock` say; None: nothing."""

    choice: str | None
    pin: str | None
    lock: bool


def _slots(keys: str | None, recovery: str | None, kids: tuple[tuple[str, str], ...], epoch: int | None) -> Slots:
    if keys is None and (recovery or len(kids) > 1):
        raise UsageError("more slots need the master key", field="--keys", fix="add --keys FILE")
    names = [kid for kid, _ in kids]
    if len(set(names)) < len(names) or (RECOVERY_KID in names and recovery):
        raise UsageError("a slot is given twice", field="--operator-slot", fix="one slot for each person")
    recovery_key = MasterKey.load(recovery) if recovery else None
    if recovery_key and not recovery_key.recovery:
        raise UsageError("is no recovery key", field="--recovery", fix="make one: mtmo keys init --recovery FILE")
    master = MasterKey.load(keys) if keys else None
    slots = Slots(master, recovery_key, kids if master else (), epoch)
    list(slots.rows("0" * 15, {}))  # a wrong slot, role or epoch is said before the board is touched
    return slots


def _wishes(
    board: Profile,
    slots: Slots,
    allow: tuple[tuple[str, str], ...],
    access: _Access,
    settings_file: Path | None,
) -> Wishes:
    """Checks everything that can be checked before the board is touched."""
    settings = load_settings(settings_file) if settings_file else {}
    check_settings(settings, str(settings_file))
    chosen = access.choice or settings.get("access")
    if chosen:
        check_settings({"access": chosen}, "--access")
    if access.pin or (access.choice == "pin" and not settings.get("pin")):
        settings["pin"] = read_pin(access.pin)
    if access.lock:
        settings["lock"] = True
    refuse_demo_keys(slots, board.virtual)
    return Wishes(slots, provision.parse_allow(allow) if allow else None, chosen, settings)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _enter(fleet: Path, imei: str, name: str | None, board: str) -> None:
    """Adds the board to the fleet file, or renews its line; what others wrote there stays."""
    known = next((row for row in (load_fleet(fleet) if fleet.exists() else []) if row.imei == imei), None)
    before = known or Device(name=f"board-{imei}", imei=imei)
    upsert(fleet, dataclasses.replace(before, name=name or before.name, board=board))


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int], Progress]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda total: lambda octets: None
        return
    with contextlib.ExitStack() as stack:

        def start(total: int) -> Progress:
            bar = stack.enter_context(click.progressbar(length=total, label="copying", file=sys.stderr))
            return bar.update

        yield start


def _report(port: str, outcome: Outcome, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(outcome.summary()))
        return
    changes = outcome.changes
    click.echo(f"{port}: {len(changes.copied)} copied, {changes.unchanged} unchanged, {len(changes.removed)} removed")
    if outcome.provisioned:
        click.echo(f"{port}: provisioned as {outcome.imei}")
