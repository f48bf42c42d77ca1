"""The message log: every MO and MT with its life cycle, status reports on their way, and what ESMEs still get."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mtmo_host.network.schema import (
    BUFFERED,
    CANCELED,
    EXPIRED,
    IN_PROGRESS,
    MO,
    MT,
    OPEN_STATUSES,
    PENDING,
    Message,
    Report,
    messages,
    record,
    reports,
    smpp_queue,
)

_DEFAULTS: dict[str, Any] = {
    "pid": 0,
    "retry_count": 0,
    "registered_delivery": 0,
    "p2p": False,
    "segments": 1,
    "segments_done": 0,
    "seen": False,
}
_SMPP_QUEUE_MAX = 100_000
_TAGS_MAX = 8


class MessageLog:
    """Queries on the message tables; each has committed when it returns."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, *rows: dict[str, Any]) -> list[int]:
        """Stores the rows in one transaction: their ids. A row may name an earlier one by `origin_index`."""
        ids: list[int] = []
        with self._engine.begin() as db:
            for given in rows:
                row = {**_DEFAULTS, **given}
                index = row.pop("origin_index", None)
                if index is not None:
                    row["origin_id"] = ids[index]
                result = db.execute(sa.insert(messages).values(**row))
                ids.extend(int(key) for key in result.inserted_primary_key or ())
        return ids

    def get(self, message_id: int) -> Message | None:
        """The message of that id."""
        found = self._select(messages.c.id == message_id, limit=1)
        return found[0] if found else None

    def of_endpoint(self, endpoint_id: int, limit: int | None = None) -> list[Message]:
        """A device's messages, oldest first; with a limit, the newest so many."""
        query = sa.select(messages).where(messages.c.endpoint_id == endpoint_id)
        query = query.order_by(messages.c.id.desc()).limit(limit)
        with self._engine.connect() as db:
            return [record(Message, row) for row in db.execute(query).mappings()][::-1]

    def update(self, message_id: int, **values: Any) -> None:
        """Changes columns of one message."""
        with self._engine.begin() as db:
            db.execute(sa.update(messages).where(messages.c.id == message_id).values(**values))

    def next_for(self, endpoint_id: int, *, with_p2p: bool) -> Message | None:
        """The oldest MT the device still has to get; P2P ones are left out while their window is shut."""
        condition = _lane(endpoint_id)
        if not with_p2p:
            condition &= ~messages.c.p2p
        found = self._select(condition, limit=1)
        return found[0] if found else None

    def has_open(self, endpoint_id: int) -> bool:
        """Whether any MT waits for the device."""
        with self._engine.connect() as db:
            return db.execute(sa.select(messages.c.id).where(_lane(endpoint_id)).limit(1)).scalar() is not None

    def buffer_pending(self, endpoint_id: int, now: float, reason: str) -> list[int]:
        """Turns what waits for an absent device (with nothing in the air) into buffered MT: the ids that changed."""
        mine = (messages.c.endpoint_id == endpoint_id) & (messages.c.sms_type == MT)
        return self._change(
            mine & messages.c.status_id.in_((PENDING, IN_PROGRESS)),
            status_id=BUFFERED,
            last_delivery_attempt=now,
            gsm_map_error=reason,
        )

    def requeue(self) -> None:
        """After a restart: what was on its way to a device is pending again."""
        self._change((messages.c.sms_type == MT) & (messages.c.status_id == IN_PROGRESS), status_id=PENDING)

    def cancel(self, message_id: int, now: float) -> bool:
        """Cancels an MT that has not been handed over; False when it is too late."""
        condition = (messages.c.id == message_id) & messages.c.status_id.in_((PENDING, BUFFERED))
        return bool(self._change(condition & (messages.c.sms_type == MT), status_id=CANCELED, final_date=now))

    def expire(self, now: float) -> list[int]:
        """Ends the MT whose validity is over (those in the air first come back): their ids."""
        waiting = messages.c.status_id.in_((PENDING, BUFFERED)) & (messages.c.sms_type == MT)
        with self._engine.begin() as db:
            db.execute(sa.delete(reports).where(reports.c.expiry_date <= now))
        return self._change(waiting & (messages.c.expiry_date <= now), status_id=EXPIRED, final_date=now)

    def next_expiry(self) -> float | None:
        """When the next waiting MT expires."""
        waiting = messages.c.status_id.in_((PENDING, BUFFERED)) & (messages.c.sms_type == MT)
        with self._engine.connect() as db:
            return db.execute(sa.select(sa.func.min(messages.c.expiry_date)).where(waiting)).scalar()

    def recent_p2p(self, endpoint_id: int, since: float) -> list[float]:
        """The times of the device's P2P deliveries after `since`, oldest first."""
        moment = messages.c.last_delivery_attempt
        query = sa.select(moment).where(
            messages.c.endpoint_id == endpoint_id, messages.c.p2p, messages.c.sms_type == MT, moment > since
        )
        with self._engine.connect() as db:
            return sorted(float(value) for value in db.execute(query).scalars())

    def commands_of(self, endpoint_id: int, kid: str, ctr: int) -> list[tuple[bytes, str]]:
        """(tag, text) of the signed commands with that slot and counter sent to the device, the newest first."""
        query = (
            sa.select(messages.c.sc1_tag, messages.c.payload)
            .where(messages.c.endpoint_id == endpoint_id, messages.c.sms_type == MT)
            .where(messages.c.sc1_kid == kid, messages.c.sc1_ctr == ctr, messages.c.sc1_tag.is_not(None))
            .order_by(messages.c.id.desc())
            .limit(_TAGS_MAX)
        )
        with self._engine.connect() as db:
            return [(bytes.fromhex(tag), text) for tag, text in db.execute(query)]

    def highest_notice(self, endpoint_id: int, kid: str, before_id: int) -> int:
        """The highest counter of the device's verified notices (MO with a counter) before that message; 0 for none."""
        query = sa.select(sa.func.max(messages.c.sc1_ctr)).where(
            messages.c.endpoint_id == endpoint_id,
            messages.c.sms_type == MO,
            messages.c.sc1_kid == kid,
            messages.c.id < before_id,
        )
        with self._engine.connect() as db:
            return int(db.execute(query).scalar() or 0)

    def counts(self) -> dict[int, tuple[int, int]]:
        """Per device: (MO not seen yet, MT waiting)."""
        unread = sa.func.sum(sa.case(((messages.c.sms_type == MO) & ~messages.c.seen, 1), else_=0))
        waiting = (messages.c.sms_type == MT) & messages.c.status_id.in_(OPEN_STATUSES)
        queued = sa.func.sum(sa.case((waiting, 1), else_=0))
        query = sa.select(messages.c.endpoint_id, unread, queued).group_by(messages.c.endpoint_id)
        with self._engine.connect() as db:
            return {int(row[0]): (int(row[1]), int(row[2])) for row in db.execute(query)}

    def mark_seen(self, endpoint_id: int) -> None:
        """The console has shown the device's MO."""
        mine = (messages.c.endpoint_id == endpoint_id) & (messages.c.sms_type == MO)
        self._change(mine & ~messages.c.seen, seen=True)

    def to_number(self, number: str, limit: int) -> list[Message]:
        """MO that went to a number outside the platform, newest last."""
        condition = (messages.c.sms_type == MO) & (messages.c.dest_address == number)
        return self._select(condition, limit=limit, newest=True)[::-1]

    # status reports

    def add_report(self, **values: Any) -> None:
        """Stores a status report that has to reach a device."""
        with self._engine.begin() as db:
            db.execute(sa.insert(reports).values(**values))

    def next_report(self, endpoint_id: int) -> Report | None:
        """The oldest status report for the device."""
        query = sa.select(reports).where(reports.c.endpoint_id == endpoint_id).order_by(reports.c.id).limit(1)
        with self._engine.connect() as db:
            row = db.execute(query).mappings().first()
        return None if row is None else record(Report, row)

    def drop_report(self, report_id: int) -> None:
        """The status report has been taken, or given up."""
        with self._engine.begin() as db:
            db.execute(sa.delete(reports).where(reports.c.id == report_id))

    # deliver_sm on their way to ESMEs

    def smpp_push(self, system_id: str, message_id: int, *, receipt: bool, now: float) -> bool:
        """Queues a deliver_sm for the account; False when its queue is full."""
        mine = smpp_queue.c.system_id == system_id
        with self._engine.begin() as db:
            size = db.execute(sa.select(sa.func.count()).select_from(smpp_queue).where(mine)).scalar() or 0
            if size >= _SMPP_QUEUE_MAX:
                return False
            row = {"system_id": system_id, "message_id": message_id, "receipt": receipt, "created": now}
            db.execute(sa.insert(smpp_queue).values(**row))
            if receipt:  # an MT's `seen` says that its receipt is on its way
                db.execute(sa.update(messages).where(messages.c.id == message_id).values(seen=True))
        return True

    def without_receipt(self, final: tuple[int, ...]) -> list[Message]:
        """Messages that ended with a receipt asked for and none queued: a restart came between."""
        condition = messages.c.smpp_system_id.is_not(None) & messages.c.status_id.in_(final) & ~messages.c.seen
        return self._select(condition & (messages.c.registered_delivery != 0), limit=_SMPP_QUEUE_MAX)

    def smpp_waiting(self, system_id: str, after: int, limit: int) -> list[tuple[int, int, bool]]:
        """(queue id, message id, is a receipt) behind queue id `after`."""
        query = (
            sa.select(smpp_queue.c.id, smpp_queue.c.message_id, smpp_queue.c.receipt)
            .where(smpp_queue.c.system_id == system_id, smpp_queue.c.id > after)
            .order_by(smpp_queue.c.id)
            .limit(limit)
        )
        with self._engine.connect() as db:
            return [(int(row[0]), int(row[1]), bool(row[2])) for row in db.execute(query)]

    def smpp_done(self, queue_id: int) -> None:
        """The ESME has acknowledged the deliver_sm."""
        with self._engine.begin() as db:
            db.execute(sa.delete(smpp_queue).where(smpp_queue.c.id == queue_id))

    def _select(self, condition: sa.ColumnElement[bool], limit: int, *, newest: bool = False) -> list[Message]:
        order = messages.c.id.desc() if newest else messages.c.id
        query = sa.select(messages).where(condition).order_by(order).limit(limit)
        with self._engine.connect() as db:
            return [record(Message, row) for row in db.execute(query).mappings()]

    def _change(self, condition: sa.ColumnElement[bool], **values: Any) -> list[int]:
        with self._engine.begin() as db:
            ids = list(db.execute(sa.select(messages.c.id).where(condition)).scalars())
            if ids:
                db.execute(sa.update(messages).where(condition).values(**values))
        return ids


def _lane(endpoint_id: int) -> sa.ColumnElement[bool]:
    mine = (messages.c.endpoint_id == endpoint_id) & (messages.c.sms_type == MT)
    return mine & messages.c.status_id.in_(OPEN_STATUSES)
