"""Reading the platform's log: segments joined, and every text judged by its signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device
from mtmo_host.fleet.platform import Sms
from mtmo_host.sms import assembly, sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.udh import Concat, decode_udh, find_concat
from mtmo_host.sms.verdict import VERIFIED, Judgement, Known, judge, no_key


def joined(log: Iterable[Sms]) -> Iterator[tuple[set[int], str]]:
    """Ids and text of every whole message in a log of one direction; incomplete ones stay away."""
    for whole in assembly.joined(log, _segment_of):
        yield {sms.id for sms in whole}, "".join(sms.payload for sms in whole)


def _segment_of(sms: Sms) -> tuple[str, Concat] | None:
    concat = find_concat(decode_udh(sms.udh[1:]))
    return None if concat is None else (sms.source, concat)


class Judge:
    """Says of each text of one device whether it is authentic, and what it says in clear."""

    def __init__(self, device: Device, keys: KeySource, counters: CounterStore, epoch: int | None = None) -> None:
        self._device = device
        self._keys = keys
        self._counters = counters
        self._epoch = epoch
        self._sent: dict[tuple[str, int], list[tuple[bytes, str | None]]] = {}

    def judge(self, text: str, mo: bool, sms_id: int) -> Judgement:
        """The verdict on a text, and what it says in the clear.

        The command of a reply is an authentic one in the same log, or one that was sent here before. A notice is
        `REPEATED` unless newer than all before it, or seen under this id.
        """
        imei = self._device.imei

        def is_new(notice: sc1.Notice) -> bool:
            return self._counters.accept_notice(imei, notice.kid, notice.dctr, str(sms_id))

        found = judge(Known(imei, self._slot, self._commands, is_new), text, mo=mo)
        if found.frame is not None and not mo and found.verdict == VERIFIED:
            self._sent.setdefault((found.frame.kid, found.frame.ctr), []).insert(0, (found.frame.tag, text))
        return found

    def _slot(self, kid: str) -> sc1.SlotKeys:
        imei = self._device.imei
        epoch = self._epoch or self._keys.epoch(imei, self._counters.epoch(imei, kid))
        try:
            return self._keys.slot(imei, kid, epoch)
        except MtmoError as error:  # another's slot, or a device that the export does not have
            raise no_key(error) from error

    def _commands(self, kid: str, ctr: int) -> Iterator[tuple[bytes, str | None]]:
        yield from self._sent.get((kid, ctr), ())
        tag = self._counters.tag(self._device.imei, kid, ctr)
        if tag is not None:
            yield tag, None
