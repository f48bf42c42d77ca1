"""Who gets in: what a text is judged by, and why it is refused (L3; design 4.5). The rules stand in judge.py."""

from micropython import const

from .. import access, once

_TYPING = const(False)
if _TYPING:
    from ..journal import Entry

# How a text proves that it is authentic, beside those of unsigned.py
SIGNED = 2


class Refused(Exception):
    """Silent on the air; `reason` is said locally. `hint` names the command that would allow it.

    `entry` is the journal's when the same command came again: its cached answer is due. `stale` is the authentic
    request whose counter is too low, `high` what it must exceed.
    """

    def __init__(self, reason: str, hint: str = "", entry: "Entry | None" = None, stale=None, high: int = 0):
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

    def judge(self, text):
        """The request in an inbox `Text`, see judge.py. Raises Refused."""
        return once("gate.judge").Judge(self).judge(text)
