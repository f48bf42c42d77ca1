"""Programs that are not ours, unmodified and with nothing but their usual configuration, on an emulated modem's pty."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import find_program, requires

from mtmo_host.emulator import personality_names
from mtmo_host.emulator.endpoints import UnixEndpoint
from mtmo_host.emulator.violations import Rule
from mtmo_host.testing.desk import Desk
from mtmo_host.testing.modem import DeskModem

PEER = "+4915112345678"
LONG = " ".join(f"word{i}" for i in range(45))  # two segments
WAIT_S = 60


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def a_modem(desk: Desk, kind: str = "generic", *, echo: bool = True) -> DeskModem:
    """A modem with two texts in its store, a long one among them."""
    modem = desk.modem(kind)
    modem.do(lambda emulated: setattr(emulated.terminal, "echo", echo))
    modem.text("short and Grüße", sender=PEER)
    modem.text(LONG, sender="4711")
    return modem


def program(*command: str, text: str | None = None) -> str:
    """Run it to its end; what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# --- gammu


@requires("gammu")
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "echo"), [("generic", True), ("generic", False), ("ec25", True), ("sim800", False)])
def test_gammu_identifies_sends_and_receives(desk: Desk, tmp_path: Path, kind: str, echo: bool) -> None:
    modem = a_modem(desk, kind, echo=echo)
    config, batch = tmp_path / "gammurc", tmp_path / "batch"
    config.write_text(f"[gammu]\nport = {modem.port}\nconnection = at115200\n")
    batch.write_text(f'''identify
monitor 1
sendsms TEXT {PEER} -text "to a person"
sendsms TEXT {PEER} -report -len 400 -text "{LONG}"
networkinfo
geteachsms
''')
    said = program("gammu", "-c", str(config), "batch", str(batch))
    assert f"IMEI                 : {modem.imei}" in said
    assert "Network state        : home network" in said
    assert "Network              : 262 01" in said
    assert [(sent.text, sent.segments, sent.to) for sent in modem.sent] == [("to a person", 1, PEER), (LONG, 2, PEER)]
    assert "short and Grüße" in said
    assert "2 parts" in said
    assert LONG in said.replace("\n", "")
    # a status report for each segment: where gammu reads it, in a store that it does not read, or as it comes
    if kind == "generic":
        assert said.count("Delivery status      : Delivered") == 2
    elif kind == "ec25":
        assert len(modem.modem.sms.store.items("SR")) == 2
    else:
        assert modem.modem.settings.cnmi[3] == 1, "the most it offers: <ds> 0 and 1"
        assert said.count("SMS message received") == 2
    assert modem.violations == []


@requires("gammu")
@pytest.mark.slow
def test_gammu_up_to_1_44_waits_in_vain_for_a_prompt_that_ends_with_crlf(desk: Desk, tmp_path: Path) -> None:
    """As with the real one: github.com/gammu/gammu/issues/1176 shows the octets `\\r\\n>\\r\\n` and the wait."""
    version = re.search(r"version (\d+)\.(\d+)", program("gammu", "--version"))
    assert version is not None
    if (int(version[1]), int(version[2])) > (1, 44):
        pytest.skip("a gammu that takes such a prompt")
    modem = desk.modem("a7670")
    config = tmp_path / "gammurc"
    config.write_text(f"[gammu]\nport = {modem.port}\nconnection = at115200\n")
    command = ["gammu", "-c", str(config), "sendsms", "TEXT", PEER, "-text", "x"]
    gammu = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        _until(lambda: modem.modem.terminal.in_body, gammu)
        time.sleep(3)  # of 30, then it gives up
        assert modem.modem.terminal.in_body
        assert gammu.poll() is None
    finally:
        gammu.kill()
        gammu.communicate()
    assert modem.sent == []


# --- gnokii

_NOT_FOR_GNOKII = {
    "a7670": "its prompt ends with CRLF instead of a blank, which gnokii does not take for one",
    "nrf91": "takes a PDU without a prompt only",
    "cinterion": "is off the air until somebody says AT+CFUN=1, which gnokii does not",
}


@requires("gnokii")
@pytest.mark.parametrize("kind", [name for name in personality_names() if name not in _NOT_FOR_GNOKII])
def test_gnokii_identifies_and_sends(desk: Desk, tmp_path: Path, kind: str) -> None:
    modem = a_modem(desk, kind, echo=len(kind) % 2 == 0)
    config = tmp_path / "gnokii.conf"
    config.write_text(f"[global]\nport = {modem.port}\nmodel = AT\nconnection = serial\n")
    gnokii = ("gnokii", "--config", str(config))
    said = program(*gnokii, "--identify")
    assert modem.imei in said
    program(*gnokii, "--sendsms", PEER, text="to a person")
    program(*gnokii, "--sendsms", PEER, "--long", "400", "-r", text=LONG)
    assert [(sent.text, sent.segments) for sent in modem.sent] == [("to a person", 1), (LONG, 2)]
    assert [sent.wants_report for sent in modem.sent] == [False, True]
    assert [text for text in modem.violations if Rule.NO_GAP not in text] == [], "it knows of no family's pause"


# --- smsd of smstools


@requires("smsd")
@pytest.mark.slow
@pytest.mark.parametrize("echo", [True, False])
def test_smsd_sends_what_is_spooled_and_files_what_comes(desk: Desk, tmp_path: Path, echo: bool) -> None:
    modem = a_modem(desk, echo=echo)
    folders = ("outgoing", "checked", "incoming", "sent", "failed", "report")
    for name in folders:
        (tmp_path / name).mkdir()
    config = tmp_path / "smsd.conf"
    lines = [f"{name} = {tmp_path / name}" for name in (*folders, "logfile", "infofile", "pidfile")]
    config.write_text(
        "devices = GSM1\ndelaytime = 1\n" + "\n".join(lines) + f"\n[GSM1]\ndevice = {modem.port}\n"
        "incoming = yes\nreport = yes\nmode = new\nmemory_start = 1\ninit = AT+CNMI=2,1,0,2,0\n"
    )
    (tmp_path / "outgoing" / "one").write_text(f"To: {PEER[1:]}\nReport: yes\n\n{LONG}")
    daemon = subprocess.Popen(
        ["smsd", "-t", "-c", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        _until(lambda: list((tmp_path / "sent").iterdir()), daemon)
        _until(lambda: len(list((tmp_path / "incoming").iterdir())) == 2, daemon)
        _until(lambda: list((tmp_path / "report").iterdir()), daemon)
        _until(lambda: not modem.modem.sms.store.items("SM"), daemon)  # it deletes what it has filed
    finally:
        daemon.terminate()
        daemon.communicate(timeout=WAIT_S)
    assert [(sent.text, sent.segments, sent.to) for sent in modem.sent] == [(LONG, 2, PEER)]
    came = sorted(
        file.read_bytes().split(b"\n\n", 1)[1].decode("latin-1") for file in (tmp_path / "incoming").iterdir()
    )
    assert came == ["short and Grüße", LONG]
    assert modem.violations == []


def _until(fact: object, daemon: subprocess.Popen[str]) -> None:
    assert callable(fact)
    deadline_s = time.monotonic() + WAIT_S
    while not fact():
        assert daemon.poll() is None, daemon.communicate()[0]
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


# --- ModemManager, on a bus of its own


class Manager:
    """ModemManager with a modem at an abstract socket, as its own tests have it; needs neither root nor udev."""

    def __init__(self, folder: Path, socket: str, kind: str) -> None:
        bus = f"unix:path={folder / 'bus'}"
        self._env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus, "DBUS_SYSTEM_BUS_ADDRESS": bus}
        self._log = (folder / "log").open("w")
        self._running = [self._start("dbus-daemon", "--session", "--nofork", f"--address={bus}")]
        options = ("--test-session", "--test-enable", "--test-no-udev", "--test-no-qrtr", "--test-no-suspend-resume")
        program = find_program("ModemManager")
        assert program is not None
        _until((folder / "bus").exists, self._running[0])
        self._running.append(self._start(program, *options))
        name, path = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
        call = ("dbus-send", "--session", "--print-reply", f"--dest={name}", path, f"{name}.Test.SetProfile")
        _until(lambda: self._ran(*call, "string:mtmo", f"string:{kind}", f"array:string:{socket}"), self._running[1])
        _until(lambda: self.found("-L")["modem-list"], self._running[1])

    def _start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(command, env=self._env, stdout=self._log, stderr=subprocess.STDOUT, text=True)

    def _ran(self, *command: str) -> str:
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, timeout=WAIT_S, check=False)
        return done.stdout if done.returncode == 0 else ""

    def mmcli(self, *arguments: str) -> str:
        """What mmcli says of the modem, or of what is named."""
        said = self._ran("mmcli", *(arguments if arguments[0] in ("-L", "-s") else ("-m", "any", *arguments)))
        assert said, arguments
        return said

    def found(self, *arguments: str) -> Any:
        """The same as an object."""
        return json.loads(self.mmcli(*arguments, "-J"))

    def texts(self) -> list[tuple[str, str, str]]:
        """Number, text and state of each message that it has."""
        paths = self.found("--messaging-list-sms")["modem.messaging.sms"]
        rows = [self.found("-s", path)["sms"] for path in sorted(paths)]
        return [(row["content"]["number"], row["content"]["text"], row["properties"]["state"]) for row in rows]

    def close(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(WAIT_S)
        self._log.close()


@requires("ModemManager")
@requires("mmcli")
@requires("dbus-daemon")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "plugin"),
    [
        ("generic", "generic"),
        ("a7670", "generic"),
        ("telit_me910", "telit"),
        ("sim800", "generic"),
        ("sim7600", "generic"),
    ],
)
def test_modemmanager_registers_sends_and_receives(desk: Desk, tmp_path: Path, kind: str, plugin: str) -> None:
    socket = f"abstract:mtmo-{os.getpid()}-{kind}"
    modem = desk.modem(kind, make_line=lambda talker: UnixEndpoint(talker, socket))
    modem.text("short and Grüße", sender=PEER)
    modem.text(LONG, sender="4711")
    manager = Manager(tmp_path, socket, plugin)
    try:
        manager.mmcli("--enable")
        _until(lambda: manager.found()["modem"]["generic"]["state"] == "registered", manager._running[1])
        state = manager.found()["modem"]
        assert (state["3gpp"]["imei"], state["3gpp"]["operator-name"]) == (modem.imei, "Testnet")
        assert sorted(manager.texts()) == [(PEER, "short and Grüße", "received"), ("4711", LONG, "received")]
        modem.text("while it runs", sender=PEER)
        _until(lambda: (PEER, "while it runs", "received") in manager.texts(), manager._running[1])
        made = manager.mmcli(f"--messaging-create-sms=text='{LONG}',number='{PEER}'")
        manager.mmcli("-s", made.split()[-1], "--send")
        assert [(sent.text, sent.segments, sent.to) for sent in modem.sent] == [(LONG, 2, PEER)]
    finally:
        manager.close()
    assert modem.violations == []


# --- text mode: Device::Gsm (Perl), python-gsmmodem

_PERL = """
use Device::Gsm;
my $gsm = Device::Gsm->new(port => $ARGV[0], log => "file,/dev/null");
$gsm->connect(baudrate => 115200) or die "no connection";
$gsm->register() or die "not registered";
print $gsm->imei(), "\\n";
# the text is out when Device::Modem 1.59 dies of a regular expression that it makes of "+CMGS"
eval { $gsm->send_sms(recipient => $ARGV[1], content => $ARGV[2], mode => "text") };
"""


@requires("device-gsm")
@pytest.mark.parametrize("echo", [True, False])
def test_device_gsm_sends_in_text_mode(desk: Desk, tmp_path: Path, echo: bool) -> None:
    modem = a_modem(desk, echo=echo)
    script = tmp_path / "send.pl"
    script.write_text(_PERL)
    assert program("perl", str(script), modem.port, PEER, "in text mode").strip() == modem.imei
    assert [(sent.text, sent.to) for sent in modem.wait_for_sent()] == [("in text mode", PEER)]
    assert modem.violations == []


_PYTHON = """
import sys
from gsmmodem.modem import GsmModem

modem = GsmModem(sys.argv[1], 115200)
modem.smsTextMode = sys.argv[2] == "text"
modem.connect()
modem.waitForNetworkCoverage(10)
print(modem.imei, modem.networkName)
for sms in modem.listStoredSms(memory="SM"):
    print(sms.number, repr(sms.text))
sent = modem.sendSms(sys.argv[3], "in " + sys.argv[2] + " mode", waitForDeliveryReport=sys.argv[2] == "pdu")
print("status", sent.status)
modem.close()
"""


@pytest.mark.parametrize("mode", ["pdu", "text"])
def test_python_gsmmodem_reads_and_sends_in_both_modes(desk: Desk, mode: str) -> None:
    modem = desk.modem("generic")
    modem.text("one for you", sender=PEER)
    said = program(sys.executable, "-c", _PYTHON, modem.port, mode, PEER)
    assert f"{modem.imei} Testnet" in said
    assert f"{PEER} 'one for you'" in said
    assert [sent.text for sent in modem.sent] == [f"in {mode} mode"]
    if mode == "pdu":
        assert "status 1" in said, "delivered"
    assert modem.violations == []
