"""`mtmo up --record DIR`: the lines of whole devices as files, and that each runs again without a difference."""

from __future__ import annotations

import json
from pathlib import Path

from lab_rig import Up, make_key, mtmo, running

from mtmo_host.emulator.transcript import AGENT, load


def test_each_device_of_mtmo_up_is_recorded_and_replays(tmp_path: Path) -> None:
    folder = tmp_path / "transcripts"
    with running(Up(tmp_path / "state", make_key(tmp_path), "--record", folder, devices=2)) as up:
        up.ask(up.devices[0], "status")
    assert [path.name for path in sorted(folder.iterdir())] == ["unit-1.jsonl", "unit-2.jsonl"]
    first, second = (load(path) for path in sorted(folder.iterdir()))
    assert b"AT+CMGS=" in first.octets(AGENT)
    assert b"AT+CMGS=" not in second.octets(AGENT)
    for transcript in (first, second):
        assert transcript.path.stat().st_mode & 0o777 == 0o600
        done = mtmo("replay", transcript.path, "--as", "agent", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["octets"] > 500
