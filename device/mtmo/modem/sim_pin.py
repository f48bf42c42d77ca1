"""The SIM's PIN: one attempt with each PIN, because the third wrong one locks the card (L3; TS 27.007 §8.3).

Loaded when a SIM asks for it.
"""

import binascii
import hashlib

from micropython import const

from .. import log
from ..errors import AtRefused, StoreError

_PIN_MS = const(30000)
_CME_PIN = const(11)
_RECORD = "sim"


async def unlock(modem) -> None:
    """Try the setting `sim-pin` unless it has been tried in vain. Raises AtRefused when the SIM stays locked."""
    pin = modem.settings["sim-pin"]
    if not pin.isdigit() or modem.records is None:
        raise AtRefused("AT+CPIN?", "the SIM wants a PIN: set sim-pin", "CME", _CME_PIN)
    log.hide(pin)
    known = binascii.hexlify(hashlib.sha256(pin.encode()).digest()[:8]).decode()
    if (modem.records.read(_RECORD) or {}).get("tried") == known:
        raise AtRefused("AT+CPIN?", "this sim-pin was tried in vain: set the right one", "CME", _CME_PIN)
    try:
        modem.records.write(_RECORD, {"tried": known})  # before it is tried: a power cut must not buy a second attempt
    except StoreError:
        raise AtRefused("AT+CPIN?", "the SIM wants a PIN, and the flash takes no note of an attempt", "CME", _CME_PIN)
    await modem.chat.request('AT+CPIN="%s"' % pin, _PIN_MS)
    log.info("modem", "SIM unlocked")
    try:
        modem.records.write(_RECORD, {"tried": ""})
    except StoreError:
        log.warn("modem", "the next boot will take this sim-pin for a wrong one: set it again")
