"""One profile on trial: written, then asked again and again whether all of apn.md §2 holds (L3)."""

from micropython import const

from .. import once
from ..apn_profile import Profile, same_apn
from ..at import fields
from ..clock import now_s
from ..errors import AtRefused
from ..modem import DENIED, REGISTRATION, UNKNOWN
from . import causes
from .granted import WrongOrder, granted

WAIT = "wait"  # it may still come
_STEP_S = const(3)
_DENIED_GRACE_S = const(30)
_ROAMING = const(5)
_ATTACH_MS = const(75000)  # AT+CGATT=1 (at_dialects §4.5)


class Attempt:
    """`apply()` writes the profile, `look()` says what became of it.

    The time runs from when card and radio are ready, `patience_s` or what the dialect's slowest command may take; it
    is longer abroad, and extended once for a modem that still searches.
    """

    def __init__(self, modem, settings, profile: Profile, patience_s: int = 0):
        self.profile = profile
        self.ceer = -1  # the number behind the cause, if there was one
        self._modem = modem
        self._settings = settings
        self._patience_s = max(patience_s, settings["apn-test-s"], modem.dialect["attach_s"])
        self._ready_s = -1  # when card and radio were ready
        self._limit_s = 0  # until when they must be
        self._extended = False
        self._order_sure = False  # of user and password
        self._denied_s = 0  # since when the network denies registration
        self._cause = ""  # why it did not work so far

    async def apply(self) -> None:
        """Write the profile and register with it. Raises AtError."""
        roaming = self._settings["data-roaming"]
        write = once("apn.write").apply
        try:
            self._order_sure = await write(self._modem, self.profile, roaming)
        except WrongOrder:
            if not self.other_order():
                raise
            self._order_sure = await write(self._modem, self.profile, roaming)
        self.again()
        self._denied_s = 0
        self._cause = ""

    def again(self) -> None:
        """Grant the same time once more."""
        self._ready_s = -1
        self._limit_s = now_s() + self._modem.dialect["sim_ready_s"]
        self._extended = False

    async def look(self) -> str:
        """ "" when all holds, WAIT while it may still come, else the cause. Raises AtError."""
        if self._ready_s < 0:
            if not await self._card_ready():
                return "modem" if now_s() >= self._limit_s else WAIT
            self._ready_s = now_s()
            self._limit_s = self._ready_s + self._patience_s
        for check in _CHECKS:
            if now_s() >= self._limit_s and not self._longer():
                return self._cause or ("timeout" if self._modem.data_possible() else "no-service")
            cause = await check(self)
            if cause:
                return cause
        return ""

    def pause_s(self) -> int:
        """How long to wait before the next look: ever less often."""
        waited_s = now_s() - self._ready_s
        return _STEP_S if self._ready_s < 0 or waited_s < 30 else 10 if waited_s < 300 else 30

    async def probe(self) -> str:
        """ "" when all still holds, else why not. Raises AtError."""
        for check in _CHECKS:
            cause = await check(self)
            if cause:
                return cause if cause != WAIT else "timeout" if self._modem.data_possible() else "no-service"
        return ""

    def other_order(self) -> bool:
        """Exchange user and password where sources disagree about the family; True the first time it can."""
        if self._order_sure or self.profile.order or len(self._modem.dialect["auth"]) < 2:
            return False
        self.profile.order = 1
        return True

    def searching(self) -> bool:
        """True if there is no word from a network, which is no fault of the APN."""
        return REGISTRATION[self._modem.stat] in ("searching", "off", "unknown")

    def _longer(self) -> bool:
        # abroad, and once for a modem that still searches: a slow registration rolls no good APN back
        if self._extended or not (self.searching() or self._modem.stat == _ROAMING):
            return False
        self._extended = True
        self._limit_s = self._ready_s + max(self._patience_s, self._settings["apn-roam-s"])
        return now_s() < self._limit_s

    async def _card_ready(self) -> bool:
        try:
            infos = await self._modem.chat.request("AT+CPIN?", 5000, b"+CPIN:")
        except AtRefused:
            return False
        return bool(infos) and fields(infos[0])[0] == "READY"

    # -- the checks of apn.md §2, in its order

    async def _registered(self) -> str:
        stat = await self._modem.registration()
        if stat == DENIED:
            self._denied_s = self._denied_s or now_s()
            if now_s() - self._denied_s < _DENIED_GRACE_S:
                return WAIT
            return await self._ask_why() or "denied"
        self._denied_s = 0
        if self._modem.data_possible() or (stat == UNKNOWN and await self._modem.serves()):
            return ""  # a healthy modem may have no word for its state: attach and address count
        return WAIT

    async def _attached(self) -> str:
        try:
            infos = await self._modem.chat.request("AT+CGATT?", 10000, b"+CGATT:")
            if not infos or fields(infos[0])[0] != "0":
                return ""
            await self._modem.chat.request("AT+CGATT=1", max(_ATTACH_MS, 1000 * self._modem.dialect["attach_s"]))
        except AtRefused as error:
            return await self._refused(error)
        return ""

    async def _active(self) -> str:
        dialect = self._modem.dialect
        if await self._modem.address():
            return ""
        done = False
        for template in dialect["activate"]:
            done = False
            try:
                await self._modem.chat.request(template.format(cid=dialect["cid"]), 1000 * dialect["activate_s"])
                done = True
            except AtRefused as error:
                cause = await self._refused(error)
                if cause in causes.OF_THE_APN:
                    return cause
                continue
            if await self._modem.address():
                return ""
        return "" if done and not dialect["address"] else WAIT

    async def _granted(self) -> str:
        context = await granted(self._modem)
        if context is None:
            return ""  # this family cannot say: context and address must do
        return "" if same_apn(self.profile.apn, context[0]) and context[1] else WAIT

    async def _reachable(self) -> str:
        host = self._settings["apn-probe-host"]
        if not host or not self._modem.dialect["probe"]:
            return ""
        return "" if await once("apn.ping").reaches(self._modem, host) else WAIT

    async def _texts(self) -> str:
        # no service centre, no answer by SMS (TS 27.005 §3.3.1)
        try:
            infos = await self._modem.chat.request("AT+CSCA?", 10000, b"+CSCA:")
        except AtRefused:
            return ""
        return "" if not infos or fields(infos[0])[0] else WAIT

    # -- causes

    async def _refused(self, error: AtRefused) -> str:
        # what the number says, or the network's own words; others may pass
        cause = causes.of_cme(error.code, self._modem.dialect) if error.kind == "CME" else ""
        why = await self._ask_why()
        cause = cause or why
        if cause in causes.OF_THE_APN:
            self._cause = cause
            return cause
        return WAIT

    async def _ask_why(self) -> str:
        try:
            infos = await self._modem.chat.request("AT+CEER", 10000, b"+CEER")
        except AtRefused:
            return ""
        cause, self.ceer = causes.of_ceer(infos)
        return cause


_CHECKS = (
    Attempt._registered,  # noqa: SLF001 - the checks in their order
    Attempt._attached,  # noqa: SLF001
    Attempt._active,  # noqa: SLF001
    Attempt._granted,  # noqa: SLF001
    Attempt._reachable,  # noqa: SLF001
    Attempt._texts,  # noqa: SLF001
)
