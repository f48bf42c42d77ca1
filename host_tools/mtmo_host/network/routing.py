"""Where an MO goes: to the applications (A2P), to another device, or to a phone outside (P2P)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.network.policy import Policy, address_type_of
from mtmo_host.network.schema import BUFFERED, DELIVERED, INTERNATIONAL, LOCAL, MO, MT, PENDING, Endpoint, Sim
from mtmo_host.network.store import Store
from mtmo_host.network.wire import Submission

# RP causes, TS 24.011 §8.2.5.4
CAUSE_BARRED = 10
CAUSE_REJECTED = 21
CAUSE_UNKNOWN_SUBSCRIBER = 30
CAUSE_OUT_OF_ORDER = 38
CAUSE_NOT_SUBSCRIBED = 50
CAUSE_COMMAND_UNSUPPORTED = 0xA1  # TP-FCS (TS 23.040 §9.2.3.22): this service centre takes no SMS-COMMAND


@dataclass(frozen=True)
class Route:
    """What to store for an MO: its own row and, for another device of the platform, the MT behind it."""

    mo: dict[str, Any]
    mt: dict[str, Any] | None = None


@dataclass(frozen=True)
class Refusal:
    """The RP cause an MO is refused with."""

    cause: int


def route(store: Store, policy: Policy, sender: Endpoint, sms: Submission, now: float) -> Route | Refusal:
    """Decides on an MO of `sender`; nothing is stored yet."""
    if sender.status_id != 0:
        return Refusal(CAUSE_BARRED)
    if not policy.mo:
        return Refusal(CAUSE_NOT_SUBSCRIBED)
    if not sms.da:
        return Refusal(CAUSE_UNKNOWN_SUBSCRIBER)
    expiry = now + min(sms.validity_s or policy.default_expiry_s, policy.max_expiry_s)
    if not policy.is_p2p(sms.da, sms.da_toa):
        return Route(_mo(sender, sms, now, expiry, DELIVERED, p2p=False))
    receiver = store.endpoint_by_number(sms.da)
    if receiver is None:
        if not policy.p2p_ext:
            return Refusal(CAUSE_NOT_SUBSCRIBED)
        return Route(_mo(sender, sms, now, expiry, DELIVERED, p2p=True))
    if not policy.p2p_int:
        return Refusal(CAUSE_NOT_SUBSCRIBED)
    if not policy.mt or receiver.status_id != 0:
        return Refusal(CAUSE_REJECTED)
    return Route(
        _mo(sender, sms, now, expiry, BUFFERED, p2p=True),
        _p2p_mt(sender, receiver, sms, now, expiry),
    )


def sim_of(endpoint: Endpoint) -> Sim:
    """The device's SIM; a device without one neither sends nor receives."""
    if endpoint.sim is None:
        raise MtmoError(f"device {endpoint.name} has no SIM", field="sim", fix="assign one")
    return endpoint.sim


def subscriber(endpoint: Endpoint) -> dict[str, Any]:
    """The columns every message copies from its device, so that the log outlives a change of SIM."""
    sim = sim_of(endpoint)
    return {
        "endpoint_id": endpoint.id,
        "sim_id": sim.id,
        "iccid": sim.iccid,
        "imsi": sim.imsi,
        "msisdn": sim.msisdn,
    }


def _mo(sender: Endpoint, sms: Submission, now: float, expiry: float, status: int, *, p2p: bool) -> dict[str, Any]:
    done = now if status == DELIVERED else None
    ref, total, seq = sms.concat or (None, 1, None)
    return {
        **subscriber(sender),
        "sms_type": MO,
        "status_id": status,
        "source_address": sim_of(sender).msisdn,
        "source_address_type": INTERNATIONAL,
        "dest_address": sms.da,
        "dest_toa": sms.da_toa,
        "payload": sms.text,
        "dcs": sms.dcs,
        "pid": sms.pid,
        "udh": sms.udh or None,
        "ud": sms.ud,
        "submit_date": now,
        "delivery_date": done,
        "final_date": done,
        "expiry_date": expiry,
        "interface": LOCAL,
        "p2p": p2p,
        "segments": total,
        "concat_ref": ref,
        "concat_seq": seq,
        "mr": sms.mr if sms.wants_report else None,
    }


def _p2p_mt(sender: Endpoint, receiver: Endpoint, sms: Submission, now: float, expiry: float) -> dict[str, Any]:
    number = sim_of(sender).msisdn
    return {
        **subscriber(receiver),
        "sms_type": MT,
        "status_id": PENDING,
        "source_address": number,
        "source_address_type": address_type_of("+" + number),
        "dest_address": sim_of(receiver).msisdn,
        "payload": sms.text,
        "dcs": sms.dcs,
        "pid": sms.pid,
        "udh": sms.udh or None,
        "ud": sms.ud,
        "submit_date": now,
        "expiry_date": expiry,
        "interface": LOCAL,
        "p2p": True,
        "origin_index": 0,
    }
