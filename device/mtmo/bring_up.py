"""Setting the modem up: power, sync, identity, SIM, stores, indications; then forgotten again (L3; at_dialects §8.1).

What is set is read back. A refusal is an answer; only silence and a missing SIM or store end it.
"""

import asyncio

from micropython import const

from . import dialects, log
from .at import fields, number
from .clock import now_ms
from .errors import AtRefused, AtTimeout
from .modem import once

_CME_SIM = (10, 11, 12, 13, 15, 16)  # missing, locked, broken, wrong: waiting does not help
_SIM_BUSY = (14, 314)
_PUK = const(12)
_HAIL_MS = const(300)
_HAILS = const(3)
_BAUD_PAUSE_S = 0.1  # MKRGSM issue 103: no command right behind AT+IPR


async def bring_up(modem) -> None:
    """As `Modem.bring_up`."""
    await _reach(modem)
    modem.started = False  # whatever it says from here on makes all this void
    for line in ("ATE0", "ATV1", "AT+CMEE=1"):
        await modem.chat.request(line)
    await _identify(modem)
    await _pin_baud(modem)
    if (await modem.answer("AT+CFUN?"))[0] in ("0", "4"):
        # somebody was cut off between radio off and on; nobody else would switch it on again
        await modem.attempt(modem.dialect["radio_on"], 180000)
    await _wait_for_sim(modem)
    modem.iccid = await modem.word(modem.dialect["iccid"]) or await modem.word("AT+ICCID")
    modem.imsi = await modem.word("AT+CIMI")
    for line in modem.dialect["setup"]:
        await modem.attempt(line)
    await _save_no_power(modem)
    await _choose_store(modem)
    await _choose_service(modem)
    modem.up = True


async def identify(modem) -> None:
    """As `Modem.identify`."""
    await _reach(modem)
    for line in ("ATE0", "ATV1"):
        await modem.chat.request(line)
    await _identify(modem)


async def enable_indications(modem) -> None:
    """The first setting of CNMI that is taken and reads back, of the dialect's and of those the modem offers."""
    offered = await _ranges(modem, "AT+CNMI=?")
    wanted = 2 if _is_routed(modem) else 1
    modem.cnmi = ""
    for choice in _choices(modem.dialect["cnmi"], offered, wanted):
        if await _takes(modem, choice):
            modem.cnmi = choice
            break
    else:
        log.warn("modem", "no CNMI taken: texts are only found by sweeping")
    for name in modem.dialect["registration"]:
        await modem.attempt("AT+%s=1" % name)


async def _takes(modem, choice: str) -> bool:
    now = ",".join(await modem.answer("AT+CNMI?"))
    if now.startswith(choice):
        return True  # nRF91 refuses what it has already
    if not await modem.attempt("AT+CNMI=" + choice):
        return False
    now = ",".join(await modem.answer("AT+CNMI?"))
    return now == "" or now.startswith(choice)  # where it cannot be asked, the OK must do


def _is_routed(modem) -> bool:
    return modem.dialect["mode"] == "routed" or not modem.mems


def _choices(own: tuple, offered: list, mt: int) -> "list[str]":
    # the dialect's own first, then every one that the ranges allow; what they do not allow is tried last of all
    fitting = []
    for choice in own:
        if _allows(offered, choice) and choice.split(",")[1] == str(mt):
            fitting.append(choice)
    if len(offered) >= 2:
        for mode in (2, 1, 3):
            for ds in (0, 1):
                for bfr in (0, 1):
                    choice = "%d,%d,0,%d,%d" % (mode, mt, ds, bfr)
                    if _allows(offered, choice) and choice not in fitting:
                        fitting.append(choice)
    for choice in own + ("2,%d" % mt, "1,%d" % mt):
        if choice not in fitting:
            fitting.append(choice)
    return fitting


def _allows(offered: list, choice: str) -> bool:
    values = choice.split(",")
    for i in range(min(len(values), len(offered))):
        if offered[i] and int(values[i]) not in offered[i]:
            return False
    return True


async def _ranges(modem, line: str) -> "list[list[int]]":
    """The numbers of each parenthesis of a test command's answer: `(0-2),(0,3)` is [[0, 1, 2], [0, 3]]."""
    found: "list[list[int]]" = []
    for text in await _parentheses(modem, line):
        numbers: "list[int]" = []
        for part in text.split(","):
            low, _, high = part.strip().partition("-")
            first, last = number(low.strip(), 1), number((high or low).strip(), 0)
            numbers.extend(range(first, min(last, 9) + 1))
        found.append(numbers)
    return found


async def _parentheses(modem, line: str) -> "list[str]":
    found = []
    for info in await modem.infos(line, line[2:-2].encode()):
        pieces = info.decode().split("(") if info.find(b"(") >= 0 and _is_ascii(info) else []
        found.extend([piece.split(")")[0] for piece in pieces[1:]])
    return found


def _is_ascii(octets: bytes) -> bool:
    return not octets or max(octets) < 128


# -- power and speed


async def _reach(modem) -> None:
    # the usual case first; all else costs seconds and is looked up when it is needed
    for _ in range(_HAILS):
        if await modem.chat.hail(b"AT\r", _HAIL_MS):
            return
    on = modem.board.is_on()
    sync = once("sync")
    if on is not False and await sync.ladder(modem):
        return
    if modem.up and on is not False:
        raise AtTimeout("AT", "it was on and says nothing")  # a pulse might switch it off: the recovery's affair
    log.info("modem", "no answer: switching it on")
    modem.up = False
    await modem.board.power_on()
    if not await sync.after_power_on(modem):
        raise AtTimeout("AT", "no answer since it was switched on")


async def _pin_baud(modem) -> None:
    # a modem that finds the speed by itself says nothing when it starts (T-Call-SIM800 issue 254)
    board = modem.board
    wanted = board.wanted_baud
    template = modem.dialect["ipr"]
    if not template:
        return
    name = template.split("=")[0]
    set_now = number((await modem.answer(name + "?"))[0], -1)
    if set_now == wanted and board.baud == wanted:
        return
    if set_now < 0 and board.baud == wanted:
        return  # it cannot be asked, and it is right
    if not await modem.attempt(template.format(baud=wanted)):
        return
    await asyncio.sleep(_BAUD_PAUSE_S)
    found = board.baud
    board.set_baud(wanted)
    for _ in range(_HAILS):
        if await modem.chat.hail(b"AT\r", _HAIL_MS):
            log.info("modem", "speed pinned to %d, was %d", wanted, set_now)
            return
    board.set_baud(found)


async def _identify(modem) -> None:
    maker = await modem.word("AT+CGMI")
    modem.model = await modem.word("AT+CGMM")
    modem.firmware = await modem.word("AT+CGMR")
    imei = await modem.word("AT+CGSN")
    if not imei[:15].isdigit():
        imei = await modem.word("AT+CGSN=1")  # TS 27.007 §5.4; nRF91 has another number without
    modem.imei = imei[:15]
    if not modem.model:
        modem.model = await modem.word("ATI")
    name = dialects.match(maker, modem.model)
    if name != modem.dialect["name"]:
        modem.dialect = dialects.load(name)
    record = modem.dialect
    modem.chat.urcs = record["urcs"] + record["boot"] + record["ready"] + record["full"]
    modem.chat.gap_ms = record["gap_ms"]
    modem.chat.prompt_gap_ms = record["prompt_gap_ms"]
    log.info("modem", "%s %s imei=%s dialect=%s", modem.model, modem.firmware, modem.imei, name)


# -- SIM


async def _wait_for_sim(modem) -> None:
    deadline = now_ms() + 1000 * modem.dialect["sim_ready_s"]
    while True:
        try:
            state = fields((await modem.chat.request("AT+CPIN?", 5000, b"+CPIN:"))[0])[0]
            if state == "READY":
                return
            if state == "SIM PIN":
                await once("pin").unlock(modem)
            elif "PUK" in state:
                raise AtRefused("AT+CPIN?", state, "CME", _PUK)  # needs a person
            else:
                raise AtRefused("AT+CPIN?", state)
        except AtRefused as error:
            if error.code in _CME_SIM or now_ms() > deadline:
                raise
        except IndexError:
            pass
        await asyncio.sleep(1)


async def _save_no_power(modem) -> None:
    lines = modem.dialect["power_saving"]
    if not lines:
        modem.saving = "off"
        return
    if not modem.settings["psm"]:
        for line in lines:
            await modem.attempt(line)
    # as the modem says, not as it was told (TS 27.007 §7.38, §7.41)
    psm = (await modem.answer("AT+CPSMS?"))[0] == "1"
    edrx = number((await modem.answer("AT+CEDRXRDP"))[0], 0) > 0
    modem.saving = "+".join([name for name, on in (("psm", psm), ("edrx", edrx)) if on]) or "off"
    if modem.saving != "off":
        log.warn("modem", "power saving is on (%s): texts come late", modem.saving)


# -- stores


async def _choose_store(modem) -> None:
    # PDU mode and the best store on offer; both may take until the SIM has been read
    deadline = now_ms() + 1000 * modem.dialect["sim_ready_s"]
    modem.mems = []
    while True:
        if await modem.attempt("AT+CMGF=0") and (await modem.answer("AT+CMGF?"))[0] in ("0", ""):
            if modem.dialect["mode"] == "routed" or await _stores(modem):
                return
            if await _only_routes(modem):
                log.warn("modem", "no message store: texts are taken as they come")
                return
        if now_ms() > deadline:
            raise AtRefused("AT+CPMS", "no message store")
        await asyncio.sleep(1)


async def _only_routes(modem) -> bool:
    offered = await _ranges(modem, "AT+CNMI=?")
    return len(offered) > 1 and 2 in offered[1] and 1 not in offered[1]


async def _stores(modem) -> bool:
    groups = [_names(text.split(",")) for text in await _parentheses(modem, "AT+CPMS=?")]
    groups = [names for names in groups if names] or [_names(await modem.answer("AT+CPMS=?"))]
    known = modem.dialect["stores"]
    # what new messages may be put into, as far as it says; a damaged list says nothing
    last = [name for name in known if name in groups[-1]] or list(known if not groups[-1] else ())
    readable = [name for name in known if name in groups[0]]
    for name in last:
        quoted = '"%s"' % name
        first = quoted if name in groups[0] or not readable else '"%s"' % readable[0]
        for line in ("%s,%s,%s" % (first, first, quoted), "%s,%s" % (first, first), first):
            try:
                await modem.chat.request("AT+CPMS=" + line)
            except AtRefused as error:
                if error.code in _SIM_BUSY:
                    return False  # not this line's fault
                log.info("modem", "%s", error)
            else:
                # what came before this choice lies in the modem's own; MT is the others once more
                new = await _new_goes_to(modem, name)
                modem.mems = [new] + [other for other in readable if other != new and other != "MT"]
                modem.mem = 0 if first == '"%s"' % new else -1
                await modem.read_store()
                return True
    return False


async def _new_goes_to(modem, name: str) -> str:
    said = [field for field in await modem.answer("AT+CPMS?") if field and not field.isdigit()]
    return said[2] if len(said) > 2 and said[2].isalpha() else name


def _names(parts: "list[str]") -> "list[str]":
    return [name for name in [part.strip().strip('"') for part in parts] if name.isalpha() or "_" in name]


async def _choose_service(modem) -> None:
    # service 1 asks for an acknowledgement of what is routed (TS 27.005 §3.2.1); who stores does without
    routed = _is_routed(modem)
    offered = await _ranges(modem, "AT+CSMS=?")
    wanted = 1 if routed else 0
    if offered and wanted in offered[0]:
        await modem.attempt("AT+CSMS=%d" % wanted)
    said = (await modem.answer("AT+CSMS?"))[0]
    modem.acks = said == "1" or (not said and modem.dialect["mode"] == "routed")
