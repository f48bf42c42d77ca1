"""Who gets in: what a text is judged by, and why one is refused (L3; design 4.5). How stands in judge.py."""

from micropython import const

from . import access, heap, once

_TYPING = const(False)
if _TYPING:
    from .journal import Entry
    from .judge import Request

# How a text proves that it is authentic, beside those of unsigned.py
SIGNED = 2


class Refused(Exception):
    """Silent on the air; `reason` is said locally. `hint` names the command that would allow it.

    `entry` is the journal's when the same command came again: its cached answer is due. `stale` is the authentic
    request whose counter is too low, `high` what it must exceed.
    """

    def __init__(
        self, reason: str, hint: str = "", entry: "Entry | None" = None, stale: "Request | None" = None, high: int = 0
    ):
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.entry = entry
        self.stale = stale
        self.high = high


class Gate:
    """The settings, the allow-list, the key slots, what is shut, and the journal, by which texts are judged."""

    def __init__(self, settings, keys, doors, journal):
        self.settings = settings
        self.keys = keys
        self.doors = doors
        self.journal = journal
        self.doubt = False  # after a refusal: noise on the modem's line may be the reason

    def may_command(self, oa) -> bool:
        """Can a text of `oa` be a command, whatever it says? Any signature needs a key slot."""
        any_sender = self.settings["any-sender-if-signed"] and bool(self.keys.slots)
        return access.may_command(oa, self.keys.allowed, any_sender)

    def judge(self, text) -> "Request":
        """The request in an inbox `Text`. Raises Refused."""
        if not heap.roomy():
            return once("judge").Judge(self).judge(text)
        from .judge import Judge

        return Judge(self).judge(text)
