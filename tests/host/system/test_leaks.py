"""The watch over secrets sees what it should: a planted one in output, in a log, or in an open file fails a test."""

from __future__ import annotations

from pathlib import Path

import pytest

import leaks
from mtmo import log
from mtmo_host.sms import base32
from mtmo_host.sms.keys import MasterKey

IMEI = "356938035643809"

# what gets out, and how: text from the key and the device's key
WAYS = [
    ("the master key", lambda key: key.octets.hex()),
    ("in capitals", lambda key: key.octets.hex().upper()),
    ("a device's key", lambda key: key.device_key(IMEI).hex()),
    ("a device's key as in a text", lambda key: base32.encode_bits(key.device_key(IMEI))),
]


@pytest.mark.parametrize(("what", "written"), WAYS, ids=[row[0] for row in WAYS])
def test_a_key_in_output_or_in_an_open_file_is_seen(tmp_path: Path, what: str, written: object) -> None:
    key = MasterKey.create(tmp_path / "fleet.key")
    key.slot(IMEI)
    secret = written(key)  # type: ignore[operator]
    assert leaks.leaks([("stdout", f"key {secret}\n")], None)
    (tmp_path / "open.log").write_text(secret)
    (tmp_path / "open.log").chmod(0o644)
    (report,) = leaks.leaks([], tmp_path)
    assert report.startswith("open.log: ")
    assert secret not in report
    (tmp_path / "open.log").chmod(0o600)
    assert not leaks.leaks([("stdout", "nothing")], tmp_path)


def test_what_the_agent_hides_must_stay_hidden() -> None:
    log.hide("Kx7-agent-password")
    assert leaks.leaks([("log", "user u1 Kx7-agent-password")], None)
    assert not leaks.leaks([("log", log.masked("user u1 Kx7-agent-password"))], None)


@pytest.mark.leaks
def test_a_test_that_lets_a_secret_out_fails(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import leaks\ndef pytest_configure(config): config.pluginmanager.register(leaks)")
    pytester.makeini("[pytest]\nmarkers = leaks: on purpose")
    pytester.makepyfile(
        """
        import leaks, pytest
        def test_prints(): leaks.hide("planted-secret"); print("planted-secret")
        def test_writes(tmp_path): leaks.hide("planted-secret"); (tmp_path / "x").write_text("planted-secret")
        @pytest.mark.leaks
        def test_on_purpose(): leaks.hide("planted-secret"); print("planted-secret")
        def test_is_silent(): print("nothing")
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2, failed=2)
