"""Reading the platform's log: segments joined, and every text judged by its signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtmo_host.fleet.file import Device
from mtmo_host.fleet.platform import Sms
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.errors import Sc1Error
from mtmo_host.sms.udh import Concat, decode_udh, find_concat

VERIFIED, UNVERIFIED, REPEATED, PLAIN = "VERIFIED", "UNVERIFIED", "REPEATED", "-"


def joined(log: Iterable[Sms]) -> Iterator[tuple[set[int], str]]:
    """Ids and text of every whole message in a log of one direction; incomplete ones stay away."""
    sets: dict[tuple[str, int, int, int], dict[int, Sms]] = {}
    for sms in log:
        concat = _concat(sms)
        if concat is None or concat.total == 1:
            yield {sms.id}, sms.payload
            continue
        key = (sms.source, concat.ref, concat.bits, concat.total)
        parts = sets.setdefault(key, {})
        parts[concat.seq] = sms
        if len(parts) == concat.total:
            del sets[key]
            yield {part.id for part in parts.values()}, "".join(parts[seq].payload for seq in sorted(parts))


def _concat(sms: Sms) -> Concat | None:
    return find_concat(decode_udh(sms.udh[1:])) if sms.udh else None


class Judge:
    """Says of each text of one device whether it is authentic, and what it says in clear."""

    def __init__(self, device: Device, keys: KeySource, counters: CounterStore, epoch: int | None = None) -> None:
        self._device = device
        self._keys = keys
        self._counters = counters
        self._epoch = epoch
        self._tags: dict[tuple[str, int], bytes] = {}

    def judge(self, text: str, mo: bool, sms_id: int) -> tuple[str, str]:
        """`VERIFIED`, `UNVERIFIED`, `REPEATED` or, for an MT text that is no SC1, `-`; and the text to show.

        A reply is verified against the tag of its command, which is taken from an authentic command in the same log or
        from what was sent here before. A notice is `REPEATED` unless newer than all before it, or seen under this id.
        """
        imei = self._device.imei
        try:
            frame = sc1.parse(text)
            keys = self._keys.slot(imei, frame.kid, self._epoch or self._counters.epoch(imei, frame.kid))
            if frame.mark == "*":
                body = sc1.verify_command(keys, imei, text).body
                self._tags[frame.kid, frame.ctr] = frame.tag
                return VERIFIED, body
            if not mo:
                return UNVERIFIED, text
            if frame.mark == "+":
                notice = sc1.verify_notice(keys, imei, text)
                fresh = self._counters.accept_notice(imei, frame.kid, notice.dctr, str(sms_id))
                return VERIFIED if fresh else REPEATED, notice.text
            tag = self._tags.get((frame.kid, frame.ctr)) or self._counters.tag(imei, frame.kid, frame.ctr)
            if tag is None:
                return UNVERIFIED, text
            return VERIFIED, sc1.verify_reply(keys, imei, text, tag).text
        except Sc1Error as error:
            return (PLAIN if error.reason == "not_sc1" and not mo else UNVERIFIED), text
