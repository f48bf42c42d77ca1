"""Setting the modem up: power, sync, identity, SIM, power saving; then forgotten again (L3; at_dialects §4.4, §6).

A refusal is an answer; only silence and a missing SIM end it.
"""

import asyncio

from micropython import const

from .. import dialects, log, once
from ..at import fields, number
from ..clock import now_ms
from ..errors import AtNoPrompt, AtRefused, AtTimeout
from . import VALID

_CME_SIM = (10, 11, 12, 13, 15, 16)  # missing, locked, broken, wrong: waiting does not help
_PUK = const(12)
_HAIL_MS = const(300)
_HAILS = const(3)
_SET_MS = const(5000)  # what only the modem itself must note
_ASKS = const(3)  # for a model that has a record
_ESC = b"\x1b"
_ESC_MS = const(150)
_BAUD_PAUSE_S = 0.1  # MKRGSM issue 103: no command right behind AT+IPR


async def bring_up(modem) -> None:
    """As `Modem.bring_up`."""
    await _reach(modem)
    modem.setup = VALID  # whatever it says from here on makes all this void
    modem.cnmi = ""
    for line in ("ATE0", "ATV1", "AT+CMEE=1"):
        await modem.attempt(line)
    await _identify(modem)
    await _pin_baud(modem)
    # modems start without flow control (V.250 §6.2.12)
    if modem.board.has_flow and await modem.attempt("AT+IFC=2,2", _SET_MS):
        modem.board.use_cts()
    if (await modem.answer("AT+CFUN?"))[0] in ("0", "4"):
        # somebody was cut off between radio off and on; nobody else would switch it on again
        await modem.attempt(modem.dialect["radio_on"], 180000)
    await _wait_for_sim(modem)
    await _read_iccid(modem)
    modem.imsi = await modem.word("AT+CIMI")
    for line in modem.dialect["setup"]:
        await modem.attempt(line, _SET_MS)
    await _save_no_power(modem)
    await once("modem.sms_setup").choose_store(modem)
    modem.up = True


async def _read_iccid(modem) -> None:
    # bare, by the command's own name though URCs begin like it (GM02S), or by another (SIMCom: AT+CICCID, +ICCID)
    ask = modem.dialect["iccid"]
    modem.iccid = ""
    for line, prefix in ((ask, None), (ask, ask[2:].encode()), (ask, b"+ICCID"), ("AT+ICCID", None)):
        for info in [] if modem.iccid else await modem.infos(line, prefix):
            modem.iccid = modem.iccid or iccid_in(info)


def iccid_in(line: bytes) -> str:
    """The card's number in an information line: the field of 18 to 22 digits, wherever it stands; "" for none.

    The filler F is no part of it (TS 102 221 §13.2). Some cards have hex digits behind the 89 (ITU-T E.118); the check
    digit is not looked at.
    """
    for word in " ".join(fields(line)).split():
        word = word.upper().rstrip("F")
        if 18 <= len(word) <= 22 and (word.isdigit() or (word[:2] == "89" and not word.strip("0123456789ABCDEF"))):
            return word
    return ""


async def identify(modem) -> None:
    """As `Modem.identify`."""
    await _reach(modem)
    for line in ("ATE0", "ATV1"):
        await modem.attempt(line)
    await _identify(modem)


# -- power and speed


async def _reach(modem) -> None:
    # the usual case first; all else costs seconds and is looked up when it is needed
    if not modem.up:
        await modem.chat.hail(_ESC, _ESC_MS)  # whoever was cut off may have left a prompt
    for _ in range(_HAILS):
        if await modem.chat.hail(b"AT\r", _HAIL_MS):
            return
    on = modem.board.is_on()
    find_speed = once("modem.find_speed")
    if on is not False and await find_speed.find_speed(modem):
        return
    if modem.up and on is not False:
        raise AtTimeout("AT", "it was on and says nothing")  # a pulse might switch it off: the recovery's affair
    log.info("modem", "no answer: switching it on")
    modem.up = False
    await modem.board.power_on()
    if not await find_speed.after_power_on(modem):
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
    # its answer may come at the old speed, at the new one, or cut in two
    await modem.chat.hail(template.format(baud=wanted).encode() + b"\r", _HAIL_MS)
    await asyncio.sleep(_BAUD_PAUSE_S)
    found = board.baud
    board.set_baud(wanted)
    for _ in range(_HAILS):
        if await modem.chat.hail(b"AT\r", _HAIL_MS):
            log.info("modem", "speed pinned to %d, was %d", wanted, set_now)
            return
    board.set_baud(found)


async def _identify(modem) -> None:
    name = await _recognise(modem)
    modem.firmware = await modem.word("AT+CGMR") or modem.firmware
    for line in ("AT+CGSN", "AT+CGSN=1"):  # TS 27.007 §5.4; nRF91 has another number without the 1
        imei = (await modem.word(line))[:15]
        if len(imei) == 15 and imei.isdigit():
            modem.imei = imei
            break
    if name != modem.dialect["name"]:
        modem.dialect = dialects.load(name)
    record = modem.dialect
    record["cid"] = modem.settings["cid"] or record["own_cid"]
    modem.chat.urcs = record["urcs"] + record["boot"] + record["ready"] + record["full"] + record["card"]
    modem.chat.gap_ms = record["gap_ms"]
    modem.chat.prompt_gap_ms = record["prompt_gap_ms"]
    log.info("modem", "%s %s imei=%s dialect=%s", modem.model, modem.firmware, modem.imei, name)


async def _recognise(modem) -> str:
    # An answer may stay away, or be another's: what is known holds until a model of another family is read twice
    known = modem.dialect["name"]
    models = once("dialects.models")
    before = ""
    for _ in range(_ASKS):
        maker = await modem.word("AT+CGMI")
        model = await modem.word("AT+CGMM") or await modem.word("ATI")
        if not modem.model or not model.isdigit():
            modem.model = model or modem.model
        name = models.match(maker, model)
        if name != "generic" and (known in ("generic", name) or name == before):
            return name
        before = name
        if known != "generic" == name:
            break
    return known


# -- SIM


async def _wait_for_sim(modem) -> None:
    deadline = now_ms() + 1000 * modem.dialect["sim_ready_s"]
    while True:
        try:
            state = fields((await modem.chat.request("AT+CPIN?", 5000, b"+CPIN:"))[0])[0]
            if state == "READY":
                return
            if state == "SIM PIN":
                await once("modem.sim_pin").unlock(modem)
            elif "PUK" in state:
                raise AtRefused("AT+CPIN?", state, "CME", _PUK)  # needs a person
            else:
                raise AtRefused("AT+CPIN?", state)
        except AtNoPrompt:
            raise  # it answers nothing at all
        except (AtRefused, AtTimeout) as error:
            if now_ms() > deadline or (isinstance(error, AtRefused) and error.code in _CME_SIM):
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
            await modem.attempt(line, _SET_MS)
    # as the modem says, not as it was told (TS 27.007 §7.38, §7.41)
    psm = (await modem.answer("AT+CPSMS?"))[0] == "1"
    edrx = number((await modem.answer("AT+CEDRXRDP"))[0], 0) > 0
    modem.saving = "+".join([name for name, on in (("psm", psm), ("edrx", edrx)) if on]) or "off"
    if modem.saving != "off":
        log.warn("modem", "power saving is on (%s): texts come late", modem.saving)
