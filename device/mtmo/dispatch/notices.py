"""Texts that nobody asked for: notices of the application and of the agent, and the scheduled report (L3)."""

from .. import envelope, log
from ..envelope import room_for
from ..verbs import find
from . import Context


def queue(agent, text: str) -> bool:
    """Put a notice to `reply-to` into the journal, signed if there is a key; False where it can go nowhere."""
    settings = agent.settings
    if not settings["reply-to"]:
        log.info("sms", "no notice: reply-to is not set")
        return False
    slot = agent.keys.notice_slot()
    encrypted = bool(slot and settings["notice-encrypt"])
    kid, epoch = (slot.kid, slot.epoch) if slot else ("", 0)
    text = envelope.escape(text)[: room_for(kid, 0, 0, encrypted)]
    return agent.journal.notice(kid, epoch, settings["reply-to"], text, encrypted)


async def report(agent) -> None:
    """What `report every Nh` sends. Raises AtError."""
    status, args = find(["status"])
    queue(agent, "report " + await status.run(Context(agent, None), args))
