"""Facts about the pytest plugin: what its fixtures are, what fails a test, and that it costs nothing when not used."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_program import PROGRAM

README = Path(__file__).resolve().parents[3] / "host_tools" / "README.md"
EXAMPLE = README.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(my_program=PROGRAM)
    pytester.syspathinsert()
    return pytester


def passed(project: pytest.Pytester, test: str, count: int = 1, **outcomes: int) -> pytest.RunResult:
    project.makepyfile(test_it=test)
    result = project.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=count, **outcomes)
    return result


def test_the_three_line_example_tests_a_program_of_somebody_else(project: pytest.Pytester) -> None:
    passed(project, EXAMPLE)


def test_the_marker_chooses_the_modem(project: pytest.Pytester) -> None:
    passed(project, '''
import pytest, serial, time

@pytest.mark.mtmo("bg95", number="+491511234567", baud=9600, speed=200, seed=3)
def test_options(mtmo_modem):
    assert (mtmo_modem.number, mtmo_modem.modem.seed, mtmo_modem.modem.speed) == ("+491511234567", 3, 200)
    with serial.Serial(mtmo_modem.port, timeout=5) as port:
        began = time.monotonic()
        port.write(b"ATI" + b" " * 96 + b"\\r")
        assert b"BG95" in port.read_until(b"OK\\r\\n")
        assert time.monotonic() - began > 100 * 10 / 9600

@pytest.mark.mtmo(faults="F11")
def test_faults(mtmo_modem):
    assert list(mtmo_modem.modem.faults.active()) == ["F11"]
    mtmo_modem.faults("flaky")
    assert len(mtmo_modem.modem.faults.active()) > 3
    mtmo_modem.faults()
    assert not mtmo_modem.modem.faults.active()

@pytest.mark.mtmo("nrf91")
def test_a_modem_that_boots_off_the_air(mtmo_modem):
    assert not mtmo_modem.modem.reachable

@pytest.mark.mtmo("ec25")
class TestClass:
    pytestmark = pytest.mark.mtmo("bg95")

    @pytest.mark.mtmo("a7670")
    def test_the_nearest_marker_wins(self, mtmo_modem):
        assert mtmo_modem.modem.personality.name == "a7670"
''', 4)  # fmt: skip


RULE_BREAKER = """
import pytest, serial

def rude(port):
    with serial.Serial(port, timeout=1) as modem:
        modem.write(b"AT+CMGF=0;+CMGS=10\\r")
        modem.read_until(b">")
        modem.write(b"no hexadecimal digits\\x1a")
        modem.read_until(b"ERROR\\r\\n")

def test_rude(mtmo_modem):
    rude(mtmo_modem.port)

@pytest.mark.mtmo(violations="allow")
def test_rude_and_allowed(mtmo_modem):
    rude(mtmo_modem.port)
    assert "something else than hexadecimal" in mtmo_modem.violations[0]

def test_rude_and_wrong(mtmo_modem):
    rude(mtmo_modem.port)
    assert not "what the test itself says comes first"
"""


def test_a_program_that_breaks_the_rules_fails_its_test(project: pytest.Pytester) -> None:
    result = passed(project, RULE_BREAKER, failed=2)
    result.stdout.fnmatch_lines([
        "*the side that drives the modem broke rules:*",
        "*unit-1001: * ms: a PDU held something else than hexadecimal digits*",
        "*what the test itself says comes first*",
    ])  # fmt: skip


WRONG = {
    '("nokia")': "no emulated modem is called 'nokia'",
    "(colour=1)": "takes a name and number, faults,",
    '("a7670", "bg95")': "takes a name and number, faults,",
    '(violations="sometimes")': 'violations is "allow" or "fail"',
    "(baud=0)": "baud: must be above 0",
    "(speed=0)": "speed: must be above 0",
    '(faults="nonsense")': "nonsense",
    "(5)": "name is 5, and should be a str",
    '(baud="fast")': "baud is 'fast', and should be a int",
    "(speed=None)": "speed is None, and should be a int or float",
    "(faults=5)": "faults is 5, and should be a str or tuple or list",
    '(seed="x")': "seed is 'x', and should be a int",
    '(number="0151")': "number: '0151' is not an MSISDN (for example +491511234567)",
}


def test_a_wrong_marker_is_an_error_that_says_what_is_wrong(project: pytest.Pytester) -> None:
    tests = [f"@pytest.mark.mtmo{marker}\ndef test_{i}(mtmo_modem): ...\n" for i, marker in enumerate(WRONG)]
    result = passed(project, "import pytest\n" + "\n".join(tests), 0, errors=len(WRONG))
    for i, said in enumerate(WRONG.values()):
        result.stdout.fnmatch_lines([f"*ERROR at setup of test_{i} *", f"*{said}*"])
    result.stdout.no_fnmatch_line("*During handling of the above exception*")


def test_what_the_emulator_refuses_is_said_at_the_line_of_the_test(project: pytest.Pytester) -> None:
    result = passed(project, """
def test_long(mtmo_modem):
    mtmo_modem.text("x" * 5000)

def test_number(mtmo_modem):
    mtmo_modem.text("hi", sender="+")

def test_nothing(mtmo_modem):
    mtmo_modem.wait_for_sent(1, timeout=0.1)

def test_fault(mtmo_modem):
    mtmo_modem.faults("F99")

def test_broadcast(mtmo_modem):
    mtmo_modem.broadcast("x", mid=65_536)
""", 0, failed=5)  # fmt: skip
    said = result.stdout.str()
    for words in (
        "needs more than 10 SMS",
        "A number has 1 to 17 digits",
        "did not send 1 within 0.1 s",
        "F99",
        "mid: ",
    ):
        assert words in said
    assert "desk.py" not in said
    assert "core.py" not in said


def test_a_text_waits_for_a_modem_that_is_off_and_long_ones_are_one_text(project: pytest.Pytester) -> None:
    passed(project, '''
from my_program import my_program

def test_power(mtmo_modem):
    mtmo_modem.power_off()
    mtmo_modem.do(lambda modem: None)
    assert not mtmo_modem.modem.powered
    mtmo_modem.power_on()
    mtmo_modem.text("x" * 100, sender="4711")
    my_program(mtmo_modem.port)
    (sent,) = mtmo_modem.wait_for_sent(1)
    assert (sent.text, sent.to, sent.segments) == ("got " + "x" * 100, "4711", 1)
''')  # fmt: skip


def test_the_network_fixture_opens_rest_and_smpp_for_the_same_modem(project: pytest.Pytester) -> None:
    passed(project, '''
import smpplib.client
from my_program import my_program

SOURCE = {"source_address": 12345}

def test_network(mtmo_network, mtmo_modem):
    with mtmo_network.client() as rest:
        made = rest.post(f"/api/v1/endpoint/{mtmo_modem.endpoint_id}/sms", json={"payload": "hi", **SOURCE})
        assert made.status_code == 201
        other = mtmo_network.modem("bg95")
        mtmo_modem.text("ho")
        my_program(mtmo_modem.port)
        assert [sent.text for sent in mtmo_network.sent] == ["got hi", "got ho"]
        assert other.sent == []
        rows = rest.get(f"/api/v1/endpoint/{mtmo_modem.endpoint_id}/sms").json()
        assert [row["payload"] for row in rows if row["sms_type"]["description"] == "MO"].count("got hi") == 1
    host, port = mtmo_network.smpp.split(":")
    client = smpplib.client.Client(host, int(port), allow_unknown_opt_params=True)
    client.connect()
    client.bind_transceiver(system_id=mtmo_network.system_id, password=mtmo_network.password)
    client.unbind()
    client.disconnect()
''')  # fmt: skip


def test_the_board_fixture_runs_the_agent_and_its_operator(project: pytest.Pytester) -> None:
    passed(project, '''
import subprocess, sys

def test_board(mtmo_board):
    assert mtmo_board.ask("ping") == "OK pong"
    mtmo_board.modem.text("unsigned")
    mtmo_board.wait_for_log("refused: unsigned")
    assert len(mtmo_board.modem.sent) == 1
    mpremote = [sys.executable, "-m", "mpremote", "connect", mtmo_board.repl]
    command = [*mpremote, "exec", "import mtmo; print(mtmo.__version__)"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip() == "0.1.0"
''')  # fmt: skip


def test_a_run_that_uses_no_fixture_imports_nothing_of_it(project: pytest.Pytester) -> None:
    project.makepyfile(test_it='''
import sys

def test_cheap(request):
    assert request.config.pluginmanager.has_plugin("mtmo")
    heavy = ("sqlalchemy", "starlette", "uvicorn", "httpx", "serial", "click", "asyncio")
    assert [name for name in heavy if name in sys.modules and name != "asyncio"] == []
    ours = [name for name in sys.modules if name.startswith("mtmo_host")]
    assert sorted(ours) == ["mtmo_host", "mtmo_host.pytest_plugin"]
''')  # fmt: skip
    result = project.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_what_they_are(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--fixtures")
    for name in ("mtmo_modem", "mtmo_network", "mtmo_board"):
        result.stdout.fnmatch_lines([f"{name} *"])
    project.runpytest_inprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.mtmo(name, *, number, faults*"])
