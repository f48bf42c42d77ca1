"""After a crash: which text was in hand, and one that was so twice is set aside (L3; case 79).

Loaded only then, or when a text cannot be judged. Each text is noted on flash before it is looked at, until the first
sweep has ended well.
"""

import binascii
import gc
import hashlib

from micropython import const

from .. import access, log
from ..clock import now_s
from ..errors import StoreError

_RECORD = "poison"
_FAILED = const(4)  # texts of which the first failure is remembered
_PATIENCE_S = const(60)
_MOST = const(40)  # texts that are noted: a full store must not wear the flash out at every crash


def tag_of(text) -> str:
    """What tells one text of the inbox from others."""
    octets = (access.form_of(text.oa) + text.scts + (text.text or "")).encode()
    return binascii.hexlify(hashlib.sha256(octets).digest()[:8]).decode()


def again(failed: list, tag, error: Exception) -> bool:
    """True if a text that could not be judged, by a defect or for want of heap, could not be a minute ago: set aside.

    `failed` keeps (tag, when) of the last few, where a tag is a text's or the check sum of a PDU.
    """
    gc.collect()
    for known, since_s in failed:
        if known == tag:
            if now_s() - since_s < _PATIENCE_S:
                return False
            failed.remove((known, since_s))
            log.warn("sms", "a text is set aside: %r", error)
            return True
    failed.append((tag, now_s()))
    del failed[:-_FAILED]
    log.warn("sms", "a text is left for later: %r", error)
    return False


class Quarantine:
    """`passes(text)` before each text of the first sweep, `close()` after it."""

    def __init__(self, store):
        self._store = store
        self._suspect = (store.read(_RECORD) or {}).get("tag", "")
        self._noted = 0

    def passes(self, text) -> bool:
        """True if this one was not in hand at the last crash, too; notes it."""
        tag = tag_of(text)
        if tag == self._suspect:
            log.warn("sms", "a text is set aside: the agent crashed twice while it was in hand")
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
