"""The modem's type for handlers: they are imported by it, so they cannot import it at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem
else:
    Modem = Any

__all__ = ["Modem"]
