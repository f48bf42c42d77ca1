"""The network side's codec beside the shared vectors: what it finds, in their words."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from mtmo_host.sms import tpdu as codec
from mtmo_host.sms.address import Address
from mtmo_host.sms.pdu import decode_hex, split_pdu
from mtmo_host.sms.scts import Scts
from mtmo_host.sms.userdata import UserData
from mtmo_host.sms.validity import ABSOLUTE, ENHANCED, RELATIVE, Validity

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "vectors" / "sms.jsonl").read_text(encoding="utf-8").splitlines()
]


SINGLE = [vector for vector in VECTORS if vector["kind"] not in ("assembly", "segmentation")]


VALID = [vector for vector in SINGLE if "error" not in vector["expect"]]


MALFORMED = [vector for vector in SINGLE if "error" in vector["expect"]]


_DECODERS = {
    "deliver": codec.decode_deliver,
    "submit": codec.decode_submit,
    "status_report": codec.decode_status_report,
}


OA = Address("+15551234567", 1)


SCTS = Scts.of(datetime(2025, 3, 14, 9, 26, 53, tzinfo=timezone(timedelta(hours=1))))


def octets_of(vector: dict[str, Any]) -> tuple[Address | None, bytes]:
    if vector.get("smsc") is False:
        return None, decode_hex(vector["pdu"])
    return split_pdu(vector["pdu"], length=vector.get("length"))


def described(vector: dict[str, Any]) -> dict[str, Any]:
    """What our decoder finds, in the vectors' words."""
    sca, octets = octets_of(vector)
    message: Any = _DECODERS[vector["direction"]](octets)
    found = {"smsc": _address(sca)}
    if vector["direction"] == "deliver":
        found |= _flags(message, "mms", "lp", "sri", "udhi", "rp") | _deliver(message)
    elif vector["direction"] == "submit":
        found |= _flags(message, "rd", "srr", "udhi", "rp")
        found |= {"mr": message.mr, "addr": _address(message.da), "pid": message.pid, "vp": _validity(message.vp)}
    else:
        found |= _flags(message, "mms", "lp", "srq", "udhi") | _report(message)
    if message.ud:
        found |= _user_data(message.ud)
    return found


def _flags(message: Any, *names: str) -> dict[str, Any]:
    return {"flags": {name: getattr(message, name) for name in names}}


def _address(address: Address | None) -> dict[str, Any] | None:
    if address is None:
        return None
    found: dict[str, Any] = {"number": address.number, "ton": address.ton_name, "npi": address.npi_name}
    return found if address.semi_octets is None else {**found, "semi_octets": address.semi_octets}


def _deliver(message: codec.Deliver) -> dict[str, Any]:
    found: dict[str, Any] = {"addr": _address(message.oa), "pid": message.pid, "scts": message.scts.iso}
    if message.scts.time is None:
        found["scts_raw"] = message.scts.raw.hex().upper()
    if message.trailing:
        found["trailing"] = message.trailing
    if message.mti_reserved:
        found["mti_reserved"] = True
    return found


def _report(message: codec.StatusReport) -> dict[str, Any]:
    found: dict[str, Any] = {"mr": message.mr, "addr": _address(message.ra), "status": message.st}
    found |= {"scts": message.scts.iso, "dt": message.dt.iso}
    if message.dt.time is None:
        found["dt_raw"] = message.dt.raw.hex().upper()
    if message.tail_error:
        found["tail_error"] = True
    return found | {name: getattr(message, name) for name in ("pi", "pid", "dcs") if getattr(message, name) is not None}


def _validity(vp: Validity | None) -> dict[str, Any] | None:
    if vp is None:
        return None
    if vp.format == RELATIVE:
        return {"format": RELATIVE, "raw": vp.raw[0], "seconds": vp.seconds}
    if vp.time is not None:
        return {"format": ABSOLUTE, "time": vp.time.iso}
    found: dict[str, Any] = {"format": ENHANCED, "raw": vp.raw.hex().upper(), "single_shot": vp.single_shot}
    return found if vp.seconds is None else {**found, "seconds": vp.seconds}


def _user_data(ud: UserData) -> dict[str, Any]:
    found: dict[str, Any] = {"udl": ud.udl, "dcs": ud.coding.octet, "alphabet": ud.coding.alphabet}
    found |= {"data_hex": ud.payload.hex().upper()} if ud.text is None else {"text": ud.text}
    if ud.header:
        found["udh"] = [{"iei": ie.iei, "data": ie.data.hex().upper()} for ie in ud.elements]
    if ud.ignored:
        found["udh_ignored"] = True
    if ud.concat:
        found["concat"] = dataclasses.asdict(ud.concat)
    elif any(ie.iei in (0x00, 0x08) for ie in ud.elements):
        found["concat_ignored"] = True
    if ud.ports:
        found["ports"] = dataclasses.asdict(ud.ports)
    locking, single = ud.languages
    found |= {"nl_locking": locking} if locking else {}
    found |= {"nl_single": single} if single else {}
    if ud.coding.message_class is not None:
        found["class"] = ud.coding.message_class
    if ud.coding.auto_delete:
        found["auto_delete"] = True
    if ud.coding.mwi:
        mwi = ud.coding.mwi
        found["mwi"] = {"type": mwi.kind, "active": mwi.active, "discard": mwi.discard}
    return found


def expected(vector: dict[str, Any]) -> dict[str, Any]:
    expect: dict[str, Any] = dict(vector["expect"])
    if "concat" in expect:
        concat = expect["concat"]
        expect["concat"] = {name: concat[name] for name in ("ref", "total", "seq", "bits")}
    return expect
