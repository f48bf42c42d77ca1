"""Which profile is in use: what the record, the modem and the network say of it (L3; at_dialects §5).

Loaded when a transaction opens or the modem holds another APN than the record.
"""

from ..apn_profile import Profile, same_apn
from ..at import fields, is_address
from ..errors import AtRefused


class WrongOrder(AtRefused):
    """The modem took the password for the user name."""


async def is_active(modem, good: list, wanted: Profile, restoring: bool) -> bool:
    """True if `wanted` is the record's good one and what the network granted, or will when the modem is restored."""
    if not wanted.same(Profile(*good)):
        return False
    if restoring:
        return True
    context = await granted(modem)
    if context is not None:
        return same_apn(wanted.apn, context[0])
    return not modem.dialect["address"] or bool(await modem.address())


async def granted(modem) -> "tuple[str, bool] | None":
    """(APN, is there a DNS server) of the context in use; None from a modem that cannot say (TS 27.007 §10.1.23)."""
    if not modem.dialect["granted"]:
        return None
    try:
        infos = await modem.chat.request("AT+CGCONTRDP=%d" % modem.dialect["cid"], 10000, b"+CGCONTRDP")
    except AtRefused:
        return None
    apn, dns = "", False
    for info in infos:
        parts = fields(info)
        if len(parts) > 2:
            apn = apn or parts[2]
            # one line for each address family; behind the address come mask or gateway, then the servers
            dns = dns or any(is_address(field) for field in parts[5:7])
    return apn, dns
