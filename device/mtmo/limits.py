"""How many texts are taken, and from whom no more: a window of a minute and a memory of the last texts (L1)."""

from micropython import const

_MINUTE_S = const(60)
_HOUR_S = const(3600)
_REMEMBERED = const(8)


class Limits:
    """In RAM alone: a reboot costs more than what it would let through. Nothing in it grows beyond eight rows."""

    def __init__(self, settings):
        self._settings = settings
        self._taken: "list[int]" = []  # when, in this minute
        self._texts: "list[list]" = []  # [sender, hash of the text, since, how often]
        self._muted: "list[tuple[str, int]]" = []  # (sender, until)

    def wait_s(self, now_s: int) -> int:
        """Seconds until one more text may be taken; 0: now."""
        taken = self._taken = [when for when in self._taken if now_s - when < _MINUTE_S]
        if len(taken) < self._settings["texts-per-minute"]:
            return 0
        return max(1, taken[0] + _MINUTE_S - now_s)

    def count(self, now_s: int) -> None:
        """One text was taken."""
        self._taken.append(now_s)

    def mutes(self, sender: str, text: str, now_s: int) -> bool:
        """Is this unsigned text one too many of its kind, or its sender muted (sms_security case 36)? Counts it."""
        self._muted = [item for item in self._muted if now_s < item[1]]
        for who, _ in self._muted:
            if who == sender:
                return True
        digest = hash(text)
        for row in self._texts:
            if row[0] == sender and row[1] == digest and now_s - row[2] < _HOUR_S:
                row[3] += 1
                if row[3] <= self._settings["same-texts-per-hour"]:
                    return False
                self._texts.remove(row)
                self._muted = self._muted[1 - _REMEMBERED :] + [(sender, now_s + _HOUR_S)]
                return True
        self._texts = self._texts[1 - _REMEMBERED :] + [[sender, digest, now_s, 1]]
        return False
