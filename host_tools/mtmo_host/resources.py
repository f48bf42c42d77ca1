"""Where the device's files and the board profiles lie: in the checkout, or inside the installed wheel."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def device_dir() -> Path:
    """The folder that holds main.py and the `mtmo` package of the device; MTMO_DEVICE_DIR names one's own."""
    if own := os.environ.get("MTMO_DEVICE_DIR"):
        return Path(own)
    return _find("_device", "device")


def boards_dir() -> Path:
    """The folder of board profiles (TOML)."""
    return _find("_boards", "boards")


def _find(in_wheel: str, in_checkout: str) -> Path:
    bundled = _PACKAGE / in_wheel
    return bundled if bundled.is_dir() else _CHECKOUT / in_checkout
