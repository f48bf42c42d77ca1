"""Who gets in: what a text is judged by, and why one is refused (L3; design 4.5).

What anybody may send is refused in here, without loading code; what may be carried out is decided in judge.py.
"""

from micropython import const

from .. import access, envelope, heap, once

_TYPING = const(False)
if _TYPING:
    from ..journal import Entry

_MINUTE_S = const(60)
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


class Limits:
    """How many texts are taken in a minute; in RAM alone: a reboot costs more than what it would let through."""

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


class Gate:
    """The settings, the allow-list, the key slots, what is shut, and the journal, by which texts are judged."""

    def __init__(self, settings, keys, lockouts, journal):
        self.settings = settings
        self.keys = keys
        self.lockouts = lockouts
        self.journal = journal
        self.doubt = False  # after a refusal: noise on the modem's line may be the reason

    def may_command(self, oa) -> bool:
        """True if a text of `oa` can be a command, whatever it says; any signature needs a key slot."""
        any_sender = self.settings["any-sender-if-signed"] and bool(self.keys.slots)
        return access.may_command(oa, self.keys.allowed, any_sender)

    def judge(self, text):
        """The request in an inbox `Text`, see judge.py. Raises Refused."""
        self.doubt = True
        if text.part:
            raise self.stranger(text)
        if text.text is None:
            raise Refused("data, not text")
        frame = envelope.parse(text.text)
        role = access.role_of(text.oa, self.keys.allowed)
        if frame is None:
            if not role and not self.settings["any-sender-if-signed"]:
                self.doubt = False
                raise self.stranger(text)
            if role:
                self.lockouts.calendar.see_stamp(text.scts)
            return code("unsigned").judge(self, text, role)
        slot, command = self._opened(frame)
        if role:
            role = access.lower_role(role, slot.role)
        elif self.settings["any-sender-if-signed"]:
            role = slot.role
        else:
            raise self.stranger(text)
        return code("judge").Judge(self).signed(text, command, slot.epoch, role)

    def _opened(self, frame):
        """The slot that signed `frame`, and its command. Raises Refused."""
        if frame.mark != "*":
            raise Refused("an answer, not a command")
        if frame.kid not in self.keys.slots:
            raise Refused("unknown key slot")
        for slots in (self.keys.slots, self.keys.pending):
            slot = slots.get(frame.kid)
            command = slot and envelope.open_command(frame, slot, self.keys.devid)
            if command:
                return slot, command
        raise Refused("bad signature")

    def stranger(self, text) -> Refused:
        """The refusal of a text whose sender is on no list."""
        return Refused("sender not on the allow-list", "mtmo flash --allow %s ROLE" % _quoted(access.form_of(text.oa)))


def code(name: str):
    """Module `name`, which judges; loading it takes four times what it does, so it stays where there is room."""
    return once("gate." + name, heap.roomy())


def _quoted(form: str) -> str:
    # for a shell, where somebody may paste it: a sender is free in what his letters say
    if form.strip("+:0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
        return form
    return "'%s'" % form.replace("'", "'\\''")
