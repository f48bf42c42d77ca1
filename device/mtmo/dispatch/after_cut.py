"""Decides if a command that a power cut interrupted runs again, is closed, or answered E20, as its verb says (L3).

Loaded when the journal has such an entry at boot (design 4.4).
"""

from .. import log, once
from ..envelope import joined
from ..errors import VerbError
from ..verbs import DONE, INTERRUPTED


def look(agent, entry, cut_off: bool) -> "tuple[list | None, VerbError | None]":
    """The steps that are to be carried out now, or why none can be; (None, None) where the answer is known already.

    `cut_off`: the boot found it at work, so that a crash may have been its fault.
    """
    journal = agent.journal
    try:
        steps = once("gate.judge").plan(entry.body)
    except VerbError as error:
        return [], error
    verb = steps[entry.verb][0]
    if verb.on_power_loss == INTERRUPTED:
        journal.answered(entry, joined(entry.answer, "E20 interrupted"))
    elif verb.on_power_loss == DONE:
        journal.answered(entry, joined(entry.answer, "OK rebooted"))
    elif cut_off and agent.crashed and journal.crashed(entry):
        log.warn("sms", "%s: set aside, the agent crashed twice", verb.name)
        journal.answered(entry, joined(entry.answer, "E20 interrupted"))
    else:
        return steps, None
    return None, None
