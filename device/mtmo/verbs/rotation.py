"""key: a slot's next key, by itself make before break, by the recovery slot at once (L3; SC1 §6)."""

import binascii

from micropython import const

from .. import log
from ..envelope import Slot, decode_base32, same
from ..errors import VerbError
from ..keys import RECOVERY

_KEY_OCTETS = const(32)
_KEY_CHARS = const(52)


def _key(context, args: "list[str]") -> str:
    keys = context.agent.keys
    entry = context.entry
    kid, epoch, key = _parsed(args)
    slot = keys.slots.get(kid)
    if slot is None or entry.kid not in (kid, RECOVERY):
        raise VerbError(31, "only the slot itself or Z")
    fresh = Slot(kid, key, epoch, slot.role)
    by_itself = entry.kid == kid
    if epoch == slot.epoch and same(key, slot.k_dev):
        if not by_itself and context.agent.journal.closed(kid, epoch):
            context.agent.journal.reopen(kid, epoch)  # power failed between the two records
        return "key=%s epoch=%d" % (kid, epoch)
    if epoch <= slot.epoch:
        raise VerbError(12, "epoch must exceed %d" % slot.epoch)
    log.hide(args[2])
    log.hide(binascii.hexlify(key).decode())
    if by_itself:
        pending = keys.pending.get(kid)
        if pending is None or pending.epoch != epoch or not same(key, pending.k_dev):
            keys.pending[kid] = fresh
            keys.write()
        return "key=%s epoch=%d pending" % (kid, epoch)
    keys.pending.pop(kid, None)
    keys.slots[kid] = fresh
    keys.write()
    context.agent.journal.reopen(kid, epoch)
    return "key=%s epoch=%d" % (kid, epoch)


def _parsed(args: "list[str]") -> "tuple[str, int, bytes]":
    if len(args) != 3 or len(args[2]) != _KEY_CHARS or not args[1].isdigit() or len(args[1]) > 3:
        raise VerbError(12, "key SLOT EPOCH KEY")
    key = decode_base32(args[2].encode(), False)
    epoch = int(args[1])
    if key is None or len(key) != _KEY_OCTETS or not 1 <= epoch <= 255:
        raise VerbError(12, "key SLOT EPOCH KEY")
    return args[0], epoch, key


VERBS = {"key": _key}
