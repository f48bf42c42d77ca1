"""The modem as the agent sees it: what it says by itself, and what may be asked of it (L3; TS 27.005, TS 27.007).

How it is set up stands in bring_up.py and sms_setup.py, which are forgotten again once that is done; what is done when
it does not answer, or finds no network, in find_speed.py and recovery.py, which are loaded when that happens.
"""

import asyncio

from micropython import const

from .. import dialects, log, once
from ..at import fields, is_address, number
from ..at.chat import Chat
from ..clock import now_s
from ..errors import AtError, AtNoPrompt, AtRefused, AtTimeout

# Registration stat (TS 27.007 §7.2, §10.1.22)
REGISTRATION = ("off", "home", "searching", "denied", "unknown", "roaming", "sms-only", "sms-only-roaming", "emergency")
DENIED = const(3)
UNKNOWN = const(4)
# What each stat comes to here: 9 and 10 are home and roaming without preference for CSFB, 11 is access to RLOS only
_STATS = (0, 1, 2, 3, UNKNOWN, 5, 6, 7, 8, 1, 5, 8)
_BEST_FIRST = (1, 5, 6, 7, DENIED, 2, 8, 0, UNKNOWN)
_SMS_POSSIBLE = (1, 5, 6, 7)
_DATA_POSSIBLE = (1, 5)
# Modem.setup: how much of what it was told does the modem still know?
VALID = const(0)
DOUBTFUL = const(1)  # an answer stayed away: AT+CNMI? will tell
LOST = const(2)  # it has restarted, or something else must be put right: all is told anew
_HEARD = const(16)
_SIM_BUSY = (14, 314)  # TS 27.007 §9.2, TS 27.005 §3.2.5
_BUSY_S = const(6)
_NO_NETWORK = (0, 2, 3)
_ANY_GAP_MS = const(100)  # the longest pause that a family wants: SARA-R4 (at_dialects §6)
_HURRY_MS = const(4000)  # a command in flight when the modem restarts: it will not be answered
_ROUTED = const(8)  # texts that wait for their acknowledgement; networks send one at a time
_NO_NETWORK_S = const(600)  # Particle: so long may registration take (at_dialects §4.5)
_SEEK_MAX = const(6)  # an hour between two restarts where there is no coverage
_ASK_S = const(10)  # between two questions for the registration
_BOOT_S = const(10)  # two lines that say so are one restart: RDY, APP RDY
_BURST_S = const(15)  # a restart so soon behind a text may be its fault
_HOLD_S = const(15)  # then twice as long until the next text, doubled each time


class Modem:
    """`on_event()` is called when something happened that the agent should look at.

    `store` keeps what must outlive the board's restart; without one a locked SIM stays locked.
    """

    def __init__(self, board, settings, on_event, store=None):
        self.board = board
        self.settings = settings
        self.records = store
        self._on_event = on_event
        self.chat = Chat(board.port, self._on_urc)
        self.chat.gap_ms = _ANY_GAP_MS  # until it has said what it is
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
        self.mem = 0  # which of `mems` is selected
        self.cmti_pending = False  # a message was indicated
        self.list_all_due = False  # in whatever store
        self.card_due = False  # another card may be in: its number is to be asked
        self.urc_tap: "list | None" = None  # takes the URCs while somebody waits for one
        self.rearm = False  # the modem has stopped to indicate messages
        self.acks = False  # a routed message must be acknowledged
        self.routed: "list[tuple]" = []  # (header, PDU hex or None) of +CMT and +CDS
        self.cnmi = ""  # what AT+CNMI? must say
        self.creg_urcs_on = False  # it reports changes of its registration (+CREG: n=1 or more)
        self.saving = "?"  # power saving that is in force: "off", "psm", "edrx", "psm+edrx"
        self.setup = VALID
        self.reason = ""  # why it is to be set up, or asked whether it must be
        self.up = False  # it has been set up once: it is on
        self.restarts = 0  # that nobody asked for
        self.undervoltage = 0  # warnings of the modem's supply
        self.failures = 0  # in a row: how far up the recovery ladder the next one begins
        self.sent_s = -_BURST_S  # when a text was last handed over
        self._text_s = -_NO_NETWORK_S  # when one last came, or went out
        self._fell_s = -_BOOT_S  # when it restarted last
        self._burst = 0  # restarts behind a text, since one went out without
        self._hold_s = 0  # until then nothing is sent
        self._off_net_s = 0  # since when there is no network for texts; 0: there is
        self._asked_s = -_ASK_S
        self._deaf = False  # whether it cannot be asked for its registration: then every text is tried
        self._doubt = False  # whether `stat` still holds
        self._sought = 0  # how often the ladder for that was climbed

    async def bring_up(self) -> None:
        """Power, sync, identify, SIM, SMS store: afterwards CMGL works. Raises AtError."""
        await once("modem.bring_up").bring_up(self)
        self._off_net_s = 0

    async def enable_indications(self) -> None:
        """New messages and registration changes are reported from now on; read back (TS 27.005 §3.4.1)."""
        self.rearm = False
        await once("modem.sms_setup").enable_indications(self)
        self.creg_urcs_on = await self.tells_registration()
        await self.registration()

    async def identify(self) -> None:
        """Only power, sync and identity: what `mtmo.identify()` needs. Raises AtError."""
        await once("modem.bring_up").identify(self)

    async def settings_lost(self) -> bool:
        """True if `AT+CNMI?` or `+C*REG?` shows that the modem has forgotten what it was told: it has restarted."""
        if not self.cnmi:
            return False
        if not ",".join(await self.answer("AT+CNMI?")).startswith(self.cnmi):
            return True
        # some come up with the very CNMI that was wanted; with news of the registration, none does
        return self.creg_urcs_on and not await self.tells_registration()

    async def tells_registration(self) -> bool:
        """True unless the modem says n=0: it reports no changes of the first domain's registration (TS 27.007 §7.2)."""
        return (await self.answer("AT+%s?" % self.dialect["registration"][0]))[0] != "0"

    async def recover(self, error: AtError) -> None:
        """Climb the ladder after `error` until the modem answers; many failures in a row begin higher up."""
        self.failures += 1
        await once("modem.recovery").recover(self, error)

    async def restart(self) -> None:
        """Restart it because it was asked for; the loop sets it up again. Raises AtError."""
        await self.chat.request(self.dialect["reboot"], 30000)
        self.require_setup("restarted")

    async def look_at_card(self) -> None:
        """Asked for by a line of the modem, and at each sweep: another card means that all is set up anew."""
        self.card_due = False
        imsi = await self.word("AT+CIMI")
        if imsi.isdigit() and imsi != self.imsi:
            self.require_setup("other card")

    async def watch_network(self) -> None:
        """Called often: without a network for texts it asks, waits ten minutes at most, then acts."""
        if self.stat in _SMS_POSSIBLE and not self._doubt:
            self._off_net_s = 0
            self._sought = 0
            return
        now = now_s()
        if not self._doubt and now - self._asked_s < _ASK_S:
            return
        self._asked_s = now
        before = self.stat
        await self.registration()
        self._off_net_s = self._off_net_s or now
        if self.stat in _SMS_POSSIBLE:
            if before not in _SMS_POSSIBLE:
                self.list_all_due = True
        elif not self._deaf and now - self._off_net_s >= _NO_NETWORK_S * min(1 + self._sought, _SEEK_MAX):
            self._off_net_s = now
            # a healthy modem may have no word for its state, and what just came or went proves that it is on the air
            if now - self._text_s < _NO_NETWORK_S or (self.stat == UNKNOWN and await self.serves()):
                log.info("modem", "registration %s, yet it serves", REGISTRATION[self.stat])
                return
            self._sought += 1
            await once("modem.recovery").seek_network(self, self._sought)

    # -- what the verbs ask

    async def registration(self) -> int:
        """The registration stat of the best domain (TS 27.007 §7.2, §10.1.22)."""
        self._doubt = False
        stats = []
        self._deaf = True
        for name in self.dialect["registration"]:
            stat = UNKNOWN
            for info in await self.infos("AT+%s?" % name, b"+%s:" % name.encode()):
                parts = fields(info)
                if len(parts) > 1:  # a URC of the same name has only the stat
                    self._deaf = False
                    stat = _stat(parts[1])
            stats.append(stat)
        for self.stat in _BEST_FIRST:
            if self.stat in stats:
                break
        return self.stat

    async def serves(self) -> bool:
        """True if it is attached and has an address, whatever it says of its registration."""
        return (await self.answer("AT+CGATT?"))[0] == "1" and bool(await self.address())

    async def rssi_dbm(self) -> int:
        """Signal level, 0 when unknown (TS 27.007 §8.5)."""
        index = number((await self.answer("AT+CSQ"))[0], 99)
        return index * 2 - 113 if index <= 31 else 0

    async def address(self) -> str:
        """The address of the context, "" without one (TS 27.007 §10.1.22)."""
        for template in self.dialect["address"]:
            line, _, own = template.format(cid=self.dialect["cid"]).partition("|")
            for info in await self.infos(line, line[2:].split("=")[0].split("?")[0].encode()):
                for field in fields(info) if fields(info)[0] == own or not own else ():
                    if is_address(field):
                        return field
        return ""

    async def negotiated_apn(self) -> str:
        """The APN in use, which need not be the one that was set (TS 27.007 §10.1.23)."""
        parts = await self.answer("AT+CGCONTRDP=%d" % self.dialect["cid"])
        return parts[2] if len(parts) > 2 else ""

    async def read_store(self) -> bool:
        """Refresh `store_used` and `store_size`; True if the store for new messages is full (TS 27.005 §3.2.2)."""
        numbers = [
            number(field) for field in (await self.answer("AT+CPMS?")) if field.isdigit()
        ]  # names may be missing
        if len(numbers) >= 2:
            self.store_used, self.store_size = numbers[-2:]
        return 0 < self.store_size <= self.store_used

    async def select(self, mem: int) -> None:
        """Read and delete in store number `mem` of `mems` from now on (TS 27.005 §3.2.2). Raises AtError."""
        if mem != self.mem:
            self.mem = -1  # until it has said so
            await self.patiently('AT+CPMS="%s"' % self.mems[mem])
            self.mem = mem

    def sms_possible(self) -> bool:
        """True if the modem is registered in a way that carries SMS, as far as it can be asked."""
        return self._deaf or self.stat in _SMS_POSSIBLE

    def seeks(self) -> bool:
        """True while it has looked for a network for ten minutes or more, in vain."""
        return self._sought > 0

    def may_send(self) -> bool:
        """True if a text may be handed over: a network is not ruled out, and no text has just caused a restart."""
        return (self._deaf or self.stat not in _NO_NETWORK) and now_s() >= self._hold_s

    def doubt(self) -> None:
        """An answer stayed away: it may have restarted, which AT+CNMI? will tell."""
        if self.setup == VALID:
            self.setup = DOUBTFUL
            self.reason = "no answer"

    def require_setup(self, reason: str) -> None:
        """It is to be set up anew before anything else; `reason` is one or two words for the log."""
        self.setup = LOST
        self.reason = reason

    def text_went_out(self) -> None:
        """A text was sent and the modem lives."""
        self._burst = 0
        self._text_s = now_s()

    def data_possible(self) -> bool:
        """True if the modem is registered in a way that carries data."""
        return self.stat in _DATA_POSSIBLE

    # -- asking

    async def word(self, line: str, prefix: "bytes | None" = None) -> str:
        """The first word of the answer, without a prefix that some firmwares add; "" when it is refused.

        `prefix` is for an answer that has another name than the command, which is a URC otherwise.
        """
        for info in await self.infos(line, prefix):
            text = fields(info)[0]
            if text:
                return text
        return ""

    async def answer(self, line: str) -> "list[str]":
        """Fields of the first line that answers with the command's own name; [""] when it is refused."""
        # a colon need not follow the name (u-blox: `+CGPADDR= 1,`)
        name = line[2:].split("=")[0].split("?")[0]
        infos = await self.infos(line, name.encode())
        return fields(infos[0]) if infos else [""]

    async def patiently(self, line: str, prefix: "bytes | None" = None, pdus=False) -> list:
        """As Chat.request; a card that is busy is asked again for some seconds."""
        for left in range(_BUSY_S, -1, -1):
            try:
                return await self.chat.request(line, 0, prefix, None, pdus)
            except AtRefused as error:
                if not left or error.code not in _SIM_BUSY:
                    raise
            await asyncio.sleep(1)
        return []

    async def infos(self, line: str, prefix) -> list:
        """The information lines; none when it is refused."""
        try:
            return await self.chat.request(line, 10000, prefix)
        except AtNoPrompt:
            raise  # it answers nothing at all
        except (AtRefused, AtTimeout):
            return []

    async def attempt(self, line: str, timeout_ms: int = 0) -> bool:
        """True if the command was taken, as far as is known; an answer that stays away is no reason to begin anew."""
        try:
            await self.chat.request(line, timeout_ms)
            return True
        except AtNoPrompt:
            raise  # it answers nothing at all
        except (AtRefused, AtTimeout) as error:
            log.info("modem", "%s", error)
            return False

    # -- what it says by itself

    def _on_urc(self, line: bytes, pdu_hex) -> None:
        if self.urc_tap is not None and len(self.urc_tap) < _HEARD:
            self.urc_tap.append(line)
        if line[:5] in (b"+CMT:", b"+CMTI", b"+CDS:", b"+CDSI"):
            self._text_s = now_s()
        if line.startswith(b"+CMT:") or line.startswith(b"+CDS:"):
            if len(self.routed) < _ROUTED:
                self.routed.append((line, pdu_hex))
            else:
                log.warn("sms", "%d texts wait for their turn: one more is lost, or comes again", _ROUTED)
        elif line.startswith(b"+CMTI:") or line.startswith(b"+CDSI:"):
            self.cmti_pending = True
            if fields(line)[0] not in self.mems[:1] or line[4:5] == b"S":
                self.list_all_due = True  # class 2 goes to the SIM, whatever was chosen (TS 23.038 §4)
        elif line.startswith(b"+CREG:") or line.startswith(b"+CEREG:") or line.startswith(b"+CGREG:"):
            self._registered(_stat(fields(line)[0]))
        elif self._is(line, "card"):
            self.card_due = self.up
        elif self._is(line, "boot"):
            self._restarted()
        elif self._is(line, "ready"):
            self.cmti_pending = True
        elif self._is(line, "full"):
            self.list_all_due = True
        elif line.startswith(b"UNDER-VOLTAGE"):
            self.undervoltage += 1
            log.warn("modem", "its supply is too weak, warning %d", self.undervoltage)
        elif line.startswith(b"+CMS ERROR:") and line in self.dialect["urcs"]:
            self.rearm = True  # nRF91: the client was dropped, 524
        self._on_event()

    def _is(self, line: bytes, kind: str) -> bool:
        for start in self.dialect[kind]:
            if line.startswith(start):
                return True
        return False

    def _registered(self, stat: int) -> None:
        if stat in _SMS_POSSIBLE and self.stat not in _SMS_POSSIBLE:
            self.list_all_due = True  # back on the network: whatever came while nobody could say so
        if stat in _SMS_POSSIBLE:
            self.stat = stat
        else:
            self._doubt = True  # one domain's loss need not be the other's: ask all of them

    def _restarted(self) -> None:
        self.chat.hurry(_HURRY_MS)
        if self.setup == LOST or not self.up:
            return
        self.require_setup("restarted")
        now = now_s()
        before, self._fell_s = self._fell_s, now
        if now - before < _BOOT_S:
            return  # the rest of what it says when it starts
        self.restarts += 1
        if now - self.sent_s < _BURST_S:
            # a text's burst of current may have been the cause: not the next one at once (at_dialects §2, row 10)
            self._burst = min(self._burst + 1, 4)
            self._hold_s = now + (_HOLD_S << self._burst)
        hold_s = max(0, self._hold_s - now)
        log.warn("modem", "it restarted by itself, %d so far; no text for %d s", self.restarts, hold_s)


def _stat(field: str) -> int:
    # TS 27.007 §7.2; what is in no table says nothing
    stat = number(field)
    return _STATS[stat] if 0 <= stat < len(_STATS) else UNKNOWN
