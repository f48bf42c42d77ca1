"""The console's half of SC1: signs what the operator sends and judges what devices answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.network.core import Core
from mtmo_host.network.events import Event
from mtmo_host.network.schema import MO, Endpoint, Message
from mtmo_host.network.store import Store
from mtmo_host.network.wire import header_concat
from mtmo_host.sms import sc1
from mtmo_host.sms.assembly import joined
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.udh import Concat
from mtmo_host.sms.verdict import REPEATED, UNVERIFIED, VERIFIED, Judgement, Known, judge, no_key

Text = list[Message]  # a text's segments in their order, or the one message that it is

_BEHIND = 100  # messages before those shown, in which their commands and other segments may stand


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
            message = event.message
            endpoint = core.store.endpoint(event.endpoint_id) if event.kind == "mo" else None
            if endpoint is None or message is None:
                return

            def log() -> list[Text]:
                return whole_texts(core.store.messages.of_endpoint(event.endpoint_id, _BEHIND))

            for text in [[message]] if place_of(message) is None else log():
                if is_whole(text) and message.id in [one.id for one in text]:
                    self._judge(core.store, endpoint, text, log)

        core.listen(judge)

    def read(self, store: Store, endpoint: Endpoint, limit: int) -> list[tuple[Text, Judgement | None]]:
        """The device's newest `limit` texts and what is known of each: nothing of one that is not whole.

        A verdict that is new is noted in the log.
        """
        texts = whole_texts(store.messages.of_endpoint(endpoint.id, limit + _BEHIND))
        return [
            (text, self._judge(store, endpoint, text, lambda: texts) if is_whole(text) else None)
            for text in texts[-limit:]
        ]

    def _judge(self, store: Store, endpoint: Endpoint, text: Text, log: Callable[[], list[Text]]) -> Judgement:
        first, mo = text[0], text[0].sms_type == MO
        devid = endpoint.imei or ""

        def keys(kid: str) -> sc1.SlotKeys:
            try:
                return self._keys(_devid(endpoint), kid)
            except MtmoError as error:
                raise no_key(error) from error

        def commands(kid: str, ctr: int) -> Iterator[tuple[bytes, str | None]]:
            yield from store.messages.commands_of(endpoint.id, kid, ctr)
            yield from _cut_commands(log(), kid, ctr)
            tag = self._counters.tag(devid, kid, ctr)
            if tag is not None:
                yield tag, None

        def is_new(notice: sc1.Notice) -> bool:
            if first.sc1_verdict in (VERIFIED, REPEATED):
                return first.sc1_verdict == VERIFIED
            return notice.dctr > store.messages.highest_notice(endpoint.id, notice.kid, min(one.id for one in text))

        found = judge(Known(devid, keys, commands, is_new), payload_of(text), mo=mo)
        if mo and found.frame is not None and first.sc1_verdict != found.verdict:
            _note(store, text, found)
        return found

    def _keys(self, devid: str, kid: str) -> sc1.SlotKeys:
        return self._source.slot(devid, kid, self._source.epoch(devid, self._counters.epoch(devid, kid)))


def whole_texts(log: list[Message]) -> list[Text]:
    """The log as texts, ordered by their earliest message; a segment whose text is not whole stands alone."""
    texts = list(joined(log, place_of))
    found = {message.id for text in texts for message in text}
    texts += [[message] for message in log if message.id not in found]
    return sorted(texts, key=lambda text: min(message.id for message in text))


def is_whole(text: Text) -> bool:
    """Whether no segment is missing."""
    place = place_of(text[0])
    return place is None or place[1].total == len(text)


def payload_of(text: Text) -> str:
    """What was sent."""
    return "".join(message.payload for message in text)


def place_of(message: Message) -> tuple[tuple[int, str, str], Concat] | None:
    """Direction and peers, and the place in the text, of a message that its sender cut from one."""
    concat = header_concat(bytes.fromhex(message.udh or ""))
    return None if concat is None else ((message.sms_type, message.source_address, message.dest_address), concat)


def _cut_commands(texts: list[Text], kid: str, ctr: int) -> Iterator[tuple[bytes, str]]:
    """The commands that their sender cut, the newest first; of all others the store knows slot and counter."""
    for text in reversed(texts):
        if len(text) > 1 and text[0].sms_type != MO and text[0].payload.lstrip().startswith(f"*{kid}{ctr}."):
            with contextlib.suppress(sc1.Sc1Error):
                yield sc1.parse(payload_of(text)).tag, payload_of(text)


def _note(store: Store, text: Text, found: Judgement) -> None:
    """The verdict, and of an authentic notice its counter, by which those behind it are judged."""
    noted: dict[str, Any] = {"sc1_verdict": found.verdict}
    if found.frame is not None and found.frame.mark == "+" and found.verdict != UNVERIFIED:
        noted |= {"sc1_kid": found.frame.kid, "sc1_ctr": found.frame.ctr}
    for message in text:
        store.messages.update(message.id, **noted)


def _devid(endpoint: Endpoint) -> str:
    if not endpoint.imei:
        raise MtmoError("has no IMEI, so nothing can be signed for it", field=endpoint.name, fix="set its IMEI")
    return endpoint.imei
