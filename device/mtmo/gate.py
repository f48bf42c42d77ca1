"""From a text to an authorised request, or the reason why not: both locks of design 4.5 and SC1 §5 (L3)."""

import binascii
import hashlib

from micropython import const

from . import access, envelope, verbs
from .errors import VerbError
from .journal import ACCEPTED, Entry, Journal

# What starts so is an answer or a notice; it is never answered (sms_security case 35)
_ANSWER_STARTS = ("OK", "Q", "=", "+")
_MAX_VERBS = const(4)


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


class Refused(Exception):
    """Silent on the air; `reason` is said locally. `hint` names the command that would allow it.

    `entry` is the journal's when the same command came again: its cached answer is due.
    """

    def __init__(self, reason: str, hint: str = "", entry: "Entry | None" = None):
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.entry = entry


def plan(body: str) -> list:
    """The verbs of a canonical body with their words: [(Verb, [word, …]), …]. Raises VerbError 10 or 11."""
    parts = envelope.split_body(body)
    if not 1 <= len(parts) <= _MAX_VERBS:
        raise VerbError(10, "1 to 4 verbs")
    return [verbs.find(words) for words in parts]


class Gate:
    """Judges texts by the settings, the allow-list, the key slots and the journal."""

    def __init__(self, settings, allowed: list, slots: "dict[str, envelope.Slot]", devid: str, journal: Journal):
        self._settings = settings
        self._allowed = allowed  # [[form, role], …]
        self._slots = slots  # kid -> envelope.Slot
        self._devid = devid
        self._journal = journal

    def judge(self, text) -> Request:
        """The request in an inbox `Text`. Raises Refused."""
        if text.text is None:
            raise Refused("data, not text")
        frame = envelope.parse(text.text)
        if frame is None:
            return self._unsigned(text)
        if frame.mark != "*":
            raise Refused("an answer, not a command")
        return self._signed(text, frame)

    def _signed(self, text, frame) -> Request:
        keyed = self._slots.get(frame.kid)
        if keyed is None:
            raise Refused("unknown key slot")
        command = envelope.open_command(frame, keyed, self._devid)
        if command is None:
            raise Refused("bad signature")
        role = access.role_of(text.oa, self._allowed)
        if role:
            role = access.lower_role(role, keyed.role)
        elif self._settings["any-sender-if-signed"]:
            role = keyed.role
        else:
            raise self._stranger(text)
        request = Request(text, command, keyed.epoch, role)
        self._check_seen(request)
        self._plan(request)
        self._check_fresh(request)
        return request

    def _unsigned(self, text) -> Request:
        role = access.role_of(text.oa, self._allowed)
        if not role:
            raise self._stranger(text)
        words = envelope.canonical(text.text)
        if words.startswith(_ANSWER_STARTS) or (words[:1] == "E" and words[1:2].isdigit()):
            raise Refused("an answer, not a command")
        identity = access.form_of(text.oa) + text.scts + text.text
        tag = hashlib.sha256(identity.encode()).digest()[:8]
        request = Request(text, envelope.Command("", 0, tag, words, False), 0, role)
        self._plan(request)
        if self._settings.access(self._class_of(request)) != "allow-list":
            raise Refused("unsigned", "sign it, or: mtmo flash --access allow-list")
        self._check_seen(request)
        return request

    def _stranger(self, text) -> Refused:
        return Refused("sender not on the allow-list", "mtmo flash --allow %s ROLE" % access.form_of(text.oa))

    def _check_seen(self, request: Request) -> None:
        entry = self._journal.find(request.kid, request.ctr, request.tag)
        if entry is None:
            return
        if entry.tag != request.tag:
            raise Refused("counter used by another command")
        if entry.scts == request.text.scts:
            raise Refused("the same text again")
        if entry.state == ACCEPTED:
            raise Refused("already at work on it")
        raise Refused("repeated", "", entry)

    def _plan(self, request: Request) -> None:
        try:
            request.steps = plan(request.body)
            for verb, _ in request.steps[:-1]:
                if verb.last:
                    raise VerbError(10, "%s may stand only last" % verb.name)
            for verb, _ in request.steps:
                if not access.may(request.role, verb.verb_class):
                    raise VerbError(31, "role %s" % request.role)
        except VerbError as error:
            request.error = error

    def _class_of(self, request: Request) -> str:
        # of what could not be planned nothing is known: as strict as the strictest
        if request.error and request.error.code != 31:
            return "danger"
        classes = [access.CLASSES.index(verb.verb_class) for verb, _ in request.steps]
        return access.CLASSES[max(classes)]

    def _check_fresh(self, request: Request) -> None:
        high, floor = self._journal.counters(request.kid, request.epoch)
        only_reads = not request.error and self._class_of(request) == "read"
        if request.ctr <= (floor if only_reads else high):
            raise Refused("stale counter %d, highest is %d" % (request.ctr, high))
