"""Facts about personalities out of a TOML file: what a file changes, and how a wrong one is refused."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from emulator_rig import IMEI, FakeNetwork
from lab_rig import MTMO

from mtmo_host.emulator import Modem, Sim, personality, personality_names
from mtmo_host.emulator.personality import Ready
from mtmo_host.emulator.personality.check import check
from mtmo_host.emulator.transcript import load
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.emulator.transcript.rerun import rerun
from mtmo_host.errors import MtmoError

_README = Path(__file__).resolve().parents[3] / "host_tools" / "mtmo_host" / "emulator" / "README.md"


def _file(folder: Path, text: str) -> str:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", personality_names())
def test_each_built_in_personality_passes_the_check(name: str) -> None:
    check(personality(name))


def test_the_example_of_the_readme_makes_the_modem_it_says(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    record = personality(_file(tmp_path, example[1]))
    base = personality("ec25")
    assert (record.name, record.cgmm, record.cgmi, record.acts) == ("ours", "EG91-EX", base.cgmi, (7, 0))
    assert record.commands == base.commands | {"+CNMP"}
    assert record.lacks == base.lacks | {"+CEDRXS"}
    assert dict(record.sms.stores) == {"SM": 20, "ME": 23}
    assert (record.sms.prompt, record.sms.escape_result, record.sms.index_base) == (b"\r\n>", None, base.sms.index_base)
    assert record.timing("+CMGS") == (2000, 30_000)
    assert [(step.offset_ms, step.urc, step.ready) for step in record.boot] == [
        (3000, "RDY", Ready.UART),
        (4000, "+CPIN: {cpin}", Ready.SIM),
        (9000, None, Ready.SMS),
    ]


def test_a_modem_of_a_file_runs_and_is_found_again_by_its_transcript(tmp_path: Path) -> None:
    record = personality(_file(tmp_path, 'base = "a7670"\ncgmm = "OURS"\n[sms]\nprompt = "@"\n'))
    modem = Modem(record, Sim("1", "2", "+3"), FakeNetwork(), imei=IMEI, speed=float("inf"))
    modem.power_on(0)
    modem.advance(0)
    modem.feed(b"ATE0\r", 0)
    modem.take_output()
    modem.feed(b"AT+CGMM;+CMGS=20\r", 0)
    assert modem.take_output() == b"\r\nOURS\r\n@"
    assert personality(record.file) == record


def test_a_transcript_holds_the_personality_it_was_recorded_with(tmp_path: Path) -> None:
    file = _file(tmp_path, 'base = "a7670"\ncgmm = "OURS"\n')
    modem = Modem(personality(file), Sim("1", "2", "+3"), FakeNetwork(), imei=IMEI)
    recorder = Recorder(modem, tmp_path / "run.jsonl")
    modem.power_on(0)
    modem.advance(40_000)
    modem.feed(b"AT+CGMM\r", 40_000)
    modem.advance(50_000)
    assert b"OURS" in modem.take_output()
    recorder.close()
    Path(file).write_text('cgmm = "ANOTHER"')
    assert rerun(load(tmp_path / "run.jsonl")) is None
    Path(file).unlink()
    assert rerun(load(tmp_path / "run.jsonl")) is None


# name, text of the file, what the error must name: field and fix
WRONG = [
    ("no such base", 'base = "nokia"', "base", "one of a7670"),
    ("base of another type", "base = 5", "base", "a string"),
    ("misspelt field", 'cgmn = "X"', "cgmn", "did you mean cgmm?"),
    ("misspelt field of a table", "[sms]\nindexbase = 1", "sms.indexbase", "did you mean index_base?"),
    ("a table where none is", "sms = 5", "sms", r"write \[sms\]"),
    ("a number for a string", "cgmm = 5", "cgmm", "a string"),
    ("a string for a number", 'line_limit = "long"', "line_limit", "a whole number"),
    ("a truth value for a number", "[pdp]\ndefault_cid = true", "pdp.default_cid", "a whole number"),
    ("not a list", "acts = 7", "acts", r"write it in \[ \]"),
    ("too few values", '[timings_ms]\n"+CMGS" = [5]', r"timings_ms.\+CMGS", "give 2"),
    ("times the wrong way round", '[timings_ms]\n"+CMGS" = [5, 2]', r"timings_ms.\+CMGS", "shortest and longest"),
    ("a step of another name", '[timings_ms]\n"+CMGX" = [1, 2]', r"timings_ms.\+CMGX", "one of prompt"),
    ("a command nobody knows", 'add_commands = ["+NOSUCH"]', "commands", "COMMANDS.md"),
    ("a store that is none", '[sms]\ndefault_store = "XX"', "sms.default_store", "one of sms.stores"),
    ("default outside its range", "[sms]\ncnmi_default = [9, 0, 0, 0, 0]", r"sms.cnmi_default\[0\]", "one of"),
    ("one default too few", "[sms]\ncnmi_default = [0, 0, 0, 0]", "sms.cnmi_default", "give 5"),
    ("a prompt beyond an octet", '[sms]\nprompt = "\u20ac"', "sms.prompt", "one octet"),
    ("no prompt and no time", '[sms]\nprompt = ""', "sms.body_within_ms", "how long a body may take"),
    ("a word that is no choice", '[sms]\nmissing_ack = "explode"', "sms.missing_ack", "one of routing_off"),
    ("an event that is none", '[sms.errors]\n"meteor" = 5', "sms.errors.meteor", "one of not ready"),
    ("a key that is no number", '[sms.error_words]\nx = "y"', "sms.error_words", "numbers"),
    ("no context for the attach", "[pdp]\ndefault_cid = 99", "pdp.cids", "for example"),
    ("braces that do not fit", '[pdp]\naddress_form = "{ip}"', "pdp.address_form", "{cid} and {address}"),
    (
        "braces that look inside",
        '[pdp]\naddress_form = "{address.__class__}"',
        "pdp.address_form",
        "{cid} and {address}",
    ),
    ("braces that fill memory", '[pdp]\naddress_form = "{cid:>999999999}"', "pdp.address_form", "{cid} and {address}"),
    ("lists without end", "a = " + "[" * 20_000, "is not TOML", "README"),
    ("a boot without a card", '[[boot]]\noffset_ms = 1\nurc = "RDY"\nready = "uart"', "boot", 'ready = "sim"'),
    ("a boot step without its time", '[[boot]]\nurc = "RDY"', r"boot\[0\].offset_ms", "give it in each boot"),
    ("a misspelt field of a step", '[[boot]]\noffset_ms = 1\nurc = "A"\nredy = "uart"', r"boot\[0\].redy", "ready"),
    ("radio state it does not know", "boot_cfun = 5", "boot_cfun", "add it"),
    ("power saving that is none", 'psm_default = ["1", "x"]', "psm_default", "01011111"),
    ("texts among broadcasts", '[sms]\nstores = {SM = 9, BM = 5}\ndefault_store = "BM"', "sms.default_store", "SM"),
    ("commands without a store", "[sms]\nstores = {}", "sms.stores", r'drop_commands = \["\+CMGL", "\+CMGR"'),
    ("a setting nobody keeps", '[kept]\n"+CMGF" = ["(0,1)", "0"]', r"kept.\+CMGF", r"one of \+CRC"),
    ("ranges that are none", '[kept]\n"+URAT" = ["(a-b)", "0"]', r"kept.\+URAT", r"\(0-2\)"),
    ("a report of another kind", 'cereg4_more = ["never"]', "cereg4_more", r'\["urc"\]'),
    ("a name that is none", 'name = "My Modem"', "name", "small letters"),
    ("not TOML", "cgmm = ", "is not TOML", "README"),
    ("not text", "\udcff", "is not TOML", "README"),
]


@pytest.mark.parametrize(("text", "field", "fix"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_file_is_refused_with_field_and_fix(tmp_path: Path, text: str, field: str, fix: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MtmoError) as caught:
        personality(str(path))
    assert re.search(rf"ours\.toml: {field}\b|ours\.toml: {field}", str(caught.value)), caught.value
    assert re.search(fix, str(caught.value)), caught.value


def test_a_pipe_is_no_personality(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ours.toml")
    with pytest.raises(MtmoError, match="is no file"):
        personality(str(tmp_path / "ours.toml"))


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nowhere.toml"], 1, "nowhere.toml: cannot be read: No such file or directory"),
        (["--personality", "wrong.toml"], 1, "wrong.toml: titel: there is no such field (did you mean title?)"),
        (["--personality", "README"], 2, "--personality: README is no .toml file"),
        (["a7670", "--number", "+\u0664\u0664\u0664\u0664\u0664\u0664\u0664\u0664"], 2, "is not an MSISDN"),
        (["a7670", "--personality", "wrong.toml"], 2, "give NAME or --personality FILE, not both"),
    ],
)
def test_the_command_line_says_what_is_wrong(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    (tmp_path / "wrong.toml").write_text('titel = "X"')
    done = subprocess.run([*MTMO, "modem", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
