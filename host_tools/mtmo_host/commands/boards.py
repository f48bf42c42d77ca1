"""`mtmo boards`: the board profiles, one of them with its sources, and what is plugged in."""

from __future__ import annotations

import json

import click

from mtmo_host import profile as profiles
from mtmo_host.boards import told
from mtmo_host.errors import UsageError


@click.command("boards")
@click.argument("name", required=False, metavar="[NAME|FILE]")
@click.option("--connected", is_flag=True, help="the serial ports of this computer, and what answers there")
@click.option("--port", "ports", multiple=True, metavar="PORT", help="with --connected: this port, whatever its USB id")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON for each board or port")
def command(name: str | None, connected: bool, ports: tuple[str, ...], as_json: bool) -> None:
    """List the boards that there are profiles for; show one with the source of each number; find those plugged in.

    --connected opens each serial port with a known USB id and asks who is there: a REPL, an agent's prompt, a chip's
    ROM bootloader, a modem. No board is reset and no program interrupted: DTR and RTS are left alone, and no Ctrl-C is
    sent.

    \b
    Examples:
      mtmo boards
      mtmo boards lilygo-t-a7670
      mtmo boards --json
      mtmo boards --connected
    """
    if ports and not connected:
        raise UsageError("is for the ports of this computer", field="--port", fix="add --connected")
    if connected and name:
        raise UsageError(f"{name!r} is a profile", field="--connected", fix="leave one of the two out")
    if connected:
        _connected(ports, as_json)
    elif as_json:
        for each in [name] if name else profiles.names():
            click.echo(json.dumps(told.record(profiles.load(each))))
    else:
        lines = told.one(profiles.load(name)) if name else told.lines(map(profiles.load, profiles.names()))
        for line in lines:
            click.echo(line)


def _connected(ports: tuple[str, ...], as_json: bool) -> None:
    from mtmo_host.boards.connected import find

    found = find(ports)
    for each in found:
        click.echo(json.dumps(each.record()) if as_json else each.line())
    if not found and not as_json:
        click.echo("no USB serial port is plugged in")
