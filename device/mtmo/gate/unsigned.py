"""Texts without a signature: the PIN, the forms of other platforms, the plain allow-list (L3; design 4.5).

Loaded when one comes from a sender on the list: where access is `signed`, as it is by default, that is rare.
"""

import hashlib

from micropython import const

from .. import access, envelope, log, verbs
from ..errors import VerbError
from . import SIGNED, Refused, code

# What starts so is an answer or a notice; it is never answered (sms_security case 35)
_ANSWER_STARTS = ("OK", "=", "+")

# Proofs by what settings call them, in the order of their strength
_PROOFS = ("allow-list", "pin", "signed")
_UNSIGNED = ("unsigned", "sign it, or: mtmo flash --access allow-list")
_PLAIN = const(0)
_PIN = const(1)


def judge(gate, text, role: str):
    """The request in a text that is no frame of SC1, from a sender with `role`, "" for none. Raises Refused."""
    words = envelope.canonical(envelope.stripped(text.text))
    is_plain = envelope.is_plain(words.encode())
    if words[:1] == "*" and words[2:3].isdigit():
        raise Refused("signed, but " + ("malformed" if is_plain else "with a foreign character inside"))
    if not role:
        gate.doubt = False
        raise gate.stranger(text)
    first = words.split(" ")[0].upper()  # a gateway may have changed the case
    if words.startswith(_ANSWER_STARTS) or first in ("OK", "Q") or (first[:1] == "E" and first[1:2].isdigit()):
        raise Refused("an answer, not a command")
    proofs = [_PROOFS.index(gate.settings.access(verb_class)) for verb_class in access.CLASSES]
    if min(proofs) == SIGNED:
        raise Refused(*_UNSIGNED)  # whatever it says
    pin, body = None, words
    if words[:1] == "#":
        pin, _, body = words[1:].partition(" ")
    elif gate.settings["legacy"]:
        from ..verbs.legacy import translate

        pin, body = translate(words) or (None, words)
    if is_plain:
        body = _folded(body)
    identity = access.form_of(text.oa) + text.scts + text.text
    tag = hashlib.sha256(identity.encode()).digest()[:8]
    judge = code("judge").Judge(gate)
    request = judge.request(text, body, tag, role)
    judge.make_steps(request, _PLAIN)
    wanted = max(_PROOFS.index(gate.settings.access(verb_class)) for verb_class in request.asks())
    if wanted == SIGNED:
        raise Refused(*_UNSIGNED)
    judge.check_seen(request)
    judge.check_erasing()
    if request.error and not is_plain:
        log.info("sms", "it has a foreign character inside")
    if words[:1] == "#" or wanted == _PIN:
        _check_pin(gate, pin)
    return request


def _folded(body: str) -> str:
    """`body` with the names of its verbs in lower case: phones begin a text with a capital. Arguments keep theirs."""
    commands = envelope.split_body(body)
    for words in commands:
        lower = [word.lower() for word in words[:2]]
        if lower != words[:2]:
            try:
                count = len(lower) - len(verbs.find(lower)[1])
                words[:count] = lower[:count]
            except VerbError:
                pass  # the answer says so
    return ";".join([" ".join(words) for words in commands])


def _check_pin(gate, pin: "str | None") -> None:
    if not gate.settings["pin"]:
        raise Refused("no PIN is set", "set pin VALUE, signed, or: mtmo flash --access pin")
    if pin is None:
        raise Refused("without the PIN", "#PIN in front of it")
    if gate.lockouts.pin_locked():
        raise Refused("the PIN is locked", "unlock, signed")
    # of equal length, so that the time says nothing
    given, wanted = [hashlib.sha256(word.encode()).digest() for word in (pin, gate.settings["pin"])]
    if not envelope.same(given, wanted):
        gate.lockouts.bad_pin()
        raise Refused("wrong PIN")
