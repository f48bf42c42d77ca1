"""What the console says once the agent serves: how full the modem's store is, and who may command (L3)."""

from .. import log


def say(agent) -> None:
    """One line; a closed door is named with its reason (design 4.5)."""
    modem = agent.modem
    log.info("agent", "ready: %d of %d texts stored, %s", modem.store_used, modem.store_size, _doors(agent))


def _doors(agent) -> str:
    settings, keys = agent.settings, agent.keys
    if not keys.allowed and not settings["any-sender-if-signed"]:
        return "closed: the allow-list is empty"
    access = settings["access"]
    if access == "signed" and not keys.slots:
        return "closed: no key"
    if access == "pin" and not settings["pin"] and not keys.slots:
        return "closed: no PIN"
    return "access %s%s" % (access, ", senders can be forged" if access == "allow-list" else "")
