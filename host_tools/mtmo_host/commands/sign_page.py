"""`mtmo sign-page`: writes the offline page for an operator who has only a phone and a portal."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click

from mtmo_host.durable import write_whole
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.sign_page import page


@click.command("sign-page")
@click.option("--out", default="sign.html", show_default=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="replace an existing file")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON")
def command(out: Path, force: bool, as_json: bool) -> None:
    """Write sign.html: one page that signs commands and checks answers in a browser, without any network.

    It takes exported keys (mtmo keys export) and keeps none. The hash that is printed tells whether a copy is genuine.

    \b
    Examples:
      mtmo sign-page
      mtmo sign-page --out /media/stick/sign.html
    """
    if out.exists() and not force:
        raise UsageError("exists already", field=str(out), fix="add --force, or name another --out")
    if not out.parent.is_dir():
        raise UsageError("is no folder", field=str(out.parent), fix="make it, or name another --out")
    text = page()
    try:
        write_whole(out, text, 0o644)
    except OSError as error:
        raise MtmoError(f"cannot be written: {error.strerror}", field=str(out)) from None
    digest = hashlib.sha256(text.encode()).hexdigest()
    if as_json:
        click.echo(json.dumps({"file": str(out), "sha256": digest}))
    else:
        click.echo(f"{out}: open it in a browser\nsha256 {digest}")
