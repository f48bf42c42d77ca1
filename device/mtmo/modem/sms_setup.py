"""The modem's SMS service: stores, acknowledgement, indications; negotiated and read back (L3; at_dialects §8.1).

Forgotten again when it is done.
"""

import asyncio

from .. import log
from ..at import number
from ..clock import now_ms
from ..errors import AtNoPrompt, AtRefused, AtTimeout

_SIM_BUSY = (14, 314)


async def choose_store(modem) -> None:
    """PDU mode, the best store on offer and the service that fits it. Raises AtRefused when there is none."""
    # both may take until the SIM has been read
    deadline = now_ms() + 1000 * modem.dialect["sim_ready_s"]
    modem.mems = []
    while True:
        if await _in_pdu_mode(modem) and await _has_store(modem):
            break
        if now_ms() > deadline:
            raise AtRefused("AT+CPMS", "no message store")
        await asyncio.sleep(1)
    if not modem.mems:
        log.info("modem", "no message store: texts are taken as they come")
    await _choose_service(modem)


async def _in_pdu_mode(modem) -> bool:
    return await modem.attempt("AT+CMGF=0") and (await modem.answer("AT+CMGF?"))[0] in ("0", "")


async def _has_store(modem) -> bool:
    # or needs none
    return modem.dialect["mode"] == "routed" or await _stores(modem) or await _only_routes(modem)


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
            except AtNoPrompt:
                raise  # it answers nothing at all
            except AtTimeout:
                return False
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
    return [name for name in [part.strip().strip('()"') for part in parts] if name.isalpha() or "_" in name]


async def _choose_service(modem) -> None:
    # service 1 asks for an acknowledgement of what is routed (TS 27.005 §3.2.1); who stores does without
    routed = _is_routed(modem)
    offered = await _ranges(modem, "AT+CSMS=?")
    wanted = 1 if routed else 0
    if offered and wanted in offered[0]:
        await modem.attempt("AT+CSMS=%d" % wanted)
    said = (await modem.answer("AT+CSMS?"))[0]
    modem.acks = said == "1" or (not said and modem.dialect["mode"] == "routed")


# -- indications


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
