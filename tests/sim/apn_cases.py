"""APN transactions as a table: what is asked for, what the network offers, what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from air import Offer

from mtmo_host.emulator import personalities
from mtmo_host.emulator.radio import SM_NOT_SUBSCRIBED, Auth

GSM = ("sim800", "m95")  # no LTE: attached without any APN, so nothing but the context fails


# the minimal modem has no APN at all
FAMILIES = [name for name in personalities.names() if name != "minimal"]


SUFFIX = "{apn}.mnc001.mcc262.gprs"


@dataclass(frozen=True)
class Case:
    """`words` behind `apn set`, what the network makes of the APN `new`, and the report: `confirmed` or a cause."""

    name: str
    words: str
    offer: Offer | None
    report: str
    negotiated: str = "new"
    access: str = "signed"


SECRET = Offer("u1", "Zx9@q", (Auth.PAP, Auth.CHAP, Auth.EITHER))


CREDENTIALS = "new user=u1 pass=Zx9%40q auth="


CASES = (
    Case("right", "new", Offer(), "confirmed"),
    Case("right, with PAP", CREDENTIALS + "pap", replace(SECRET, auth=(Auth.PAP, Auth.EITHER)), "confirmed"),
    Case("right, with CHAP", CREDENTIALS + "chap", replace(SECRET, auth=(Auth.CHAP, Auth.EITHER)), "confirmed"),
    Case("the network adds its identifier", "new", Offer(granted=SUFFIX), "confirmed", "new.mnc001.mcc262.gprs"),
    Case("IPv6", "new type=ipv6", Offer(addresses={"IPV6": "2001:db8::39"}), "confirmed"),
    Case("IPv4 and IPv6", "new type=ipv4v6", Offer(addresses={"IPV4V6": "10.64.3.9"}), "confirmed"),
    Case("an APN that blocks the attach", "new", None, "unknown-apn ceer=27"),
    Case("a wrong password", "new user=u1 pass=wrong auth=pap", SECRET, "auth ceer=29"),
    Case("no credentials where some are wanted", "new", SECRET, "auth ceer=29"),
    Case("not subscribed", "new", Offer(cause=SM_NOT_SUBSCRIBED), "not-subscribed ceer=33"),
    Case("accepted, but without an address", "new", Offer(addresses={"IP": "0.0.0.0"}), "timeout"),
    Case("accepted, but without a name server", "new", Offer(dns=()), "timeout"),
    Case("the network gives another APN", "new", Offer(granted="default.apn"), "timeout"),
)


def expected(case: Case, name: str) -> str:
    """What this family can know: GPRS modems cannot say which APN and name server they were given, M95 no address."""
    if case.report == "timeout" and (name == "m95" or (name == "sim800" and "address" not in case.name)):
        return "confirmed"
    return case.report
