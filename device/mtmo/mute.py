"""Who sends unsigned texts alike, and is not heard for an hour: a memory of eight (L1; sms_security case 36)."""

from micropython import const

_HOUR_S = const(3600)
_REMEMBERED = const(8)


class Mute:
    """In RAM alone, made with the first unsigned text that is taken."""

    def __init__(self, settings):
        self._settings = settings
        self._texts: "list[list]" = []  # [sender, hash of the text, since, how often]
        self._muted: "list[tuple[str, int]]" = []  # (sender, until)

    def mutes(self, sender: str, text: str, now_s: int) -> bool:
        """Is this text one too many of its kind, or its sender muted? Counts it."""
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
