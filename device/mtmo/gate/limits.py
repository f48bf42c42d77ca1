"""How many texts are taken in a minute; from whom no more is in mute.py (L1)."""

from micropython import const

_MINUTE_S = const(60)


class Limits:
    """In RAM alone: a reboot costs more than what it would let through."""

    def __init__(self, settings):
        self._settings = settings
        self._taken: "list[int]" = []  # when, in this minute

    def wait_s(self, now_s: int) -> int:
        """Seconds until one more text may be taken; 0: now."""
        taken = self._taken = [when for when in self._taken if now_s - when < _MINUTE_S]
        if len(taken) < self._settings["texts-per-minute"]:
            return 0
        return max(1, taken[0] + _MINUTE_S - now_s)

    def count(self, now_s: int) -> None:
        """One text was taken."""
        self._taken.append(now_s)
