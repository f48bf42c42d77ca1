"""From a text to an authorised request, or the reason why not: both locks of design 4.5 and SC1 §5 (L3).

Where RAM is scarce, it is there only while a text that may be a command is judged.
"""

import binascii

from micropython import const

from .. import access, envelope, verbs
from ..errors import VerbError
from ..journal import ACCEPTED
from ..keys import RECOVERY
from . import SIGNED, Refused

_MAX_VERBS = const(4)
_RECOVERY_VERBS = ("key", "unlock")


class Request:
    """A text that may be carried out: who asked, under which counter, and the verbs with their words."""

    def __init__(self, text, command: envelope.Command, epoch: int, role: str):
        self.text = text
        self.kid, self.ctr, tag, self.body, self.encrypted = command
        self.tag = binascii.hexlify(tag).decode()
        self.epoch = epoch
        self.role = role
        self.steps: "list[tuple[verbs.Verb, list[str]]]" = []
        self.error: "VerbError | None" = None  # authentic, but refused with an answer

    def asks(self) -> "list[str]":
        """The classes of its verbs; all of them where it could not be planned, since nothing is known then."""
        return [verb.verb_class for verb, _ in self.steps] if self.steps else list(access.CLASSES)

    def only_reads(self) -> bool:
        """True if it changes nothing (SC1 §5.1)."""
        return not self.error and all(verb_class == "read" for verb_class in self.asks())

    def harmless(self) -> bool:
        """True if it might even be carried out twice."""
        return self.only_reads() and all(verb.on_power_loss == verbs.RERUN for verb, _ in self.steps)


def plan(body: str) -> list:
    """The verbs of a canonical body with their words: [(Verb, [word, …]), …]. Raises VerbError 10 or 11."""
    parts = envelope.split_body(body)
    if not 1 <= len(parts) <= _MAX_VERBS:
        raise VerbError(10, "1 to 4 verbs")
    steps = [verbs.find(words) for words in parts]
    for verb, _ in steps[:-1]:
        if verb.last:
            raise VerbError(10, "%s may stand only last" % verb.name)
    return steps


class Judge:
    """Judges one text by what the gate knows."""

    def __init__(self, gate):
        self._gate = gate
        self.lockouts = gate.lockouts
        self._keys = gate.keys
        self._journal = gate.journal

    def request(self, text, body: str, tag: bytes, role: str) -> Request:
        """That of an unsigned text."""
        return Request(text, envelope.Command("", 0, tag, body, False), 0, role)

    # -- signed

    def signed(self, text, command, epoch: int, role: str) -> Request:
        """That of an authentic command. Raises Refused."""
        request = Request(text, command, epoch, role)
        if self._journal.closed(request.kid, request.epoch):
            raise Refused("its counters are lost", "a new key by slot Z, or: mtmo flash --epoch N")
        self.check_seen(request)
        self.make_steps(request, SIGNED)
        self._check_fresh(request)
        self.lockouts.calendar.see_stamp(text.scts)
        return request

    def _check_fresh(self, request: Request) -> None:
        high, floor = self._journal.counters(request.kid, request.epoch)
        if request.kid == RECOVERY:
            high = floor = max(high, self._keys.recovery_high(request.epoch))
        if request.ctr <= (floor if request.only_reads() else high):
            raise Refused("stale counter %d, highest is %d" % (request.ctr, high), stale=request, high=high)

    def certain(self) -> None:
        """No noise on the line has made of the text what it is."""
        self._gate.doubt = False

    def check_erasing(self) -> None:
        """Raise Refused where so many texts could not be erased that one without a counter could run again."""
        if self._journal.clogged():
            raise Refused("unsigned, and the modem does not erase what was read", "another modem or card, or: sign it")

    # -- both

    def check_seen(self, request: Request) -> None:
        """Raise Refused if it came before."""
        entry = self._journal.find(request.kid, request.epoch, request.ctr, request.tag)
        self.certain()
        if entry is None:
            if not request.kid and self._journal.was_here(request.tag, request.text.mark):
                raise Refused("the same text again, long after")
            return
        entry.shown = [request.text.mark, entry.shown[1] + 1]
        if entry.tag != request.tag:
            raise Refused("counter used by another command")
        if entry.scts == request.text.scts:
            raise Refused("the same text again")
        if entry.state == ACCEPTED:
            raise Refused("already at work on it")
        raise Refused("repeated", "", entry)

    def make_steps(self, request: Request, proof: int) -> None:
        """Plan it and ask whether who asks, with that proof, may; if not, that is the answer."""
        try:
            request.steps = plan(request.body)
            for verb, _ in request.steps:
                self._check_verb(request, verb, proof)
        except VerbError as error:
            request.error = error

    def _check_verb(self, request: Request, verb, proof: int) -> None:
        name = verb.name
        if not access.may(request.role, verb.verb_class):
            raise VerbError(31, "role %s" % request.role)
        if request.kid == RECOVERY and name not in _RECOVERY_VERBS:
            raise VerbError(31, "recovery: key or unlock")
        if name == "key" and not (request.encrypted and len(request.steps) == 1):
            raise VerbError(10, "key: encrypted and alone")
        lockouts = self.lockouts
        if lockouts.stopped and name != "sms start" and verb.verb_class != "danger":
            raise VerbError(30, "sms stopped")
        if lockouts.sim_changed and verb.verb_class != "read" and not (proof == SIGNED and request.role == "admin"):
            raise VerbError(31, "sim changed: admin key")
