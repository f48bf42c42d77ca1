"""Sending and writing messages: the prompt, the PDU's checks, the network's answer (TS 27.005 §3.5, §4.3 to §4.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mtmo_host.emulator.commands.sms_text import link_used
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, AtError, Reply, cms, command
from mtmo_host.emulator.sms import text_body, text_mode
from mtmo_host.emulator.sms.store import Stat, Stored, StoreFull
from mtmo_host.emulator.sms.tpdu_fields import Mti, sca_octets
from mtmo_host.sms.command import MTI as COMMAND
from mtmo_host.sms.command import encode_command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_INVALID = 304
_INVALID_INDEX = 321
_NO_SERVICE_CENTRE = 330
_LONGEST_TEXT = 160


@command("+CMGS", "= =?", sms=True, sim=True)
def send(modem: Modem, call: Call) -> Reply | None:
    """+CMGS: prompt, body, Ctrl-Z.

    PDU mode: `<length>` counts the TPDU alone, the body is SCA and TPDU in hex. Text mode: number and type of number.
    """
    if call.kind is Kind.TEST:
        return None
    return _ask(modem, _submission(modem, call), lambda pdu: _sending(modem, pdu, "+CMGS", (Mti.SUBMIT,)))


@command("+CMGC", "= =?", sms=True, sim=True, vendor=True)
def send_command(modem: Modem, call: Call) -> Reply | None:
    """+CMGC: an SMS-COMMAND. PDU mode as +CMGS, text mode <fo>,<ct>[,<pid>[,<mn>[,<da>[,<toda>]]]], its data in hex."""
    if call.kind is Kind.TEST:
        return None
    convert = _command_from_text(modem, call) if modem.settings.cmgf else _from_hex(modem, call)
    return _ask(modem, convert, lambda pdu: _sending(modem, pdu, "+CMGC", (COMMAND,)))


@command("+CMGW", "x = =?", sms=True, sim=True)
def write(modem: Modem, call: Call) -> Reply | None:
    """+CMGW=<length>[,<stat>], or in text mode [=<number>[,<type>[,<stat>]]]: as +CMGS, into the store."""
    if call.kind is Kind.TEST:
        return None
    arguments = Arguments(call, cms(_INVALID))
    if modem.settings.cmgf:
        stat = text_mode.own_stat(arguments.text(2, "STO UNSENT"))
    else:
        stat = Stat(arguments.number(1, range(4), Stat.STO_UNSENT))
    convert = _submission(modem, call, received=stat in (Stat.REC_UNREAD, Stat.REC_READ))
    return _ask(modem, convert, lambda pdu: _writing(modem, pdu, stat))


@command("+CMSS", "= =?", sms=True, sim=True)
def send_stored(modem: Modem, call: Call) -> Reply | None:
    """+CMSS=<index>[,<da>[,<toda>]]: send a written message, to another number if one is given."""
    if call.kind is Kind.TEST:
        return None
    mem = modem.settings.cpms[1]
    arguments = Arguments(call, cms(_INVALID_INDEX))
    index = arguments.number(0, modem.sms.store.indices(mem))
    stored = modem.sms.store.get(mem, index)
    if stored is None or stored.stat not in (Stat.STO_SENT, Stat.STO_UNSENT):
        raise cms(_INVALID_INDEX)
    pdu = stored.pdu
    if arguments.given(1) and pdu[1 + pdu[0]] & 3 == Mti.SUBMIT:
        toa = arguments.number(2, range(128, 256)) if arguments.given(2) else None
        head = pdu[: 1 + pdu[0]]
        pdu = head + text_body.redirected(pdu[1 + pdu[0] :], arguments.text(1, limit=84), toa, modem.settings)
    return _sending(modem, pdu, "+CMSS", (Mti.SUBMIT, COMMAND), stored)


def _submission(modem: Modem, call: Call, *, received: bool = False) -> Callable[[bytes], bytes]:
    """What makes the PDU out of a body."""
    return _from_text(modem, call, received=received) if modem.settings.cmgf else _from_hex(modem, call)


def _ask(modem: Modem, convert: Callable[[bytes], bytes], then: Callable[[bytes], Reply]) -> Reply:
    sms = modem.personality.sms

    def take(body: bytes | None) -> Reply:
        if body is None:
            return Reply(wait_ms=modem.latency("latency"), then=lambda: Reply(final=sms.escape_result))
        return then(convert(body))

    lines = modem.settings.cmgf == 1
    ready = Reply(prompt=sms.prompt, on_body=take, many_lines=lines)
    return Reply(wait_ms=modem.latency("prompt"), then=lambda: ready)


def _from_hex(modem: Modem, call: Call) -> Callable[[bytes], bytes]:
    sms = modem.personality.sms
    length = Arguments(call, cms(sms.error("bad length"))).number(0, range(sms.min_length, sms.max_length + 1))
    return lambda body: _pdu(modem, body, length)


def _from_text(modem: Modem, call: Call, *, received: bool) -> Callable[[bytes], bytes]:
    sms = modem.personality.sms
    arguments = Arguments(call, cms(sms.error("bad text")))
    number = arguments.text(0, None if call.name == "+CMGS" else "", limit=84)
    toa = arguments.number(1, range(128, 256)) if arguments.given(1) else None

    def convert(body: bytes) -> bytes:
        try:
            if received:
                tpdu = text_body.deliver_tpdu(number, toa, body, modem.settings, modem.clock)
            else:
                tpdu = text_body.submit_tpdu(number, toa, body, modem.settings)
        except AtError:
            raise cms(sms.error("too long" if len(body) > _LONGEST_TEXT else "bad text")) from None
        return sca_octets(modem.sim.smsc) + tpdu

    return convert


def _command_from_text(modem: Modem, call: Call) -> Callable[[bytes], bytes]:
    arguments = Arguments(call, cms(modem.personality.sms.error("bad text")))
    arguments.at_most(6)
    first = arguments.number(0, tuple(octet for octet in range(256) if octet & 3 == COMMAND))
    ct, pid, mn = (
        arguments.number(1, range(256)),
        arguments.number(2, range(256), 0),
        arguments.number(3, range(256), 0),
    )
    number = text_mode.meant(arguments.text(4, "", limit=84), modem.settings.cscs)
    address = text_body.address(number, arguments.number(5, range(128, 256)) if arguments.given(5) else None)

    def convert(body: bytes) -> bytes:
        try:
            data = bytes.fromhex(body.decode("ascii"))
            tpdu = encode_command(first=first, pid=pid, ct=ct, mn=mn, da=address, data=data)
        except ValueError:  # PduError and UnicodeDecodeError are such
            raise arguments.error from None
        return sca_octets(modem.sim.smsc) + tpdu

    return convert


def _pdu(modem: Modem, body: bytes, length: int) -> bytes:
    """SCA and TPDU out of a body, checked against the announced length."""
    pdu = text_body.pdu_octets(modem, body)
    if pdu is None:
        raise cms(modem.personality.sms.error("bad pdu"))
    if not pdu or pdu[0] > 11 or len(pdu) != 1 + pdu[0] + length:
        raise cms(_INVALID)
    if not pdu[0]:
        pdu = sca_octets(modem.sim.smsc) + pdu[1:]
    return pdu


def _writing(modem: Modem, pdu: bytes, stat: Stat) -> Reply:
    try:
        index = modem.sms.store.add(modem.settings.cpms[1], stat, pdu)
    except StoreFull:
        raise cms(modem.personality.sms.error("memory full")) from None
    return Reply([f"+CMGW: {index}"])


def _sending(modem: Modem, pdu: bytes, name: str, kinds: tuple[int, ...], stored: Stored | None = None) -> Reply:
    tpdu = bytearray(pdu[1 + pdu[0] :])
    if tpdu[0] & 3 not in kinds:
        raise cms(_INVALID)
    return Reply(wait_ms=modem.latency("+CMGS"), then=lambda: _submit(modem, pdu[0], tpdu, name, stored))


def _submit(modem: Modem, sca_length: int, tpdu: bytearray, name: str, stored: Stored | None) -> Reply:
    modem.power_saving.activity()  # what waited in the network comes along
    if not modem.reachable:
        raise cms(modem.personality.sms.error("no network"))
    if not sca_length:
        raise cms(_NO_SERVICE_CENTRE)
    tpdu[1] = mr = modem.sms.next_mr()
    faults = modem.faults
    sent = None if faults.commands is None else faults.commands.lost_result()
    if tpdu[0] & 3 == Mti.SUBMIT:
        modem.watch.submitted(bytes(tpdu), lost=sent is not None or (faults.line is not None and faults.line.losing))
    if sent is not None:
        if sent:
            modem.network.mo_submit(modem, bytes(tpdu))
        return Reply(final=None)
    result = modem.network.mo_submit(modem, bytes(tpdu))
    if not result.ok:
        # RP causes, and behind them TP-FCS, are +CMS ERROR numbers as they stand (TS 27.005 §3.2.5)
        raise cms(result.cause if 0 < result.cause < 256 else modem.personality.sms.error("unknown"))
    link_used(modem)
    if stored is not None:
        stored.stat = Stat.STO_SENT
    return Reply([f"{name}: {mr}{_submit_report(modem, result.scts)}"])


def _submit_report(modem: Modem, scts: bytes | None) -> str:
    """With +CSMS=1 the network's SUBMIT-REPORT: its time in text mode, else the TPDU (TS 27.005 §3.5.1, §4.3)."""
    if modem.settings.csms != 1 or scts is None:
        return ""
    if modem.settings.cmgf:
        return f',"{text_mode.time_text(scts)}"'
    return f',"0100{scts.hex().upper()}"'
