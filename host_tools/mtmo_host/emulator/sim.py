"""The SIM card of an emulated modem: identity, service centre, PIN and PUK with their retry counters (TS 31.102)."""

from __future__ import annotations

from dataclasses import dataclass

_PIN_TRIES = 3
_PUK_TRIES = 10


@dataclass
class Sim:
    """One card. `msisdn` and `smsc` are international numbers with `+`; `pin` None means no PIN is asked."""

    iccid: str
    imsi: str
    msisdn: str
    smsc: str = "+491710760000"
    pin: str | None = None
    puk: str = "12345678"
    inserted: bool = True
    pin_tries: int = _PIN_TRIES
    puk_tries: int = _PUK_TRIES
    unlocked: bool = False  # of this power cycle

    @property
    def state(self) -> str:
        """What `+CPIN?` reports once the card is read: READY, SIM PIN or SIM PUK."""
        if self.pin is None or self.unlocked:
            return "READY"
        return "SIM PIN" if self.pin_tries else "SIM PUK"

    def power_cycle(self) -> None:
        """The card lost power: the PIN is asked again."""
        self.unlocked = False

    def enter_pin(self, pin: str) -> bool:
        """Try the PIN; a wrong one costs a try, and with none left only the PUK helps."""
        if not self.pin_tries:
            return False
        if pin != self.pin:
            self.pin_tries -= 1
            return False
        self.pin_tries = _PIN_TRIES
        self.unlocked = True
        return True

    def enter_puk(self, puk: str, new_pin: str) -> bool:
        """Try the PUK and set a new PIN."""
        if not self.puk_tries:
            return False
        if puk != self.puk:
            self.puk_tries -= 1
            return False
        self.pin, self.pin_tries, self.puk_tries, self.unlocked = new_pin, _PIN_TRIES, _PUK_TRIES, True
        return True
