"""Tokenizer and result codes: each stream whole, at every split, octet by octet (V.250 §5.7, TS 27.007 §9)."""

from mtmo.at import Tokenizer, fields, is_hex, number, parse_final

# name, octets, expect a prompt, events
STREAMS = (
    ("one answer", b"\r\nOK\r\n", False, [b"OK"]),
    ("echo without LF", b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n", False, [b"AT+CSQ", b"+CSQ: 20,99", b"OK"]),
    ("blank lines and doubled CR", b"\r\n\r\n\r\r\nRING\r\r\n\r\n", False, [b"RING"]),
    ("prompt with a blank", b"\r\n> ", True, [b">"]),
    ("prompt without anything", b"\r\n>", True, [b">"]),
    ("prompt as a line of its own", b"\r\n>\r\n", True, [b">"]),
    ("prompt and echo of the body", b"\r\n> 0011\x1a\r\n+CMGS: 4\r\n", True, [b">", b"0011", b"+CMGS: 4"]),
    ("nobody waits for a prompt", b"\r\n> \r\nOK\r\n", False, [b">", b"OK"]),
    ("a line that begins like a prompt later", b"\r\nA> B\r\n", True, [b"A> B"]),
    ("octets beyond ASCII", b"\r\n+X: \xff\xfe\r\nOK\r\n", False, [b"+X: \xff\xfe", b"OK"]),
    ("an SMS body that says OK", b"\r\n+CMGR: 0,,5\r\n0011OK22\r\nOK\r\n", False, [b"+CMGR: 0,,5", b"0011OK22", b"OK"]),
)

# line, (succeeded, kind, code)
FINALS = (
    (b"OK", (True, "", -1)),
    (b"0", (True, "", -1)),
    (b"CONNECT 9600", (True, "", -1)),
    (b"ERROR", (False, "", -1)),
    (b"4", (False, "", -1)),
    (b"NO CARRIER", (False, "", -1)),
    (b"BUSY", (False, "", -1)),
    (b"NO ANSWER", (False, "", -1)),
    (b"ABORTED", (False, "", -1)),
    (b"COMMAND NOT SUPPORT", (False, "", -1)),
    (b"+CME ERROR: 10", (False, "CME", 10)),
    (b"+CMS ERROR:500", (False, "CMS", 500)),
    (b"+EXT ERROR: 3", (False, "EXT", 3)),
    (b"+CME ERROR: SIM busy", (False, "CME", -1)),
    (b"+CME ERROR: 99999999999999999999", (False, "CME", -1)),
)
NOT_FINAL = (b"OKAY", b"+CMGR: OK", b"ok", b"00", b"ERRORS", b"", b"+CME", b"> OK")

# line, fields
INFOS = (
    (b'+CMGL: 1,0,"a,b",23', ["1", "0", "a,b", "23"]),
    (b'+CPMS: "SM", 3, 30', ["SM", "3", "30"]),
    (b"+CGPADDR: 1,", ["1", ""]),
    (b"SIMCOM_SIM7000G", ["SIMCOM_SIM7000G"]),
    (b'+CPMS: ("ME","SM"),()', ["(ME", "SM)", "()"]),
    (b'+X: "unclosed,1', ["unclosed,1"]),
    (b"+X: \xff,1", ["?", "1"]),
)


class Sink:
    """Keeps what the tokenizer says."""

    def __init__(self):
        self.events = []

    def on_line(self, line):
        self.events.append(line)

    def on_overlong(self, line):
        self.events.append(line)

    def on_prompt(self):
        self.events.append(b">")


def tokenize(pieces, expect_prompt):
    """Events of octets that arrive in `pieces`."""
    tokenizer = Tokenizer()
    tokenizer.expect_prompt = expect_prompt
    sink = Sink()
    for piece in pieces:
        tokenizer.feed(bytearray(piece), len(piece), sink)
    return sink.events


def test_a_stream_means_the_same_at_every_split():
    for name, octets, expect_prompt, events in STREAMS:
        assert tokenize([octets], expect_prompt) == events, name
        assert tokenize([bytes([octet]) for octet in octets], expect_prompt) == events, name
        for at in range(1, len(octets)):
            assert tokenize([octets[:at], octets[at:]], expect_prompt) == events, (name, at)


def test_a_line_longer_than_the_buffer_is_cut_and_resynchronised():
    tokenizer = Tokenizer(16)
    sink = Sink()
    octets = bytearray(b"x" * 4000 + b"\r\nOK\r\n")
    tokenizer.feed(octets, len(octets), sink)
    assert sink.events == [b"x" * 16, b"OK"]


def test_only_a_whole_line_is_a_final_result():
    for line, final in FINALS:
        assert parse_final(line) == final, line
    for line in NOT_FINAL:
        assert parse_final(line) is None, line


def test_fields_are_split_outside_quotes_only():
    for line, wanted in INFOS:
        assert fields(line) == wanted, line


def test_numbers_and_hex_are_strict():
    assert [number(text) for text in ("7", "", "-1", "x", "99999999999")] == [7, -1, -1, -1, -1]
    assert is_hex(b"00aF")
    for line in (b"", b"0", b"0G", b"0 11", b"+0"):
        assert not is_hex(line), line
