"""The AT trace: what it keeps, in what form, and what it never shows."""

from mtmo import log
from mtmo.at import trace_ring, trace_text
from mtmo.errors import VerbError
from mtmo.verbs.lines import VERBS
from support import MICROPYTHON

if MICROPYTHON:
    import gc

    import micropython

# line as it passed, words that must not be shown, words that must
SECRETS = (
    (b'AT+CPIN="4711"', "4711", "AT+CPIN=***"),
    (b"at+cpin=4711", "4711", "at+cpin=***"),
    (b'AT+CPIN2="4711"', "4711", "AT+CPIN2=***"),
    (b'AT+CLCK="SC",1,"4711"', "4711", "AT+CLCK=***"),
    (b'AT+CPWD="SC","4711","0815"', "0815", "AT+CPWD=***"),
    (b'AT+CGAUTH=1,1,"me","hush"', "hush", "AT+CGAUTH=***"),
    (b'+CGAUTH: 1,1,"me","hush"', "hush", "+CGAUTH:***"),
    (b'AT+UAUTHREQ=1,1,"hush","me"', "hush", "AT+UAUTHREQ=***"),
    (b'AT+QICSGP=1,1,"em","me","hush",1', "hush", "AT+QICSGP=***"),
    (b'+QICSGP: 1,"em","me","hush",1', "hush", "+QICSGP:***"),
    (b'AT#PDPAUTH=1,1,"me","hush"', "hush", "AT#PDPAUTH=***"),
    (b"AT^SGAUTH=1,1,me,hush", "hush", "AT^SGAUTH=***"),
    (b'AT+CNCFG=0,1,"em","me","hush",1', "hush", "AT+CNCFG=***"),
    (b'AT+CSTT="em","me","hush"', "hush", "AT+CSTT=***"),
    (b'AT+SAPBR=3,1,"PWD","hush"', "hush", "AT+SAPBR=***"),
    (b'AT+UPSD=0,3,"hush"', "hush", "AT+UPSD=***"),
    (b"AT+WPPP=1,1,me,hush", "hush", "AT+WPPP=***"),
    (b'+CPIN: READY +CPIN="4711"', "4711", "+CPIN: READY +CPIN=***"),
    (b'+CGAUTH: 1,"hush" x=+CPIN=1', "hush", "+CGAUTH:***"),
    (b'AT+CGAUTH = 1,1,"me","hush"', "hush", "AT+CGAUTH =***"),
    (b'AT+NEWAUTH=1,"known to be secret"', "known to be secret", 'AT+NEWAUTH=1,"***"'),
    (b"07919471016700F00405812143F500006230419062350006737A985E9F03", "737A985E9F03", "(60 hex digits)"),
    (b"07919471016700F00405812143F50000x230419062350006737A985E9F03", "737A985E9F03", "(60 hex digits)"),
    (b"737A985E9F", "737A985E9F", "(10 hex digits)"),
)
SHOWN = (
    b"AT", b"+CPIN: READY", b"AT+CPIN?", b"AT+CGAUTH=?", b"+CMGL: 1,1,,22", b"356938035643809", b"8988303000006734768",
    b'+CMTI: "SM",3', b"+CMS ERROR: 500", b"AT+CMGS=22",
)  # fmt: skip


def fresh(octets: int = 2048) -> None:
    trace_ring.resize(octets)


def shown(line: bytes) -> str:
    """What the ring says of one line."""
    fresh()
    trace_ring.add(True, line)
    return trace_text.lines()[0].split("> ", 1)[1]


def test_no_secret_is_shown():
    log.hide("known to be secret")
    for line, secret, wanted in SECRETS:
        assert shown(line) == wanted, line
        assert secret not in shown(line)
        assert secret not in log.masked(line.decode()) or "hex" in wanted, line
    for line in SHOWN:
        assert shown(line) == line.decode(), line


def test_lines_have_time_and_direction_like_the_live_trace():
    fresh()
    trace_ring.add(True, b"AT+CSQ")
    trace_ring.add(False, b"+CSQ: 20,99")
    sent, received = trace_text.lines()
    assert sent[0] == "[" and sent[7] == "." and sent[11:] == "] debug at: > AT+CSQ", sent
    assert received.endswith("] debug at: < +CSQ: 20,99")


def test_the_newest_lines_are_kept_whatever_their_length():
    for octets in (108, 150, 333, 2048):
        fresh(octets)
        kept = []
        for number in range(500):
            line = b"%d " % number + b"x" * (number * 37 % 130)
            trace_ring.add(False, line)
            kept.append(line)
            lines = [text.split("< ", 1)[1] for text in trace_text.lines(1000)]
            assert lines, (octets, number)
            for i in range(1, len(lines) + 1):
                wanted = kept[-i].strip().decode()
                assert lines[-i].split("...")[0].strip() == wanted[:100].strip(), (octets, number, i, lines[-i])
        # no more than a record and the end of the buffer is given up for one line
        assert sum([len(line[:100]) + 8 for line in kept[-len(lines) :]]) >= octets - 2 * 108


def test_a_line_that_is_cut_says_so():
    assert shown(b"x" * 300) == "x" * 100 + "... (300 octets)"
    assert shown(b"\x00\x1b[2J\xff") == "??[2J?"


def test_no_ring_keeps_nothing():
    fresh(0)
    trace_ring.add(True, b"AT")
    assert trace_text.lines() == []


def test_adding_a_line_takes_no_memory():
    if not MICROPYTHON:
        return  # its heap cannot be locked
    fresh()
    line = b"+CSQ: 20,99"
    gc.collect()
    micropython.heap_lock()
    try:
        for _ in range(300):
            trace_ring.add(False, line)
    finally:
        micropython.heap_unlock()


def test_the_verb_shows_the_newest_first():
    fresh()
    for number in range(9):
        trace_ring.add(number & 1 == 0, b"AT%d" % number)
    words = VERBS["log"](None, ["at", "3"])
    assert [part.split(" ", 1)[1] for part in words.split(" / ")] == ["> AT8", "< AT7", "> AT6"]
    log.info("sms", "one")
    log.warn("at", "two")
    assert [part.split(" ", 1)[1] for part in VERBS["log"](None, ["2"]).split(" / ")] == ["at: two", "sms: one"]
    for args in (["0"], ["33"], ["x"], ["at", "-1"], ["1", "2"]):
        try:
            VERBS["log"](None, args)
        except VerbError as error:
            assert error.code == 12
        else:
            raise AssertionError(args)


def test_a_ring_that_the_heap_has_no_room_for_is_none():
    def no_room(octets):
        if octets:
            raise MemoryError("memory allocation failed")
        return bytearray()

    trace_ring.bytearray = no_room
    try:
        trace_ring.resize(16384)
    finally:
        del trace_ring.bytearray
    trace_ring.add(True, b"AT")
    assert VERBS["log"](None, ["at"]) == "empty"
    trace_ring.resize(2048)


def test_the_trace_takes_an_eighth_of_the_free_heap_at_most():
    if not MICROPYTHON:
        return  # CPython's heap has no end
    try:
        gc.collect()
        free = gc.mem_free()
        trace_ring.resize(free)
        size = len(trace_ring.records()[0])
        assert 0 < size <= free // 8, (size, free)
    finally:
        trace_ring.resize(2048)
