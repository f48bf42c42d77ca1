"""Mutation fuzzing of the network side's codec, and of both sides against each other (CPython).

Every PDU must be read or refused with a PduError that names reason, field and offset; what one side reads the other
must read alike, field by field. What differs by design stands in `agreed`.
"""

from __future__ import annotations

import contextlib
import signal
import time
from typing import Any

from fuzz_device import Segments, load_corpus
from fuzz_device import judge as judge_device
from fuzz_mutation import case

from mtmo import tpdu as device
from mtmo.errors import PduError as DevicePduError
from mtmo_host.decode.pdu import explain_pdu
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.pdu import split_pdu
from mtmo_host.sms.tpdu import Deliver, StatusReport, decode_deliver, decode_status_report, decode_submit

HANG_S = 5  # seconds of CPU time; a case takes less than a millisecond
_EXPLAIN_EVERY = 50  # the explanation costs more than both codecs


def read(pdu: str) -> Deliver | StatusReport | None:
    """What the network side's codec makes of what a modem shows; None if it refuses."""
    try:
        octets = split_pdu(pdu)[1]
        if octets and octets[0] & 3 == 2:
            return decode_status_report(octets)
        return decode_deliver(octets)
    except PduError as error:
        if not error.reason or not error.field or error.offset is None:
            raise ValueError(f"no reason, field or offset: {error!r}") from None
        return None


def judge(pdu: bytes, number: int, assembler: Assembler) -> int:
    """1 if the PDU is read; anything but a PduError, or a disagreement of both sides, gets out."""
    text = pdu.decode("latin-1")
    found = read(text)
    if isinstance(found, Deliver):
        assembler.feed(found.oa, found.ud, number / 8)
    if number % _EXPLAIN_EVERY == 0:
        explain_pdu(text)
    with contextlib.suppress(PduError):
        decode_submit(split_pdu(text)[1])
    try:
        other: Any = device.decode(pdu)
    except DevicePduError:
        other = None
    if (found is None) != (other is None):
        raise ValueError(f"only one side reads it: host {found!r}, device {other!r}")
    if found is not None:
        wrong = [name for name, ours, theirs in agreed(found, other) if ours != theirs]
        if wrong:
            raise ValueError(f"both sides read {wrong} differently: {found!r}")
    return int(found is not None)


def agreed(found: Deliver | StatusReport, other: Any) -> list[tuple[str, Any, Any]]:
    """(field, host's, device's) of everything both sides expose.

    By design the device reads national languages by the default table. The outcome of a reserved TP-ST is left out:
    test_sms_cross.py tells it.
    """
    peer, theirs = (found.ra, other.ra) if isinstance(found, StatusReport) else (found.oa, other.oa)
    pairs: list[tuple[str, Any, Any]] = [
        ("address", (peer.digits, peer.ton, peer.npi), (theirs.number, theirs.ton, theirs.npi)),
        ("scts", _time(found.scts.time), other.scts),
        ("mms", found.mms, other.mms),
    ]
    if isinstance(found, StatusReport):
        pairs += [
            ("mr", found.mr, other.mr), ("st", found.st, other.st), ("dt", _time(found.dt.time), other.dt),
            ("tail", found.tail_error, other.garbage), ("pi", found.pi, None if other.garbage else other.pi),
        ]  # fmt: skip
        return pairs
    part = found.concat
    ports = found.ud.ports
    return [
        *pairs,
        ("pid", found.pid, other.pid),
        ("dcs", found.dcs, other.dcs),
        ("class", found.ud.coding.message_class, other.message_class),
        ("purpose", (found.silent, found.replace or 0, found.sim_download, found.flash),
         (other.silent, other.replace, other.sim_download, other.flash)),
        ("udh ignored", found.ud.ignored is not None, other.udh_ignored),
        ("concat", part and (part.ref, part.bits, part.total, part.seq), other.concat),
        ("ports", ports and (ports.dst, ports.src), other.ports),
        ("trailing", found.trailing, other.trailing),
        ("text", None if other.national else found.text, None if other.national else other.text),
        ("data", found.text is None and found.ud.payload, other.text is None and bytes(other.ud)),
    ]  # fmt: skip


def _time(time: Any) -> tuple[int, ...] | None:
    if time is None:
        return None
    quarters = int(time.utcoffset().total_seconds()) // 900
    return (time.year, time.month, time.day, time.hour, time.minute, time.second, quarters)


def _hangs(_signal: int, _frame: Any) -> None:
    raise TimeoutError(f"a case takes more than {HANG_S} s of CPU time")


def run(seed: int, first: int, count: int) -> dict[str, Any]:
    """Numbers of a run over cases `first` … `first + count - 1` through both codecs."""
    corpus = load_corpus()
    assembler, open_sets = Assembler(), Segments()
    accepted = slowest_ms = 0
    signal.signal(signal.SIGVTALRM, _hangs)
    started = time.perf_counter()
    for number in range(first, first + count):
        pdu = case(corpus, seed, number)
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        begun = time.perf_counter()
        try:
            accepted += judge(pdu, number, assembler)
            judge_device(pdu, number, open_sets)
        except Exception as error:
            raise AssertionError(f"seed {seed} case {number}: {pdu!r}") from error
        slowest_ms = max(slowest_ms, int((time.perf_counter() - begun) * 1000))
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    seconds = time.perf_counter() - started
    return {
        "interpreter": "cpython", "seed": seed, "cases": count, "read": accepted, "refused": count - accepted,
        "seconds": seconds, "slowest_ms": slowest_ms,
    }  # fmt: skip
