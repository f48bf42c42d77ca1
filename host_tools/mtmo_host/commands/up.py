"""`mtmo up`: the main job."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import click

from mtmo_host import profile as profiles
from mtmo_host.commands.options import FAULTS, MICROPYTHON
from mtmo_host.commands.serving import run_until_stopped, say
from mtmo_host.emulator import personalities
from mtmo_host.errors import UsageError
from mtmo_host.fleet.session import default_state_dir
from mtmo_host.lab.lab import Lab, Options
from mtmo_host.lab.services import Address, AddressType
from mtmo_host.sms.pin import read_pin
from mtmo_host.virtual_board.interpreter import find_interpreter

_MAX_DEVICES = 500  # one pty and one interpreter each


@click.command(
    epilog="""\b
Examples:
  mtmo up --devices 3
  mtmo up --devices 1 --http 127.0.0.1:0 --keys fleet.key --json
  mtmo up --access allow-list --state /tmp/desk
  mtmo up --access pin --pin pin.txt --state /tmp/desk
  mtmo up --faults flaky                       then: mtmo faults unit-1
"""
)
@click.option("--devices", type=click.IntRange(0, _MAX_DEVICES), default=3, show_default=True, help="how many")
@click.option(
    "--access",
    type=click.Choice(["signed", "pin", "allow-list"]),
    default="signed",
    show_default=True,
    help="what proves to new devices that a text is authentic",
)
@click.option("--pin", metavar="FILE|fd:N", help="PIN of new devices, for --access pin; without it, it is asked for")
@click.option("--board", default="unix", show_default=True, help="board profile of new devices")
@click.option("--modem", help="emulated modem of new devices; by default the board's")
@click.option(
    "--http", type=AddressType(), help="REST and console page; port 0 is any  [default: 127.0.0.1:8080 or next]"
)
@click.option("--smpp", type=AddressType(), help="SMPP 3.4; port 0 is any  [default: 127.0.0.1:2775 or next]")
@click.option(
    "--state",
    help="directory of devices, log and images, or a database URL for the log  [default: ~/.local/state/mtmo]",
)
@click.option("--keys", type=click.Path(path_type=Path), help="master key file; without it a demo key is made")
@click.option("--heap", type=click.IntRange(64, 65536), default=256, show_default=True, help="heap of each board in kB")
@MICROPYTHON
@click.option("--romfs", is_flag=True, help="new devices have the agent in a ROMFS partition")
@click.option(
    "--baud", type=click.IntRange(300, 4_000_000), help="pace the serial lines; without it they are as fast as they go"
)
@FAULTS
@click.option("--record", type=click.Path(path_type=Path), help="write what is on each device's line into this folder")
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON when everything answers; log on stderr")
def command(
    devices: int,
    access: str,
    pin: str | None,
    board: str,
    modem: str | None,
    http: Address | None,
    smpp: Address | None,
    state: str | None,
    keys: Path | None,
    heap: int,
    micropython: Path | None,
    romfs: bool,
    baud: int | None,
    faults: tuple[str, ...],
    record: Path | None,
    as_json: bool,
) -> None:
    """Start the SMS network, emulated modems and virtual boards with the agent, and the console page.

    Everything is kept in the state directory: stop with Ctrl-C, start again, and the devices are as they were.

    A transcript (--record) holds all that was said, so also passwords and texts; only its owner may read it.
    """
    profiles.load(board)
    find_interpreter(micropython)
    if modem is not None:
        modem = personalities.find(modem).file or modem  # the whole path: it is kept in the state
    is_url = state is not None and "://" in state
    if pin is not None and access != "pin":
        raise UsageError("is for access by PIN", field="--pin", fix="add --access pin")
    options = Options(
        devices=devices,
        access=access,
        pin=functools.cache(lambda: read_pin(pin)) if access == "pin" else None,
        board=board,
        modem=modem,
        state=Path(state) if state and not is_url else default_state_dir(),
        database=state if is_url else None,
        keys=keys,
        heap_kib=heap,
        micropython=micropython,
        romfs=romfs,
        baud=baud,
        http=http,
        smpp=smpp,
        faults=faults,
        record=record,
    )
    lab = Lab(options, say)
    if not as_json:
        say(f"starting {devices} device{'s' * (devices != 1)} …")
    run_until_stopped(lab.start, lab.stop, lambda ready: _print(ready, as_json))


def _print(ready: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(ready))
        return
    click.echo(f"console  {ready['http']}/")
    click.echo(f"REST     {ready['http']}/api/v1   application token {ready['token']}")
    account = ready["smpp_accounts"][0]
    click.echo(f"SMPP     {ready['smpp']}   system_id {account['system_id']} password {account['password']}")
    click.echo(f"keys     {ready['keys']}   operator {ready['operator']}")
    for device in ready["devices"]:
        click.echo(
            f"{device['name']:8} {device['msisdn']}  imei {device['imei']}  {device['modem']}  REPL {device['repl']}"
        )
    click.echo("Ctrl-C ends it.")
