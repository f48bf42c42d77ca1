"""`sign.html`: one offline page that signs commands and verifies answers on a phone (SC1), put together here.

The script and the style stand inside the page; its content security policy lets nothing else run and nothing out.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from mtmo_host import __version__
from mtmo_host.sms.counters import CLOCK_LIMIT_S

_PARTS = ("sc1.js", "page.js")


def page() -> str:
    """The whole page as HTML."""
    folder = files(__name__)
    script = "".join((folder / name).read_text("utf-8") for name in _PARTS)
    script = script.replace("{{clock-limit-s}}", str(CLOCK_LIMIT_S))
    style = (folder / "sign.css").read_text("utf-8")
    inserts = {
        "{{policy}}": f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'",
        "{{version}}": __version__,
        "{{style}}": style,
        "{{script}}": script,
    }
    text = (folder / "sign.html").read_text("utf-8")
    for name, value in inserts.items():
        text = text.replace(name, value)
    return text


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
