"""The modem as the agent sees it: power, sync, identity, SMS set-up with read-back, registration (L3).

TS 27.005, TS 27.007.
"""

import asyncio

from micropython import const

from . import dialects, log
from .at import fields, is_address, number
from .chat import Chat
from .clock import now_ms
from .errors import AtRefused, AtTimeout

# Registration stat (TS 27.007 §7.2, §10.1.22)
REGISTRATION = ("off", "home", "searching", "denied", "unknown", "roaming", "sms-only", "sms-only-roaming")
DENIED = const(3)
_SMS_POSSIBLE = (1, 5, 6, 7)
_DATA_POSSIBLE = (1, 5)
_SYNC_TRIES = const(10)
_HEARD = const(16)
_CME_NO_SIM = (10, 13, 15)


class Modem:
    """`on_event()` is called when something happened that the agent should look at."""

    def __init__(self, board, settings, on_event):
        self._board = board
        self._settings = settings
        self._on_event = on_event
        self.chat = Chat(board.port, self._on_urc)
        self.dialect = dialects.load("generic")
        self.imei = ""
        self.model = ""
        self.firmware = ""
        self.iccid = ""
        self.imsi = ""
        self.stat = 0  # registration, see REGISTRATION
        self.store_used = 0
        self.store_size = 0
        self.mems: "list[str]" = []  # the stores that are read, the one for new messages first
        self.mail = False  # a message was indicated
        self.sweep = False  # in whatever store
        self._mem = 0  # which of `mems` is selected
        self.heard: "list | None" = None  # takes the URCs while somebody waits for one
        self.started = False  # the modem said that it has just started
        self._cnmi = ""  # what AT+CNMI? must say
        self._rung = 0  # of the recovery ladder

    async def bring_up(self) -> None:
        """Power, sync, identify, SIM, SMS store: afterwards CMGL works. Raises AtError."""
        await self._sync_or_power()
        self.started = False  # whatever it says from here on makes all this void
        for line in ("ATE0", "ATV1", "AT+CMEE=1"):
            await self.chat.request(line)
        await self._identify()
        if (await self._fields("AT+CFUN?"))[0] in ("0", "4"):
            # somebody was cut off between radio off and on; nobody else would switch it on again
            await self._try(self.dialect["radio_on"])
        await self._wait_for_sim()
        self.iccid = await self._first("AT+CCID") or await self._first("AT+ICCID")
        self.imsi = await self._first("AT+CIMI")
        for line in self.dialect["setup"]:
            await self._try(line)
        if not self._settings["psm"]:
            for line in self.dialect["power_saving"]:
                await self._try(line)
        await self._choose_store()
        self._rung = 0

    async def enable_indications(self) -> None:
        """New messages and registration changes are reported from now on; read back (TS 27.005 §3.4.1)."""
        for choice in self.dialect["cnmi"]:
            if not await self._try("AT+CNMI=" + choice):
                continue
            self._cnmi = choice
            if not await self.settings_lost():
                break
        else:
            self._cnmi = ""
            log.warn("modem", "no CNMI taken: texts are only found by sweeping")
        for line in ("AT+CREG=1", "AT+CEREG=1"):
            await self._try(line)
        await self.registration()

    async def settings_lost(self) -> bool:
        """Has the modem forgotten how new messages are indicated? It does when it restarts, said or not."""
        return bool(self._cnmi) and ",".join(await self._fields("AT+CNMI?")) != self._cnmi

    async def recover(self) -> None:
        """One rung of the ladder: re-init, radio cycle, reset pin, power cycle; each is tried before the next."""
        self._rung += 1
        log.warn("modem", "recovery, rung %d", self._rung)
        if self._rung == 2:
            await self._try("AT+CFUN=1,1")
        elif self._rung == 3:
            await self._board.reset_modem()
        elif self._rung >= 4:
            await self._board.power_cycle()
            self._rung = 0

    async def identify(self) -> None:
        """Only power, sync and identity: what `mtmo.identify()` needs. Raises AtError."""
        await self._sync_or_power()
        for line in ("ATE0", "ATV1"):
            await self.chat.request(line)
        await self._identify()

    # -- what the verbs ask

    async def registration(self) -> int:
        """The registration stat of the best domain (TS 27.007 §7.2, §10.1.22)."""
        stats = []
        for name in ("CEREG", "CGREG", "CREG"):
            stat = 4
            for info in await self._infos("AT+%s?" % name, b"+%s:" % name.encode()):
                parts = fields(info)
                if len(parts) > 1:  # a URC of the same name has only the stat
                    stat = number(parts[1], 4)
            stats.append(stat)
        for good in (1, 5, 6, 7, DENIED, 2):
            if good in stats:
                self.stat = good
                return good
        self.stat = 0 if 0 in stats else 4  # 8 and more are of no use here: emergency calls, NB-IoT and the like
        return self.stat

    async def rssi_dbm(self) -> int:
        """Signal level, 0 when unknown (TS 27.007 §8.5)."""
        index = number((await self._fields("AT+CSQ"))[0], 99)
        return index * 2 - 113 if index <= 31 else 0

    async def address(self) -> str:
        """The address of the context, "" without one (TS 27.007 §10.1.22)."""
        for template in self.dialect["address"]:
            line = template.format(cid=self.dialect["cid"])
            for info in await self._infos(line, line[2:].split("=")[0].split("?")[0].encode()):
                for field in fields(info):
                    if is_address(field):
                        return field
        return ""

    async def negotiated_apn(self) -> str:
        """The APN in use, which need not be the one that was set (TS 27.007 §10.1.23)."""
        parts = await self._fields("AT+CGCONTRDP=%d" % self.dialect["cid"])
        return parts[2] if len(parts) > 2 else ""

    async def read_store(self) -> None:
        """Refresh `store_used` and `store_size` (TS 27.005 §3.2.2)."""
        parts = await self._fields("AT+CPMS?")
        if len(parts) >= 3:
            self.store_used = number(parts[1], 0)
            self.store_size = number(parts[2], 0)

    async def select(self, mem: int) -> None:
        """Read and delete in store number `mem` of `mems` from now on (TS 27.005 §3.2.2). Raises AtError."""
        if mem != self._mem:
            await self.chat.request('AT+CPMS="%s"' % self.mems[mem], 10000)
            self._mem = mem

    def sms_possible(self) -> bool:
        """Is the modem registered in a way that carries SMS?"""
        return self.stat in _SMS_POSSIBLE

    def data_possible(self) -> bool:
        """Is the modem registered in a way that carries data?"""
        return self.stat in _DATA_POSSIBLE

    # -- inside

    def _on_urc(self, line: bytes, pdu_hex) -> None:
        if self.heard is not None and len(self.heard) < _HEARD:
            self.heard.append(line)
        for boot in self.dialect["boot"]:
            if line.startswith(boot):
                self.started = True
        if line.startswith(b"+CMTI:") or line.startswith(b"+CMT:") or line in self.dialect["ready"]:
            self.mail = True
            if line.startswith(b"+CMTI:") and fields(line)[0] not in self.mems[:1]:
                self.sweep = True  # class 2 goes to the SIM, whatever was chosen (TS 23.038 §4)
        elif line.startswith(b"+CREG:") or line.startswith(b"+CEREG:"):
            stat = number(fields(line)[0])
            if stat != self.stat and stat in _SMS_POSSIBLE:
                self.mail = True  # back on the network: look into the store
            if 0 <= stat < len(REGISTRATION):
                self.stat = stat
        self._on_event()

    async def _sync_or_power(self) -> None:
        if await self._sync(3):
            return
        log.info("modem", "no answer: switching it on")
        await self._board.power_on()
        deadline = now_ms() + self._board.boot_ms()
        while not await self._sync(_SYNC_TRIES):
            if now_ms() > deadline:
                raise AtTimeout("AT", "no answer since it was switched on")

    async def _sync(self, tries: int) -> bool:
        for _ in range(tries):
            try:
                await self.chat.request("AT", 500)
                return True
            except AtRefused:
                return True  # it talks
            except AtTimeout:
                pass
        return False

    async def _identify(self) -> None:
        maker = await self._first("AT+CGMI")
        self.model = await self._first("AT+CGMM")
        self.firmware = await self._first("AT+CGMR")
        imei = await self._first("AT+CGSN")
        self.imei = imei[:15]
        name = dialects.match(maker, self.model)
        if name != self.dialect["name"]:
            self.dialect = dialects.load(name)
            self.chat.urcs = self.dialect["urcs"] + self.dialect["boot"] + self.dialect["ready"] + self.dialect["full"]
            self.chat.gap_ms = self.dialect["gap_ms"]
        log.info("modem", "%s %s imei=%s dialect=%s", self.model, self.firmware, self.imei, name)

    async def _wait_for_sim(self) -> None:
        deadline = now_ms() + 1000 * self.dialect["sim_ready_s"]
        while True:
            try:
                state = fields((await self.chat.request("AT+CPIN?", 5000, b"+CPIN:"))[0])[0]
                if state == "READY":
                    return
                raise AtRefused("AT+CPIN?", state)
            except AtRefused as error:
                if error.code in _CME_NO_SIM or now_ms() > deadline:
                    raise
            except IndexError:
                pass
            await asyncio.sleep(1)

    async def _choose_store(self) -> None:
        # PDU mode and the first store on offer; both may take until the SIM has been read
        deadline = now_ms() + 1000 * self.dialect["sim_ready_s"]
        while True:
            if await self._try("AT+CMGF=0"):
                offered = b"".join(await self._infos("AT+CPMS=?", b"+CPMS"))
                names = [name for name in self.dialect["stores"] if b'"%s"' % name.encode() in offered]
                for name in names:
                    if await self._try('AT+CPMS="%s","%s","%s"' % (name, name, name)):
                        # what came before this choice lies in the modem's own; MT is the others once more
                        self.mems = [name] + [other for other in names if other != name and other != "MT"]
                        self._mem = 0
                        await self.read_store()
                        return
            if now_ms() > deadline:
                raise AtRefused("AT+CPMS", "no message store")
            await asyncio.sleep(1)

    async def _first(self, line: str) -> str:
        # the first word of the answer, without a prefix that some firmwares add
        for info in await self._infos(line, None):
            text = fields(info)[0]
            if text:
                return text
        return ""

    async def _fields(self, line: str) -> "list[str]":
        # of the first line that answers with the command's own name; a colon need not follow (u-blox: `+CGPADDR= 1,`)
        name = line[2:].split("=")[0].split("?")[0]
        infos = await self._infos(line, name.encode())
        return fields(infos[0]) if infos else [""]

    async def _infos(self, line: str, prefix) -> list:
        try:
            return await self.chat.request(line, 10000, prefix)
        except AtRefused:
            return []

    async def _try(self, line: str) -> bool:
        try:
            await self.chat.request(line, 30000)
            return True
        except AtRefused as error:
            log.info("modem", "%s", error)
            return False
