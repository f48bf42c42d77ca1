"""The corpus of AT streams: each whole, at every split, octet by octet, with every URC at every line boundary.

CPython does all of it; MicroPython all cuts and, of the insertions, each seventh.
"""

import gc

from at_driver import Play, expectation, octets_of

from support import MICROPYTHON, load, load_lines

_STEP = 7 if MICROPYTHON else 1
_CALL = ("NO CARRIER",)  # ends a command that is not about texts: a test of its own


def play(vector: dict, segments: list) -> dict:
    """What comes of the vector's request when `segments`, each a list of pieces, are read."""
    one = Play(vector)
    for pieces in segments:
        one.feed(pieces)
    return one.end()


def segments_of(vector: dict) -> list:
    """The octets of the stream, cut where the modem waits for us."""
    return [bytearray(octets_of(text)) for text in vector["rx"]]


def check(vector: dict, segments: list, wanted: dict, how) -> None:
    found = play(vector, segments)
    assert found == wanted, (vector["name"], how, found, wanted)


def boundaries(segment: bytearray) -> list:
    """Where another line may stand: at the beginning and behind each line feed."""
    return [0] + [i + 1 for i in range(len(segment)) if segment[i] == 10]


def test_a_stream_is_understood_whole():
    count = 0
    for vector in load_lines("at_streams.jsonl"):
        check(vector, [[segment] for segment in segments_of(vector)], expectation(vector), "whole")
        count += 1
    assert count > 150


def test_a_stream_is_understood_octet_by_octet():
    for vector in load_lines("at_streams.jsonl"):
        segments = [[segment[i : i + 1] for i in range(len(segment))] for segment in segments_of(vector)]
        check(vector, segments, expectation(vector), "octet by octet")


def test_a_stream_is_understood_at_every_split():
    for vector in load_lines("at_streams.jsonl"):
        wanted = expectation(vector)
        whole = segments_of(vector)
        for part in range(len(whole)):
            for at in range(1, min(len(whole[part]), 1000)):
                segments = [[segment] for segment in whole]
                segments[part] = [whole[part][:at], whole[part][at:]]
                check(vector, segments, wanted, at)
        gc.collect()


def insertable(vector: dict, urc: bytes) -> bool:
    """May `urc` stand in the stream without being a part of the answer?"""
    send = vector.get("send")
    if not vector.get("inject", True):
        return False
    if urc.decode() in _CALL:
        return not send or "body" in send or "pdus" in send
    # a URC of the very name that is asked for is read as an answer, but for registrations
    prefix = send and send.get("prefix", "")
    return not (prefix and urc.startswith(prefix.rstrip(":").encode()) and "REG" not in prefix)


def awaits_pdu(segment: bytearray, at: int) -> bool:
    """Does a routed message's header stand there? The modem puts no second one between it and its PDU."""
    lines = bytes(segment[:at]).replace(b"\r", b"").rstrip(b"\n").split(b"\n")
    return lines[-1].startswith(b"+CMT:") or lines[-1].startswith(b"+CDS:")


def inserted(vector: dict, urcs: list, step: int) -> int:
    """How many insertions of a URC changed nothing but that it was reported."""
    wanted = expectation(vector)
    whole = segments_of(vector)
    count = 0
    for part in range(len(whole)):
        for at in boundaries(whole[part]):
            for urc, pdu in urcs:
                count += 1
                if count % step or not insertable(vector, urc) or (pdu and awaits_pdu(whole[part], at)):
                    continue
                segments = [[segment] for segment in whole]
                lines = b"\r\n" + urc + b"\r\n" + (pdu + b"\r\n" if pdu else b"")
                segments[part] = [whole[part][:at] + lines + whole[part][at:]]
                found = play(vector, segments)
                assert (urc, pdu) in found["urcs"], (vector["name"], at, urc, found)
                found["urcs"].remove((urc, pdu))
                assert found == wanted, (vector["name"], at, urc, found, wanted)
    return count // step


def test_a_urc_between_any_two_lines_changes_no_response():
    urcs = [(octets_of(line), pdu and octets_of(pdu)) for line, pdu in load("at_urcs.json")["urcs"]]
    count = 0
    for vector in load_lines("at_streams.jsonl"):
        if not vector.get("damage"):
            count += inserted(vector, urcs, _STEP)
            gc.collect()
    assert count > 50000 // _STEP
