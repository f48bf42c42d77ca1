"""reboot (L3). The board's reboot is answered by the boot that follows it."""

from ..errors import VerbError


async def _reboot(context, args: "list[str]") -> str:
    what = args[0] if args else "board"
    if what == "modem":
        await context.agent.restart_modem()
        return "modem restarted"
    if what != "board":
        raise VerbError(12, "modem or board")
    context.agent.board.reset()  # does not come back; the journal's DONE says the rest
    return "rebooted"


VERBS = {"reboot": _reboot}
