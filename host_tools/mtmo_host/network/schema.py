"""The tables of the network, one definition for SQLite and PostgreSQL, and the rows as typed records.

Times are unix seconds (UTC). The ids of statuses, types and interfaces are those of the REST API.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import sqlalchemy as sa

MT = 1
MO = 2

PENDING = 1
IN_PROGRESS = 2
BUFFERED = 3
DELIVERED = 4
FAILED = 5
EXPIRED = 6
CANCELED = 7

STATUS_NAMES = {
    PENDING: "DELIVERY ATTEMPT PENDING",
    IN_PROGRESS: "IN PROGRESS",
    BUFFERED: "BUFFERED",
    DELIVERED: "DELIVERED",
    FAILED: "FAILED",
    EXPIRED: "EXPIRED",
    CANCELED: "CANCELED",
}
OPEN_STATUSES = (PENDING, IN_PROGRESS, BUFFERED)

# the ids are the type-of-address octets of TS 23.040 §9.1.2.5
INTERNATIONAL = 145
NATIONAL = 161
ALPHANUMERIC = 208
ADDRESS_TYPE_NAMES = {INTERNATIONAL: "International", NATIONAL: "National", ALPHANUMERIC: "Alphanumeric"}

# 1 is known from recorded traffic; the platform's ids of the other two are not, so these are ours
REST_API = 1
SMPP = 2
LOCAL = 3
INTERFACE_NAMES = {REST_API: "RestAPI", SMPP: "SMPP", LOCAL: "Local"}

ENDPOINT_STATUS_NAMES = {0: "Enabled", 1: "Disabled", 2: "Deleted"}
SIM_STATUS_NAMES = {0: "Issued", 1: "Activated", 2: "Suspended", 3: "Deleted", 4: "Factory Test"}

metadata = sa.MetaData()

# SQLite numbers rows by itself only in a column of type INTEGER
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

sims = sa.Table(
    "sims",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("iccid", sa.String(20), nullable=False, unique=True),
    sa.Column("imsi", sa.String(15), nullable=False, unique=True),
    sa.Column("msisdn", sa.String(15), nullable=False, unique=True),
    sa.Column("status_id", sa.Integer, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)

endpoints = sa.Table(
    "endpoints",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("tags", sa.String(200)),
    sa.Column("status_id", sa.Integer, nullable=False),
    sa.Column("imei", sa.String(16)),
    sa.Column("ip_address", sa.String(45), nullable=False),
    sa.Column("sim_id", _ID, sa.ForeignKey("sims.id"), unique=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("last_updated", sa.Double, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("endpoint_id", _ID, nullable=False),
    sa.Column("sim_id", _ID, nullable=False),
    sa.Column("iccid", sa.String(20), nullable=False),
    sa.Column("imsi", sa.String(15), nullable=False),
    sa.Column("msisdn", sa.String(15), nullable=False),
    sa.Column("sms_type", sa.Integer, nullable=False),
    sa.Column("status_id", sa.Integer, nullable=False),
    sa.Column("source_address", sa.String(24), nullable=False),
    sa.Column("source_address_type", sa.Integer, nullable=False),
    sa.Column("dest_address", sa.String(24), nullable=False),
    sa.Column("dest_toa", sa.Integer),  # MO: the type of address the device wrote
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("dcs", sa.Integer, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("udh", sa.Text),  # hex, with its length octet
    sa.Column("ud", sa.Text),  # what a device sent, as it coded it: septets or octets in hex
    sa.Column("submit_date", sa.Double, nullable=False),
    sa.Column("expiry_date", sa.Double, nullable=False),
    sa.Column("delivery_date", sa.Double),
    sa.Column("final_date", sa.Double),
    sa.Column("retry_date", sa.Double),
    sa.Column("last_delivery_attempt", sa.Double),
    sa.Column("retry_count", sa.Integer, nullable=False),
    sa.Column("gsm_map_error", sa.String(60)),
    sa.Column("interface", sa.Integer, nullable=False),
    sa.Column("registered_delivery", sa.Integer, nullable=False),
    sa.Column("smpp_system_id", sa.String(15)),
    sa.Column("p2p", sa.Boolean, nullable=False),
    sa.Column("origin_id", _ID),  # the MO message a P2P MT came from
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("segments_done", sa.Integer, nullable=False),
    sa.Column("concat_ref", sa.Integer),
    sa.Column("concat_seq", sa.Integer),
    sa.Column("mr", sa.Integer),  # TP-MR of an MO whose sender asked for a status report
    sa.Column("sc1_kid", sa.String(1)),  # slot, counter and tag of an SC1 frame, by which answers find their command
    sa.Column("sc1_ctr", sa.BigInteger),
    sa.Column("sc1_tag", sa.String(16)),
    sa.Column("sc1_verdict", sa.String(40)),
    sa.Column("seen", sa.Boolean, nullable=False),
)
sa.Index("messages_lane", messages.c.endpoint_id, messages.c.status_id, messages.c.id)
sa.Index("messages_due", messages.c.status_id, messages.c.expiry_date)
sa.Index("messages_of_endpoint", messages.c.endpoint_id, messages.c.id)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("endpoint_id", _ID, nullable=False, index=True),
    sa.Column("mr", sa.Integer, nullable=False),
    sa.Column("ra", sa.String(24), nullable=False),
    sa.Column("ra_toa", sa.Integer, nullable=False),
    sa.Column("st", sa.Integer, nullable=False),
    sa.Column("submit_date", sa.Double, nullable=False),
    sa.Column("done_date", sa.Double, nullable=False),
    sa.Column("expiry_date", sa.Double, nullable=False),
)

smpp_accounts = sa.Table(
    "smpp_accounts",
    metadata,
    sa.Column("system_id", sa.String(15), primary_key=True),
    sa.Column("password", sa.String(8), nullable=False),
    sa.Column("receives", sa.Boolean, nullable=False),  # has been bound as receiver: MO is kept for it
)

smpp_queue = sa.Table(
    "smpp_queue",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("system_id", sa.String(15), nullable=False, index=True),
    sa.Column("message_id", _ID, nullable=False),
    sa.Column("receipt", sa.Boolean, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Sim:
    """A SIM as the platform knows it."""

    id: int
    iccid: str
    imsi: str
    msisdn: str
    status_id: int
    created: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A device of the platform."""

    id: int
    name: str
    tags: str | None
    status_id: int
    imei: str | None
    ip_address: str
    sim_id: int | None
    created: float
    last_updated: float
    sim: Sim | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS (MO: one segment; MT: the whole text, however many segments it takes)."""

    id: int
    endpoint_id: int
    sim_id: int
    iccid: str
    imsi: str
    msisdn: str
    sms_type: int
    status_id: int
    source_address: str
    source_address_type: int
    dest_address: str
    dest_toa: int | None
    payload: str
    dcs: int
    pid: int
    udh: str | None
    ud: str | None
    submit_date: float
    expiry_date: float
    delivery_date: float | None
    final_date: float | None
    retry_date: float | None
    last_delivery_attempt: float | None
    retry_count: int
    gsm_map_error: str | None
    interface: int
    registered_delivery: int
    smpp_system_id: str | None
    p2p: bool
    origin_id: int | None
    segments: int
    segments_done: int
    concat_ref: int | None
    concat_seq: int | None
    mr: int | None
    sc1_kid: str | None
    sc1_ctr: int | None
    sc1_tag: str | None
    sc1_verdict: str | None
    seen: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A status report (TS 23.040 §9.2.2.3) that still has to reach a device."""

    id: int
    endpoint_id: int
    mr: int
    ra: str
    ra_toa: int
    st: int
    submit_date: float
    done_date: float
    expiry_date: float


_Record = TypeVar("_Record", Sim, Endpoint, Message, Report)


def record(kind: type[_Record], row: sa.RowMapping, **more: Any) -> _Record:
    """A row of the table as its record; columns the record does not have are left out."""
    names = [item.name for item in fields(kind) if item.name not in more]
    return kind(**{name: row[name] for name in names if name in row}, **more)
