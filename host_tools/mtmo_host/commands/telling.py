"""How a verb tells what becomes of texts: a line of news each, on stderr where stdout is for programs."""

from __future__ import annotations

from collections.abc import Callable

import click

from mtmo_host.fleet.sender import Errand


def teller(as_json: bool, width: int) -> Callable[[Errand, str, str], None]:
    """The `tell` of dispatch and follow: device, what happened, text; names padded to `width`."""

    def tell(errand: Errand, what: str, text: str) -> None:
        line = f"{errand.device.name:<{width}}  {what if what != 'state' else '…':<10}  {printable(text)}"
        click.echo(line, err=as_json)

    return tell


def printable(text: str) -> str:
    """Text from outside without control characters: it must not move the cursor."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
