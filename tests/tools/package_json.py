"""Writes device/package.json, the list of files by which `mip` installs the agent; `--check` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

DEVICE = Path(__file__).resolve().parent.parent.parent / "device"
LISTING = DEVICE / "package.json"


def listing() -> str:
    """What package.json should say."""
    files = sorted(path.relative_to(DEVICE).as_posix() for path in (DEVICE / "mtmo").rglob("*.py"))
    version = next(
        line.split('"')[1]
        for line in (DEVICE / "mtmo" / "__init__.py").read_text().splitlines()
        if line.startswith("__version__")
    )
    return json.dumps({"urls": [[name, name] for name in files], "deps": [], "version": version}, indent=1) + "\n"


def main() -> int:
    """Write or compare."""
    if "--check" in sys.argv:
        return 0 if LISTING.read_text() == listing() else 1
    LISTING.write_text(listing())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
