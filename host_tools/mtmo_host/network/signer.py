"""The console's half of SC1: signs what the operator sends and judges what devices answer."""

from __future__ import annotations

from dataclasses import dataclass

from mtmo_host.errors import MtmoError
from mtmo_host.network.core import Core
from mtmo_host.network.events import Event
from mtmo_host.network.schema import MO, Endpoint, Message
from mtmo_host.network.store import Store
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import KeySource

VERIFIED = "verified"
NOT_VERIFIED = "not verified"
REPEATED = "repeated"  # an authentic notice, but not newer than those before it


@dataclass(frozen=True)
class Reading:
    """A message for the eye: its text in the clear, and what is known of its origin (None: it is no SC1 text).

    `answers` is the command that an answer belongs to.
    """

    text: str
    verdict: str | None
    encrypted: bool = False
    answers: str = ""


class Signer:
    """Signs with one slot of a fleet key; counters are on disk before they are used."""

    def __init__(self, keys: KeySource, counters: CounterStore, *, kid: str = "A") -> None:
        self._source = keys
        self._counters = counters
        self._kid = kid

    def sign(self, endpoint: Endpoint, body: str, *, encrypted: bool = False) -> str:
        """The SMS text of a command for the device. Raises MtmoError when it cannot be signed."""
        devid = _devid(endpoint)
        sc1.canonical(body)  # refuse before a counter is spent
        keys = self._keys(devid, self._kid)
        ctr = self._counters.next(devid, self._kid)
        signed = sc1.sign(keys, devid, self._kid, ctr, body, encrypted)
        self._counters.note_tag(devid, signed.kid, signed.ctr, signed.tag)
        return signed.sms

    def watch(self, core: Core) -> None:
        """Judges every MO as it arrives and notes the verdict in the log."""

        def judge(event: Event) -> None:
            if event.kind == "mo" and event.message is not None:
                endpoint = core.store.endpoint(event.endpoint_id)
                if endpoint is not None:
                    self.read(core.store, endpoint, event.message)

        core.listen(judge)

    def read(self, store: Store, endpoint: Endpoint, message: Message) -> Reading:
        """The message in the clear; a verdict that is new is noted in the log."""
        try:
            frame = sc1.parse(message.payload)
        except sc1.Sc1Error:
            looks_signed = message.sms_type == MO and sc1.stripped(message.payload)[:1] in ("=", "+")
            return Reading(message.payload, NOT_VERIFIED if looks_signed else None)
        if message.sms_type != MO:
            return self._own(endpoint, message, frame)
        if frame.mark == "*":
            return Reading(message.payload, NOT_VERIFIED)
        verify = self._reply if frame.mark == "=" else self._notice
        reading = verify(store, endpoint, message, frame)
        if reading is None:
            reading = Reading(message.payload, NOT_VERIFIED, frame.ciphertext is not None)
        if message.sc1_verdict is None:
            noted = {"sc1_kid": frame.kid, "sc1_ctr": frame.ctr} if frame.mark == "+" and _authentic(reading) else {}
            store.messages.update(message.id, sc1_verdict=reading.verdict, **noted)
        return reading

    def _own(self, endpoint: Endpoint, message: Message, frame: sc1.Frame) -> Reading:
        """A command of ours: what was signed."""
        encrypted = frame.ciphertext is not None
        try:
            devid = _devid(endpoint)
            command = sc1.verify_command(self._keys(devid, frame.kid), devid, message.payload)
        except MtmoError:
            return Reading(message.payload, NOT_VERIFIED, encrypted)
        return Reading(command.body, VERIFIED, encrypted)

    def _reply(self, store: Store, endpoint: Endpoint, message: Message, frame: sc1.Frame) -> Reading | None:
        for tag, sms in store.messages.commands_of(endpoint.id, frame.kid, frame.ctr):
            try:
                devid = _devid(endpoint)
                keys = self._keys(devid, frame.kid)
                reply = sc1.verify_reply(keys, devid, message.payload, tag)
                command = sc1.verify_command(keys, devid, sms)
            except MtmoError:
                continue
            return Reading(reply.text, VERIFIED, reply.encrypted, command.body)
        return None

    def _notice(self, store: Store, endpoint: Endpoint, message: Message, frame: sc1.Frame) -> Reading | None:
        try:
            devid = _devid(endpoint)
            notice = sc1.verify_notice(self._keys(devid, frame.kid), devid, message.payload)
        except MtmoError:
            return None
        verdict = message.sc1_verdict
        if verdict not in (VERIFIED, REPEATED):
            rising = notice.dctr > store.messages.highest_notice(endpoint.id, notice.kid, message.id)
            verdict = VERIFIED if rising else REPEATED
        return Reading(notice.text, verdict, notice.encrypted)

    def _keys(self, devid: str, kid: str) -> sc1.SlotKeys:
        return self._source.slot(devid, kid, self._source.epoch(devid, self._counters.epoch(devid, kid)))


def _authentic(reading: Reading) -> bool:
    return reading.verdict in (VERIFIED, REPEATED)


def _devid(endpoint: Endpoint) -> str:
    if not endpoint.imei:
        raise MtmoError("has no IMEI, so nothing can be signed for it", field=endpoint.name, fix="set its IMEI")
    return endpoint.imei
