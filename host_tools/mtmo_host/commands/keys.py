"""`mtmo keys`: makes master keys and shows their fingerprints, never the keys."""

from __future__ import annotations

import json

import click

from mtmo_host.sms.keys import MasterKey


@click.group("keys")
def command() -> None:
    """Make and show the operator's master keys.

    \b
    A master key file holds 64 hex digits and has mode 0600. Whoever has it commands the fleet.

    \b
    Examples:
      mtmo keys init fleet.key
      mtmo keys show fleet.key
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
    """Show the fingerprint of the key in FILE (or fd:N), never the key.

    \b
    Examples:
      mtmo keys show fleet.key
      mtmo keys show fd:3 3<fleet.key
    """
    _print(MasterKey.load(file), as_json)


def _print(key: MasterKey, as_json: bool) -> None:
    kind = "recovery" if key.recovery else "demo" if key.demo else "master"
    if as_json:
        click.echo(json.dumps({"file": key.source, "fingerprint": key.fingerprint(), "kind": kind}))
    else:
        click.echo(f"{key.source}: {kind} key, fingerprint {key.fingerprint()}")
