"""A vendor's own data session: a context beside the numbered ones, brought up on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.commands.pdp import sm_error
from mtmo_host.emulator.pdp import Context
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import cme

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_NO_SERVICE = 30


def credentials(context: Context, apn: str, user: str, password: str, auth: Auth | None = None) -> None:
    """Set what a session asks the network for; without `auth`, a user name means PAP."""
    context.apn, context.user, context.password = apn, user, password
    context.auth = auth if auth is not None else Auth.PAP if user else Auth.NONE


def open_session(modem: Modem, context: Context) -> None:
    """Activate a session; `+CME ERROR` when the network, or the lack of one, refuses."""
    if not modem.registration.ps_attached:
        raise cme(_NO_SERVICE)
    if not context.active and not modem.contexts.request(context).ok:
        raise cme(sm_error(modem))


def try_session(modem: Modem, context: Context) -> bool:
    """Activate a session; False when it is refused."""
    if not modem.registration.ps_attached:
        return False
    return context.active or modem.contexts.request(context).ok


def address(context: Context) -> str:
    """The granted address, or zeros."""
    return context.result.address if context.result is not None else "0.0.0.0"  # noqa: S104 (a value, no bind)
