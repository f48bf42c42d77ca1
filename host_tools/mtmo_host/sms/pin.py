"""The PIN of a device whose access is `pin`: from a private file, a descriptor or a prompt, never from argv."""

from __future__ import annotations

import re
import sys

import click

from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.sms.keys import read_private

_PIN = re.compile(r"[A-Za-z0-9]{6,16}")
_LIMIT = 64


def read_pin(source: str | None) -> str:
    """The PIN of `source`, a file of mode 0600 or `fd:N`; without one it is asked for. Raises MtmoError."""
    if source is not None:
        return _checked(read_private(source, _LIMIT)[0].decode("latin-1").strip(), source)
    if not sys.stdin.isatty():
        raise UsageError("access by PIN needs a PIN", field="--pin", fix="add --pin FILE, or fd:N for a descriptor")
    return _checked(click.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True), "PIN")


def _checked(pin: str, where: str) -> str:
    if not _PIN.fullmatch(pin):
        raise MtmoError("holds no PIN", field=where, fix="6 to 16 letters and digits")
    return pin
