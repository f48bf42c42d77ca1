"""`mtmo decode`: the lines of AT traces and of the agent's log explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from decoding import WHOLE, decode
from hypothesis import given, settings
from hypothesis import strategies as st
from sms_vectors import OA, SCTS

from mtmo.at import trace_ring, trace_text
from mtmo_host.decode.at_words import explain_line
from mtmo_host.decode.trace import Trace, bare
from mtmo_host.sms.cbs import encode_pages
from mtmo_host.sms.pdu import join_pdu
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import encode_deliver, encode_status_report

TRACE = """\
12:00:01.003 > AT+CMGL=4
[    12.400] debug at: < +CMGL: 1,1,,43
[    12.401] debug at: < +CREG: 5
[    12.402] debug at: < {whole}
[    12.402] debug at: < OK
+CMTI: "ME",3
+CMS ERROR: 38
+CMS ERROR: 512
+CME ERROR: SIM busy
+CEREG: 2,1,"00A1","01",7
> AT+CMGS=18
> 0021C80B915155214365F7000005E8329BFD06^Z
+CMGS: 200
+CDS: {report_length}
{report}
"""


def test_a_trace_is_explained_line_by_line(tmp_path: Path) -> None:
    report, length = join_pdu(encode_status_report(mr=200, ra=OA, scts=SCTS, dt=SCTS, st=0x46))
    path = tmp_path / "board.log"
    path.write_text(TRACE.format(whole=WHOLE, report=report, report_length=length))
    result = decode("--json", str(path))
    assert result.exit_code == 0, result.stderr
    found = {entry["line"]: entry for entry in map(json.loads, result.stdout.splitlines())}
    assert found[2]["meaning"] == "stored message, index 1, received, read: 43 octets of TPDU follow"
    assert found[3]["meaning"] == "circuit switched: registered, roaming (5)"
    assert found[4]["pdu"]["text"] == "Hello world, this is a test"
    assert found[6]["meaning"] == "new message in ME, index 3"
    assert found[7]["meaning"] == "message service error 38: network out of order"
    assert found[10]["meaning"] == "LTE: registered, home (1), LTE"
    assert (found[12]["pdu"]["direction"], found[12]["pdu"]["text"]) == ("submit", "hello")
    assert found[13]["meaning"] == "taken by the network, message reference 200"
    assert found[15]["pdu"]["outcome"] == "failed-permanent"
    assert 5 not in found
    shown = decode("--fields", str(path))
    assert "SMS-STATUS-REPORT (MTI 2)" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_damage_in_a_trace_names_line_field_and_offset() -> None:
    result = decode("-", text=f"+CMT: ,43\n{WHOLE[:-2]}\n+CMS ERROR: 38\n+CMGR: 1,,20\nOK\n")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: line 2: ud: user data shorter than its length says at 50 [ud_truncated]",
        "error: line 4: pdu_hex: no PDU of 20 octets follows +CMGR, line at 4 [missing]",
    ]
    assert "38: network out of order" in result.stdout


def test_segments_in_a_trace_are_joined() -> None:
    text = "The longest APN command needs two segments. " * 5
    lines = []
    for part in reversed(segments(text, ref=7)):
        octets = encode_deliver(oa=OA, scts=SCTS, payload=part.ud, header=part.udh, dcs=part.dcs)
        pdu, length = join_pdu(octets)
        lines += [f"+CMT: ,{length}", pdu]
    found = [json.loads(line) for line in decode("--json", "-", text="\n".join(lines)).stdout.splitlines()]
    assert f"whole message of 2 segments: “{text}”" in [entry["meaning"] for entry in found]


PAGE = encode_pages("Flood warning", mid=4371, sn=0x4560)[0].hex().upper()
REPORT, REPORT_OCTETS = join_pdu(encode_status_report(mr=200, ra=OA, scts=SCTS, dt=SCTS, st=0))


@pytest.mark.parametrize("header", ["+CBM: 88", "+CMGR: 1,,88", "+CMGL: 1,0,,88", "12:00:01.003 < +CBM: 88"])
def test_a_page_of_a_broadcast_has_no_sender_and_no_time(header: str) -> None:
    result = decode("--json", "-", text=f"{header}\n{PAGE}\nOK\n")
    assert result.exit_code == 0, result.stderr
    page = json.loads(result.stdout.splitlines()[1])["pdu"]
    assert (page["direction"], page["mid"], page["sn"], page["text"]) == ("broadcast", 4371, 0x4560, "Flood warning")
    assert [(row["field"], row["offset"]) for row in page["fields"]] == [
        ("sn", 0), ("mid", 2), ("dcs", 4), ("page", 5), ("content", 6),
    ]  # fmt: skip


def test_pages_of_a_broadcast_are_joined() -> None:
    text = "The river rises. " * 12
    pages = [page.hex() for page in encode_pages(text, mid=50, sn=9)]
    result = decode("-", text="\n".join(f"+CBM: 88\n{page}" for page in reversed(pages)))
    assert f"whole broadcast of {len(pages)} pages: “{text}”" in result.stdout
    assert decode("-", text=f"+CBM: 88\n{pages[0]}\n" * 3).stdout.count("whole broadcast") == 0


def test_a_page_alone_is_known_by_its_size_and_by_the_option() -> None:
    assert "“Flood warning”" in decode(PAGE).stdout
    assert "“Flood warning”" in decode("--direction", "broadcast", PAGE).stdout
    assert "SMS-DELIVER" in decode("--direction", "deliver", PAGE).stdout


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"+CBM: 90\n{PAGE}", "line 2: length: 88 octets, not the announced 90: the end at 88 [length_mismatch]"),
        (f"+CBM: 87\n{PAGE[:-2]}", "line 2: page: 87 of 88 octets: the end at 87 [length_mismatch]"),
        (f"+CBM: 88\n{PAGE[:-1]}", "line 2: pdu_hex: an odd number of hex digits: half an octet at 87 [odd_hex]"),
        ("+CBM: 88\nOK", "line 1: pdu_hex: no PDU of 88 octets follows +CBM, line at 1 [missing]"),
        (
            f"+CMGR: {REPORT_OCTETS + 2}\n{REPORT}",
            f"line 2: length: {REPORT_OCTETS} octets of TPDU, not the announced {REPORT_OCTETS + 2}: the end"
            f" at {len(REPORT) // 2} [length_mismatch]",
        ),
    ],
)
def test_what_is_wrong_behind_a_header_is_named_with_its_offset(text: str, error: str) -> None:
    result = decode("-", text=text)
    assert (result.exit_code, result.stderr) == (1, f"error: {error}\n")
    found = json.loads(decode("--json", "-", text=text).stdout.splitlines()[-1])
    assert (found.get("error") or found["pdu"]["error"])["offset"] == int(error.split(" at ")[1].split()[0])


@pytest.mark.parametrize("name", ["CMGR", "CDS"])
def test_a_bare_length_is_pdu_mode_and_is_checked(name: str) -> None:
    result = decode("-", text=f"+{name}: {REPORT_OCTETS}\n{REPORT}\nOK\n")
    assert (result.exit_code, "report on reference 200" in result.stdout) == (0, True)


def test_a_damaged_line_that_the_agents_log_did_not_cut_is_damage() -> None:
    prefix = "[    12.402] debug at: < "
    pdu, length = join_pdu(encode_deliver(oa=OA, scts=SCTS, text="x" * 160), OA)
    assert decode("-", text=f"{prefix}+CMT: ,{length}\n{prefix}{pdu[:-20]}\n").exit_code == 1


def test_a_line_that_the_agents_log_cut_is_no_damage() -> None:
    octets = encode_deliver(oa=OA, scts=SCTS, text="x" * 160)
    pdu, length = join_pdu(octets, OA)
    prefix = "[    12.402] debug at: "
    text = f"{prefix}< +CMT: ,{length}\n{prefix}{f'< {pdu}'[:160]}\n"
    result = decode("-", text=text)
    assert result.exit_code == 0, result.stderr
    assert "cut this line at 160" in decode("--fields", "-", text=text).stdout


def test_the_agents_at_trace_is_explained_and_says_what_it_withholds() -> None:
    trace_ring.resize(2048)
    for sent, line in ((True, b"AT+CMGL=4"), (False, b"+CMGL: 1,1,,43"), (False, WHOLE.encode()), (False, b"+CREG: 5")):
        trace_ring.add(sent, line)
    found = list(Trace().entries(trace_text.lines()))
    assert [entry.meaning for entry in found] == [
        "stored message, index 1, received, read: 43 octets of TPDU follow",
        f"its PDU, {len(WHOLE) // 2} octets, not shown by the agent",
        "circuit switched: registered, roaming (5)",
    ]
    assert not [damage for entry in found for damage in entry.damages()]


def test_text_mode_is_named_not_guessed() -> None:
    result = decode('+CMT: "+491511","","26/11/22,12:00:00+04"')
    assert (result.exit_code, "not in PDU mode" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("AT", "AT"), ("2026-11-22T12:00:01.5Z <-- +CREG: 1", "+CREG: 1"), ("RX: OK", "OK"),
        (">> AT+CMGS=3", "AT+CMGS=3"),
        ("12:00:01.003 [     1.250] debug at: < +CSQ: 3", "+CSQ: 3"), ("12:00:01.003 - note", "note"),
        ("0791<Ctrl-Z>", "0791"), ("0791\x1a", "0791"),
    ],
)  # fmt: skip
def test_what_a_log_puts_around_a_line_is_passed_over(raw: str, line: str) -> None:
    assert bare(raw) == (line, False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("+CME ERROR: 10", "equipment error 10: SIM not inserted"),
        ("+CMS ERROR: 208", "message service error 208: SIM storage full"),
        ("+CMS ERROR: 700", "message service error 700: manufacturer's own"),
        ("+CME ERROR: 99999999999", "equipment error 99999: not in the specification"),
        ("+CREG: 0,3", "circuit switched: registration denied (3)"),
        ('+CEREG: 5,"00A1","0100AF01",9', "LTE: registered, roaming (5), NB-IoT"),
        ("+CGREG: 7", "GPRS: registered for SMS only, roaming (7)"),
        ("+CREG: 1,99", "circuit switched: unknown state (99)"),
        ("+CREG: x", "registration: not readable"),
        ('+CDSI: "SR",1', "new status report in SR, index 1"),
        ('+CBMI: "BM",1', "new cell broadcast in BM, index 1"),
        ("+CSQ: 20,99", None),
    ],
)
def test_results_and_registration_in_words(line: str, words: str | None) -> None:
    assert explain_line(line) == words


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(
    st.sampled_from(["+CMT: ,43", WHOLE, "+CMGL: 1,1,,9999999999", "+CMGR: ,,", "AT+CMGS=1", "+CREG: ,,,,"]),
    st.sampled_from(["+CME ERROR: ²", "+CEREG: 1,²", "*A1.", "=A1/²"]),
    st.text(max_size=40),
    st.text(st.sampled_from('+CMGLRTSED: ,"0123456789AF*=!.>< []'), max_size=60),
), max_size=8))  # fmt: skip
def test_no_trace_breaks_the_explanation(lines: list[str]) -> None:
    result = decode("--fields", "-", text="\n".join(lines))
    assert result.exit_code in (0, 1)
    assert (result.exit_code == 1) == bool(result.stderr)
