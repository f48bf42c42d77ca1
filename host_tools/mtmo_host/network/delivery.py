"""MT delivery: one TPDU at a time per device, store and forward, back-off, expiry and the P2P limit. Sans-I/O.

Nothing is handed to a modem from inside a call of that modem: calls only mark a device as ready, and `advance()` works.
"""

from __future__ import annotations

import heapq
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mtmo_host.emulator.radio import RP_MEMORY_EXCEEDED, RP_NO_ANSWER
from mtmo_host.network import wire
from mtmo_host.network.events import Event, Events
from mtmo_host.network.policy import Policy
from mtmo_host.network.schema import (
    BUFFERED,
    DELIVERED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    INTERNATIONAL,
    Message,
    Report,
)
from mtmo_host.network.store import Store

log = logging.getLogger(__name__)

_ANSWER_S = 90.0  # a modem that is reachable and says nothing for so long has lost the message
_BACK_OFF_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
_WINDOW_S = 60.0
# RP causes (TS 24.011 §8.2.5.4) which mean that this message will never be taken
_PERMANENT = frozenset({21, 81, 95, 96, 97, 98, 99})
_ABSENT = "Absent subscriber"

# TP-ST (TS 23.040 §9.2.3.15)
_ST_OF_FINAL = {DELIVERED: 0x00, EXPIRED: 0x46, FAILED: 0x43}


class RadioModem(Protocol):
    """The part of an emulated modem that delivery needs."""

    def deliver(self, tpdu: bytes, token: int, now_ms: int) -> None:
        """Take a TPDU; the outcome comes later by Network.mt_result()."""


@dataclass
class _Flight:
    token: int
    item: Message | Report
    deadline: float


@dataclass
class _Lane:
    endpoint_id: int
    p2p_times: deque[float]
    modem: RadioModem | None = None
    flight: _Flight | None = None
    not_before: float = 0.0
    failures: int = 0
    timer: float | None = None


@dataclass
class Delivery:
    """The lanes of all devices. `clock` gives unix seconds, `now_ms` the modems' time."""

    store: Store
    policy: Policy
    events: Events
    clock: Callable[[], float]
    now_ms: Callable[[], int]
    on_work: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}
        self._ready: dict[int, None] = {}  # a set that keeps its order
        self._timers: list[tuple[float, int]] = []
        self._tokens = 0
        self._next_expiry = self.store.messages.next_expiry()

    # what others report

    def attach(self, endpoint_id: int, modem: RadioModem) -> None:
        """The device is reachable, or has room again: try at once."""
        lane = self._lane(endpoint_id)
        if lane.modem is None and lane.flight is not None:
            self._settle(lane, lane.flight, RP_NO_ANSWER)
        lane.modem = modem
        lane.not_before = 0.0
        lane.failures = 0
        self.kick(endpoint_id)

    def detach(self, endpoint_id: int) -> None:
        """The device is away; what is in the air comes back by mt_result or when it attaches."""
        self._lane(endpoint_id).modem = None
        self.kick(endpoint_id)

    def reachable(self, endpoint_id: int) -> bool:
        """Whether the device is attached."""
        lane = self._lanes.get(endpoint_id)
        return lane is not None and lane.modem is not None

    def kick(self, endpoint_id: int) -> None:
        """There may be work for the device."""
        self._ready[endpoint_id] = None
        self.on_work()

    def accepted(self, message: Message) -> None:
        """A new MT is in the store."""
        if self._next_expiry is None or message.expiry_date < self._next_expiry:
            self._next_expiry = message.expiry_date
        self.kick(message.endpoint_id)

    def result(self, endpoint_id: int, token: int, cause: int | None) -> None:
        """The outcome of deliver(); a token that is no longer in the air is ignored."""
        lane = self._lane(endpoint_id)
        if lane.flight is not None and lane.flight.token == token:
            self._settle(lane, lane.flight, cause)
            self.kick(endpoint_id)

    # time

    def advance(self) -> None:
        """Does everything that is due now."""
        now = self.clock()
        if self._next_expiry is not None and self._next_expiry <= now:
            self._expire(now)
        while self._timers and self._timers[0][0] <= now:
            _, endpoint_id = heapq.heappop(self._timers)
            self._lane(endpoint_id).timer = None
            self._ready[endpoint_id] = None
        while self._ready:
            endpoint_id = next(iter(self._ready))
            del self._ready[endpoint_id]
            self._serve(self._lane(endpoint_id), now)

    def next_wake(self) -> float | None:
        """When advance() has something to do (unix seconds), None for never."""
        if self._ready:
            return self.clock()
        times = [self._timers[0][0]] if self._timers else []
        if self._next_expiry is not None:
            times.append(self._next_expiry)
        return min(times, default=None)

    # one lane

    def _lane(self, endpoint_id: int) -> _Lane:
        lane = self._lanes.get(endpoint_id)
        if lane is None:
            recent = self.store.messages.recent_p2p(endpoint_id, self.clock() - _WINDOW_S)
            times = deque(recent[-self.policy.p2p_per_minute :])
            lane = self._lanes[endpoint_id] = _Lane(endpoint_id, times)
        return lane

    def _serve(self, lane: _Lane, now: float) -> None:
        if lane.flight is not None:
            if now < lane.flight.deadline:
                self._set_timer(lane, lane.flight.deadline)
                return
            self._settle(lane, lane.flight, RP_NO_ANSWER)
        if lane.modem is None:
            self._buffer(lane, now)
            return
        if now < lane.not_before:
            self._set_timer(lane, lane.not_before)
            return
        item = self._next_item(lane, now)
        if item is not None:
            self._send(lane, lane.modem, item, now)

    def _buffer(self, lane: _Lane, now: float) -> None:
        for message_id in self.store.messages.buffer_pending(lane.endpoint_id, now, _ABSENT):
            self._tell(message_id)

    def _next_item(self, lane: _Lane, now: float) -> Message | Report | None:
        report = self.store.messages.next_report(lane.endpoint_id)
        if report is not None:
            return report
        opens = self._window_opens(lane, now)
        message = self.store.messages.next_for(lane.endpoint_id, with_p2p=opens <= now)
        if message is None and opens > now and self.store.messages.has_open(lane.endpoint_id):
            self._set_timer(lane, opens)
        return message

    def _window_opens(self, lane: _Lane, now: float) -> float:
        """When the device may get its next P2P message: six in any minute."""
        times = lane.p2p_times
        while times and times[0] <= now - _WINDOW_S:
            times.popleft()
        limit = self.policy.p2p_per_minute
        return now if len(times) < limit else times[len(times) - limit] + _WINDOW_S

    def _send(self, lane: _Lane, modem: RadioModem, item: Message | Report, now: float) -> None:
        try:
            tpdu = wire.write_deliver(item) if isinstance(item, Message) else wire.write_report(item)
        except wire.WireError as error:
            log.warning("cannot be coded for the air: %s", error)
            self._give_up(item, now, str(error))
            self.kick(lane.endpoint_id)
            return
        if isinstance(item, Message):
            self.store.messages.update(item.id, status_id=IN_PROGRESS, last_delivery_attempt=now)
            if item.p2p:
                lane.p2p_times.append(now)
            self._tell(item.id)
        self._tokens += 1
        lane.flight = _Flight(self._tokens, item, now + _ANSWER_S)
        self._set_timer(lane, lane.flight.deadline)
        modem.deliver(tpdu, self._tokens, self.now_ms())

    def _settle(self, lane: _Lane, flight: _Flight, cause: int | None) -> None:
        lane.flight = None
        now = self.clock()
        if cause is None:
            lane.failures = 0
            lane.not_before = 0.0
            self._taken(flight.item, now)
        elif cause in _PERMANENT:
            self._give_up(flight.item, now, f"RP cause {cause}")
        else:
            delay = _BACK_OFF_S[min(lane.failures, len(_BACK_OFF_S) - 1)]
            lane.failures += 1
            lane.not_before = now + delay
            if isinstance(flight.item, Message):
                self._retry_later(flight.item, cause, now, lane.not_before)

    def _taken(self, item: Message | Report, now: float) -> None:
        if isinstance(item, Report):
            self.store.messages.drop_report(item.id)
            return
        done = item.segments_done + 1
        if done < item.segments:
            self.store.messages.update(item.id, segments_done=done)
            return
        self._finish(item, DELIVERED, now, segments_done=done, delivery_date=now, gsm_map_error=None)

    def _give_up(self, item: Message | Report, now: float, reason: str) -> None:
        if isinstance(item, Report):
            self.store.messages.drop_report(item.id)
        else:
            self._finish(item, FAILED, now, gsm_map_error=reason[:60])

    def _retry_later(self, message: Message, cause: int, now: float, retry_date: float) -> None:
        if message.expiry_date <= now:
            self._finish(message, EXPIRED, now)
            return
        names = {RP_MEMORY_EXCEEDED: "Memory capacity exceeded", RP_NO_ANSWER: _ABSENT}
        self.store.messages.update(
            message.id,
            status_id=BUFFERED,
            retry_date=retry_date,
            retry_count=message.retry_count + 1,
            gsm_map_error=names.get(cause, f"RP cause {cause}"),
        )
        if self._next_expiry is None or message.expiry_date < self._next_expiry:
            self._next_expiry = message.expiry_date
        self._tell(message.id)

    # the end of a message

    def _expire(self, now: float) -> None:
        for message_id in self.store.messages.expire(now):
            message = self.store.messages.get(message_id)
            if message is not None:
                self._origin_done(message, EXPIRED, now)
            self._tell(message_id)
        self._next_expiry = self.store.messages.next_expiry()

    def _finish(self, message: Message, status: int, now: float, **values: object) -> None:
        self.store.messages.update(message.id, status_id=status, final_date=now, **values)
        self._origin_done(message, status, now)
        self._tell(message.id)

    def _origin_done(self, message: Message, status: int, now: float) -> None:
        """A P2P message has reached its end: so has the MO it came from."""
        if message.origin_id is None:
            return
        self.store.messages.update(
            message.origin_id, status_id=status, final_date=now, delivery_date=now if status == DELIVERED else None
        )
        origin = self.store.messages.get(message.origin_id)
        if origin is not None:
            self.report(origin, status)
            self.events.publish(Event("status", origin.endpoint_id, origin))

    def report(self, mo: Message, status: int) -> None:
        """Queues the status report the sender of an MO has asked for, if it has."""
        if mo.mr is None or status not in _ST_OF_FINAL:
            return
        now = self.clock()
        self.store.messages.add_report(
            endpoint_id=mo.endpoint_id,
            mr=mo.mr,
            ra=mo.dest_address,
            ra_toa=mo.dest_toa or INTERNATIONAL,
            st=_ST_OF_FINAL[status],
            submit_date=mo.submit_date,
            done_date=now,
            expiry_date=now + self.policy.default_expiry_s,
        )
        self.kick(mo.endpoint_id)

    def _tell(self, message_id: int) -> None:
        message = self.store.messages.get(message_id)
        if message is not None:
            self.events.publish(Event("status", message.endpoint_id, message))

    def _set_timer(self, lane: _Lane, due: float) -> None:
        if lane.timer is None or due < lane.timer:
            lane.timer = due
            heapq.heappush(self._timers, (due, lane.endpoint_id))
