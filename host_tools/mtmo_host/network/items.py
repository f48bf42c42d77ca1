"""Devices and messages as the REST API's JSON; field names, odd types and time formats are the platform's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mtmo_host.network.schema import (
    ADDRESS_TYPE_NAMES,
    CANCELED,
    ENDPOINT_STATUS_NAMES,
    EXPIRED,
    INTERFACE_NAMES,
    MT,
    SIM_STATUS_NAMES,
    STATUS_NAMES,
    Endpoint,
    Message,
)

ORGANISATION_ID = 11060
_PROFILE = {"id": 438035, "name": "Default"}
_TARIFF = {"id": 424560, "name": "Default"}
_DLR_OF_STATUS = {EXPIRED: 4, CANCELED: 1}  # as recorded


def format_time(seconds: float | None) -> str | None:
    """`2021-11-18T08:25:53.000+0000` of unix seconds."""
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def parse_time(text: str) -> float:
    """Unix seconds of an ISO 8601 time, UTC when it names no zone; ValueError when it is none."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def endpoint_item(endpoint: Endpoint, *, expanded: bool = False) -> dict[str, Any]:
    """A device; `expanded` as when it is asked for alone."""
    space: dict[str, Any] = {"id": 24746}
    if expanded:
        space |= {"ip_address_space": "10.64.0.0/10", "ip_address_version": 4}
    item: dict[str, Any] = {
        "id": endpoint.id,
        "name": endpoint.name,
        "tags": endpoint.tags,
        "created": format_time(endpoint.created),
        "last_updated": format_time(endpoint.last_updated),
        "status": _named(ENDPOINT_STATUS_NAMES, endpoint.status_id),
        "service_profile": _PROFILE,
        "tariff_profile": _TARIFF,
        "imei": endpoint.imei,
        "ip_address": endpoint.ip_address,
        "ip_address_space": space,
        "imei_lock": False,
    }
    if endpoint.sim is not None:
        sim = endpoint.sim
        item["sim"] = {
            "id": sim.id,
            "iccid": sim.iccid,
            "imsi": sim.imsi,
            "msisdn": sim.msisdn,
            "status": _named(SIM_STATUS_NAMES, sim.status_id),
        }
    return item


def sms_item(message: Message, name: str) -> dict[str, Any]:
    """A message of the device called `name`. Most numbers are strings, as on the platform; the id is a number."""
    return {
        "id": message.id,
        "organisation_id": str(ORGANISATION_ID),
        "endpoint_id": str(message.endpoint_id),
        "endpoint": {"id": message.endpoint_id, "name": name},
        "sim_id": str(message.sim_id),
        "iccid": message.iccid,
        "imsi": message.imsi,
        "msisdn": message.msisdn,
        "msc": None,
        "submit_date": format_time(message.submit_date),
        "delivery_date": format_time(message.delivery_date),
        "expiry_date": format_time(message.expiry_date),
        "final_date": format_time(message.final_date),
        "retry_date": format_time(message.retry_date),
        "last_delivery_attempt": format_time(message.last_delivery_attempt),
        "retry_count": str(message.retry_count),
        "gsm_map_error": message.gsm_map_error,
        "dcs": str(message.dcs),
        "pid": str(message.pid),
        "source_address": message.source_address,
        "source_address_type": _named(ADDRESS_TYPE_NAMES, message.source_address_type),
        "dest_address": message.dest_address,
        "called_party_prefix": None,
        "udh": message.udh or "",
        "payload": message.payload,
        "registered_delivery": str(message.registered_delivery),
        "smpp_bind_id": None,
        "smpp_dlr_bind_id": None,
        "p2p_ext": "1" if message.p2p else "0",
        "dlr_status_id": str(_DLR_OF_STATUS.get(message.status_id, message.status_id)),
        "status": _named(STATUS_NAMES, message.status_id),
        "sms_type": {"id": message.sms_type, "description": "MT" if message.sms_type == MT else "MO"},
        "esme_interface_type": _named(INTERFACE_NAMES, message.interface),
    }


def _named(names: dict[int, str], number: int) -> dict[str, Any]:
    return {"id": number, "description": names.get(number, str(number))}
