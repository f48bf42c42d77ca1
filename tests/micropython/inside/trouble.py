"""What makes life hard for the agent inside the rig (virtual_agent.py): a busy application, a boot that fails."""

from asyncio import core


class Defect(Exception):
    """The board restarts, as mtmo.run() lets it."""


async def keep_busy(line, busy_ms, every_ms):
    """A task that computes, or writes to the flash, without giving the loop back."""
    while True:
        await core.sleep_ms(every_ms - busy_ms)
        line.block(busy_ms)


def doom(agent):
    """Let the boot fail where the verb `doom` was carried out before, unless it is a minimal one."""
    try:
        with open("/doom") as file:
            hangs = file.read() == "hang"
    except OSError:
        return

    async def bring_up():
        if hangs:
            await core.sleep(86400)
        raise Defect

    if not agent.minimal:
        agent.modem.bring_up = bring_up
