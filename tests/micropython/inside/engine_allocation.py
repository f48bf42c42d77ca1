"""Runs inside MicroPython: what the AT engine takes from the heap an octet, a line, and a line of each kind."""

import gc
import json

from at_driver import Driven, Port

import micropython
from mtmo import log
from mtmo.at import Tokenizer, trace_ring

PDU = b"07919471016700F00405812143F500006230419062350006737A985E9F03"
HEADER = b'+CMGL: 1,1,"",22'
LENGTHS = tuple(range(1, 64)) + (100, 200, 352, 500, 512)


class Sink:
    """Forgets every line."""

    def __init__(self):
        self.lines = 0

    def on_line(self, line: bytes) -> None:
        self.lines += 1

    def on_overlong(self, line: bytes) -> None:
        self.lines += 1


def taken(function, *args) -> int:
    """Octets of heap that `function(*args)` takes, before any is collected."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    function(*args)
    after = gc.mem_alloc()
    gc.enable()
    return after - before


def per_octet() -> "str | None":
    """What went wrong when octets were fed one by one, and in pieces, with the heap locked; each call once before."""
    octets = bytearray(range(32, 256))  # no line end among them
    single = bytearray(1)
    tokenizer = Tokenizer()
    chat = Driven(Port(), lambda line, pdu_hex: None)
    sink = Sink()
    micropython.heap_lock()
    try:
        for _ in range(3):  # overlong in the end
            tokenizer.feed(octets, len(octets), sink)
            for octet in octets:
                single[0] = octet
                tokenizer.feed(single, 1, sink)
                chat._tokenizer.feed(single, 1, chat)
    except MemoryError as error:
        return str(error)
    finally:
        micropython.heap_unlock()
    return None if sink.lines == 0 else "%d lines" % sink.lines


def per_line(blanks: bytes = b"") -> "list[int]":
    """By how many octets a line of each length, behind `blanks`, took more than its own bytes object."""
    more = []
    sink = Sink()
    for length in LENGTHS:
        tokenizer = Tokenizer()
        octets = bytearray(b"\r\n" + blanks + b"x" * length + b"\r\n")
        tokenizer.feed(octets, len(octets), sink)
        line = b"x" * min(length, 512 - len(blanks))  # the rest of an overlong line is cut off
        view = memoryview(line)
        own = taken(bytes, view)
        more.append(taken(tokenizer.feed, octets, len(octets), sink) - own)
    return more


def locked_lines() -> bool:
    """Can a line be cut with the heap locked? It must not: the proof above would prove nothing."""
    tokenizer = Tokenizer()
    octets = bytearray(b"x\r\n")
    sink = Sink()
    micropython.heap_lock()
    try:
        tokenizer.feed(octets, 3, sink)
    except MemoryError:
        return False
    finally:
        micropython.heap_unlock()
    return True


def chat_lines() -> "dict[str, int]":
    """Octets of heap that the whole engine takes for one line of each kind, the line's own among them."""
    trace_ring.resize(2048)
    kinds = {
        "final": b"OK",
        "information": b"+CSQ: 20,99",
        "urc": b'+CMTI: "SM",3',
        "pdu": PDU,
        "long pdu": b"00" * 176,
    }
    found = {}
    for kind in kinds:
        chat = Driven(Port(), lambda line, pdu_hex: None)
        chat._clear()
        chat._busy = True
        chat._sent = b"AT+CSQ"
        chat._prefix = b"+CMGL:" if "pdu" in kind else b"+CSQ:"
        chat._pdus = "pdu" in kind
        octets = bytearray(kinds[kind] + b"\r\n")
        costs = []
        for _ in range(3):
            chat._claim = b'+CMGL: 1,1,"",175' if kind == "long pdu" else HEADER if kind == "pdu" else b""
            chat._info = []
            costs.append(taken(chat.feed, octets))
        found[kind] = costs[-1]
    return found


def main() -> None:
    """Prints, as JSON, what each of these found."""
    log.say = lambda line: None
    found = {
        "octet": per_octet(),
        "line": per_line(),
        "line behind blanks": per_line(b"\x00  "),
        "locked_lines": locked_lines(),
        "chat": chat_lines(),
    }
    print(json.dumps(found))


main()
