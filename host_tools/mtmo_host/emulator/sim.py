"""The SIM card of an emulated modem: identity, service centre, PIN and PUK with their retry counters (TS 31.102)."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    unasked_pin: str = "1234"  # the PIN of a card that does not ask for it
    inserted: bool = True
    pin_tries: int = _PIN_TRIES
    puk_tries: int = _PUK_TRIES
    unlocked: bool = False  # of this power cycle
    messages: dict[int, tuple[int, str]] = field(default_factory=dict)  # place -> state, PDU in hex; while in no modem

    @property
    def state(self) -> str:
        """What `+CPIN?` reports once the card is read: READY, SIM PIN or SIM PUK."""
        if self.pin is None or self.unlocked:
            return "READY"
        if self.pin_tries:
            return "SIM PIN"
        return "SIM PUK" if self.puk_tries else "SIM FAILURE"

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

    def check_pin(self, pin: str) -> bool:
        """Is it the card's PIN, asked for or not? A wrong one costs a try."""
        if not self.pin_tries:
            return False
        if pin != (self.unasked_pin if self.pin is None else self.pin):
            self.pin_tries -= 1
            return False
        self.pin_tries = _PIN_TRIES
        return True

    def lock(self, wanted: bool) -> None:
        """Ask for the PIN from the next power-on (True), or no more; the caller has checked it."""
        if wanted and self.pin is None:
            self.pin, self.unlocked = self.unasked_pin, True
        elif not wanted and self.pin is not None:
            self.unasked_pin, self.pin = self.pin, None

    def change_pin(self, new_pin: str) -> None:
        """Another PIN; the caller has checked the old one."""
        if self.pin is None:
            self.unasked_pin = new_pin
        else:
            self.pin = new_pin

    def enter_puk(self, puk: str, new_pin: str) -> bool:
        """Try the PUK and set a new PIN."""
        if not self.puk_tries:
            return False
        if puk != self.puk:
            self.puk_tries -= 1
            return False
        self.pin, self.pin_tries, self.puk_tries, self.unlocked = new_pin, _PIN_TRIES, _PUK_TRIES, True
        return True
