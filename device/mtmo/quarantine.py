"""After a watchdog boot: which text was in hand when it bit, and one that was so twice is set aside (L3; case 79).

Loaded only then. Each text is noted on flash before it is looked at, until the first sweep has ended well.
"""

import binascii
import hashlib

from micropython import const

from . import log
from .errors import StoreError

_RECORD = "poison"
_MOST = const(40)  # texts that are noted: a full store must not wear the flash out at every bite


class Quarantine:
    """`passes(text)` before each text of the first sweep, `close()` after it."""

    def __init__(self, store):
        self._store = store
        self._suspect = (store.read(_RECORD) or {}).get("tag", "")
        self._noted = 0

    def passes(self, text) -> bool:
        """Was this one not in hand at the last bite, too? Notes it."""
        octets = (text.oa.number + text.scts + (text.text or "")).encode()
        tag = binascii.hexlify(hashlib.sha256(octets).digest()[:8]).decode()
        if tag == self._suspect:
            log.warn("sms", "a text is set aside: the watchdog bit twice while it was in hand")
            return False
        if self._noted < _MOST:
            self._noted += 1
            self._write({"tag": tag})
        return True

    def close(self) -> None:
        """Every text was survived."""
        if self._noted or self._suspect:
            self._write({})

    def _write(self, record: dict) -> None:
        try:
            self._store.write(_RECORD, record)
        except StoreError:
            pass  # a flash that fails must not keep the texts away
