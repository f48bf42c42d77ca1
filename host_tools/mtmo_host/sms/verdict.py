"""Whether a text of the log is authentic, and what it says in the clear: one judgement, whoever shows it (SC1 §5, §6).

A reply is verified against the tag of its command, a notice must be newer than those before it, and a command is one
only on its way to a device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mtmo_host.errors import MtmoError
from mtmo_host.sms import sc1

_NEW_KEY = re.compile(r"(\bkey \S+ \S+ )\S+")
VERIFIED, UNVERIFIED, REPEATED, PLAIN = "VERIFIED", "UNVERIFIED", "REPEATED", "-"


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader knows of one device.

    `keys` of a slot may raise Sc1Error: what no key opens is unverified. `commands` gives, for slot and counter, the
    tag of each command that may be meant, with its text where that is known. `is_new` says of an authentic notice
    whether it is none that came before.
    """

    devid: str
    keys: Callable[[str], sc1.SlotKeys]
    commands: Callable[[str, int], Iterable[tuple[bytes, str | None]]]
    is_new: Callable[[sc1.Notice], bool]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`verdict` and the text to show; `frame` is None for what is no SC1. `answers` is the command a reply belongs to.

    `reason` is why a text is unverified.
    """

    verdict: str
    text: str
    frame: sc1.Frame | None = None
    answers: str = ""
    reason: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether the text came encrypted."""
        return self.frame is not None and self.frame.ciphertext is not None

    @property
    def looks_signed(self) -> bool:
        """Whether the text is, or pretends to be, signed by a device."""
        return self.frame is not None or sc1.stripped(self.text)[:1] in ("=", "+")


def judge(known: Known, text: str, *, mo: bool) -> Judgement:
    """The verdict on a whole text to (or, `mo`, from) the device."""
    try:
        frame = sc1.parse(text)
    except sc1.Sc1Error as error:
        plain = error.reason == "not_sc1" and not mo
        return Judgement(PLAIN if plain else UNVERIFIED, text, reason=error.message)
    try:
        if (frame.mark != "*") != mo:
            raise sc1.Sc1Error("wrong_kind", "a command from a device, or an answer to one")
        return _judged(known, frame, text)
    except sc1.Sc1Error as error:
        return Judgement(UNVERIFIED, text, frame, reason=error.message)


def shown(body: str) -> str:
    """The body of a command as it may be shown: without the new key of a rotation, which nobody ever sees (SC1 §6)."""
    return _NEW_KEY.sub(r"\1***", body)


def no_key(error: MtmoError) -> sc1.Sc1Error:
    """The same trouble with a key, as what it means for a text."""
    return sc1.Sc1Error("no_key", str(error))


def _judged(known: Known, frame: sc1.Frame, text: str) -> Judgement:
    keys = known.keys(frame.kid)
    if frame.mark == "*":
        return Judgement(VERIFIED, shown(sc1.verify_command(keys, known.devid, text).body), frame)
    if frame.mark == "+":
        notice = sc1.verify_notice(keys, known.devid, text)
        return Judgement(VERIFIED if known.is_new(notice) else REPEATED, notice.text, frame)
    trouble = sc1.Sc1Error("no_command", f"command {frame.kid}{frame.ctr} is not known here")
    for tag, sms in known.commands(frame.kid, frame.ctr):
        try:
            reply = sc1.verify_reply(keys, known.devid, text, tag)
            answers = "" if sms is None else shown(sc1.verify_command(keys, known.devid, sms).body)
        except sc1.Sc1Error as error:
            trouble = error
            continue
        return Judgement(VERIFIED, reply.text, frame, answers)
    raise trouble
