"""A file of the flash tool that is cut or damaged is refused, whatever the interpreter's JSON reader takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mpy import ROOT, run_micropython

from mtmo_host import profile
from mtmo_host.flash import files, provision

BOARD_KEYS = "board,inputs,mcu,modem,outputs,pins,power,uart,watchdog_ms"
PROVISION_KEYS = "allow,demo,devid,keys,settings"
PROVISION = provision.record(
    "350000000000006",
    keys=[{"kid": "A", "epoch": 1, "role": "admin", "key": "11" * 32}],
    allow=[["+491511234567", "admin"]],
    settings={"lock": True},
)
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    name: (BOARD_KEYS, profile.load(name).board_json()) for name in profile.names()
}
FILES["provision"] = (PROVISION_KEYS, PROVISION)


def tried(folder: Path, octets: bytes, keys: str, lax: str = "") -> dict[str, Any]:
    (folder / "file").write_bytes(octets)
    script = ROOT / "tests" / "micropython" / "inside" / "damaged_files.py"
    status, said = run_micropython(script, ["/x.json", keys, str(folder / "file"), lax], [ROOT / "device"])
    assert status == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("lax", ["", "lax"])
@pytest.mark.parametrize(("keys", "record"), FILES.values(), ids=FILES)
def test_a_cut_or_damaged_file_of_the_flash_tool_is_refused(
    tmp_path: Path, keys: str, record: dict[str, Any], lax: str
) -> None:
    octets = files.serialise(record)
    found = tried(tmp_path, octets, keys, lax)
    assert found == {"whole": record, "cut": [len(octets), 0], "flipped": [8 * len(octets), 0]}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize(("keys", "record"), FILES.values(), ids=FILES)
def test_an_unchecked_file_of_an_earlier_tool_is_taken_when_it_is_whole(
    tmp_path: Path, keys: str, record: dict[str, Any], separators: tuple[str, str]
) -> None:
    octets = json.dumps(record, sort_keys=True, separators=separators).encode()
    found = tried(tmp_path, octets, keys)
    assert (found["whole"], found["cut"]) == (record, [len(octets), 0])


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b"7", b'{"board":"unix"}', b"\xff}", b'{"crc32":"00000000"}'])
def test_what_is_no_file_of_the_flash_tool_is_refused(tmp_path: Path, octets: bytes) -> None:
    assert tried(tmp_path, octets, BOARD_KEYS)["whole"] is None
