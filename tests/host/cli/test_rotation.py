"""`mtmo keys rotate` against a platform, with a device that keeps SC1 §6, and texts that get lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mtmo_host.commands.decode import command as decode
from mtmo_host.commands.keys import command
from mtmo_host.commands.sms import command as sms
from mtmo_host.errors import MtmoError
from mtmo_host.fleet import rotation, sender
from mtmo_host.fleet.file import Device, upsert
from mtmo_host.fleet.platform import Sms
from mtmo_host.fleet.session import Session, save_session
from mtmo_host.sms import base32, sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.udh import decode_udh, find_concat

IMEI = "356938035643809"


class Board:
    """The device's side of SC1 §6: epochs by slot, a pending one until a message under it arrives."""

    def __init__(self, master: MasterKey, recovery: MasterKey) -> None:
        self.active: dict[str, tuple[int, sc1.SlotKeys]] = {
            "A": (1, master.slot(IMEI)),
            "Z": (1, recovery.slot(IMEI, "Z")),
        }
        self.pending: tuple[int, sc1.SlotKeys] | None = None
        self.seen: list[str] = []

    def hear(self, text: str) -> str | None:
        """The signed answer to a command, or None."""
        kid = sc1.parse(text).kid
        keys = self.active[kid][1]
        try:
            got = sc1.verify_command(keys, IMEI, text)
        except sc1.Sc1Error:
            if kid != "A" or self.pending is None:
                return None
            try:
                got = sc1.verify_command(self.pending[1], IMEI, text)
            except sc1.Sc1Error:
                return None
            self.active["A"], self.pending = self.pending, None
            keys = self.active["A"][1]
        self.seen.append(got.body)
        return sc1.sign_reply(keys, IMEI, kid, got.ctr, got.tag, self._do(kid, got), encrypted=got.encrypted)

    def _do(self, by: str, got: sc1.Command) -> str:
        if not got.body.startswith("key "):
            return "OK pong"
        assert got.encrypted
        _, kid, number, text = got.body.split(" ")
        new = (int(number), sc1.SlotKeys(base32.decode_bits(text)))
        if new[0] <= self.active[kid][0]:
            return "E12 epoch"
        if by == "Z":
            self.active[kid], self.pending = new, None
        else:
            self.pending = new
        return "OK"


class Air:
    """Stands in for the platform's REST client: carries texts to the board at once; `lose(text, mo)` may drop one."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.entries: list[Sms] = []
        self.lose: Callable[[str, bool], bool] = lambda text, mo: False
        self._parts: list[str] = []

    def __enter__(self) -> Air:
        return self

    def __exit__(self, *_: object) -> None: ...

    def log(self, endpoint_id: str) -> list[Sms]:
        return list(self.entries)

    def send(
        self, endpoint_id: str, payload: str, *, source: str, udh: bytes = b"", expiry: datetime | None = None
    ) -> int:
        self._enter(False, payload, udh)
        sent = self.entries[-1].id
        concat = find_concat(decode_udh(udh[1:])) if udh else None
        self._parts.append(payload)
        if concat is None or concat.seq == concat.total:
            text, self._parts = "".join(self._parts), []
            if not self.lose(text, False):
                answer = self.board.hear(text)
                if answer and not self.lose(text, True):
                    self._enter(True, answer, b"")
        return sent

    def _enter(self, mo: bool, payload: str, udh: bytes) -> None:
        number = len(self.entries) + 1
        self.entries.append(Sms(number, mo, payload, 4, "DELIVERED", "12345", udh, "2026-11-22T12:00:00.000+0000"))


@pytest.fixture
def air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    master = MasterKey.create(tmp_path / "fleet.key")
    recovery = MasterKey.create(tmp_path / "recovery.key", recovery=True)
    upsert(tmp_path / "fleet.csv", Device("unit-1", IMEI, platform_id="7"))
    save_session(tmp_path, Session("http://x", "t", str(tmp_path / "fleet.key"), "12345", str(tmp_path / "fleet.csv")))
    air = Air(Board(master, recovery))
    monkeypatch.setattr("mtmo_host.fleet.desk.Platform", lambda url, token, source: air)
    monkeypatch.setattr(sender, "POLL_S", 0.01)
    yield air


def rotate(folder: Path, *words: str, wait: str = "1") -> Result:
    result = CliRunner().invoke(command, ["rotate", "unit-1", "--state", str(folder), "--wait", wait, *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def epochs(folder: Path) -> tuple[int, int | None]:
    counters = CounterStore(folder / "counters.json")
    return counters.epoch(IMEI, "A"), counters.next_epoch(IMEI, "A")


def test_a_rotation_makes_the_new_key_work_and_is_remembered(air: Air, tmp_path: Path) -> None:
    result = rotate(tmp_path)
    assert result.exit_code == 0
    assert "unit-1: rotated, slot A epoch 2" in result.stdout
    assert [body.split(" ")[0] for body in air.board.seen] == ["key", "ping"]
    assert air.board.active["A"][0] == 2
    assert epochs(tmp_path) == (2, None)
    signed = CliRunner().invoke(sms, ["sign", "--imei", IMEI, "--state", str(tmp_path), "ping"]).stdout.strip()
    assert air.board.hear(signed), "the next command is signed under the new epoch"


def test_no_output_shows_the_new_key(air: Air, tmp_path: Path) -> None:
    result = rotate(tmp_path, "--json")
    k_dev = MasterKey.load(tmp_path / "fleet.key").device_key(IMEI, "A", 2)
    state = ["--state", str(tmp_path)]
    watched = CliRunner().invoke(sms, ["watch", "--history", "--for", "0", "--epoch", "1", *state]).stdout
    assert "key A 2 ***" in watched
    sent = "".join(entry.payload for entry in air.entries if not entry.mo).split("*")[1]
    keys = ["--keys", str(tmp_path / "fleet.key"), "--imei", IMEI]
    decoded = CliRunner().invoke(decode, ["--json", *keys, f"*{sent}"]).stdout
    assert "key A 2 ***" in decoded
    for shown in (
        result.output,
        watched,
        decoded,
        (tmp_path / "counters.json").read_text(),
        *(entry.payload for entry in air.entries),
    ):
        assert k_dev.hex() not in shown.lower()
        assert base32.encode_bits(k_dev) not in shown


LOSSES: list[tuple[str, Callable[[str, bool, list[str]], bool], str]] = [
    ("the key command", lambda text, mo, seen: not mo and "!" in text, "unanswered"),
    ("its answer", lambda text, mo, seen: mo and "!" in text, "unanswered"),
    ("the confirmation", lambda text, mo, seen: not mo and " ping" in text, "unconfirmed"),
    ("the answer to the confirmation", lambda text, mo, seen: mo and " ping" in text, "unconfirmed"),
]


@pytest.mark.parametrize(("what", "lost", "outcome"), LOSSES, ids=[row[0] for row in LOSSES])
def test_whatever_is_lost_a_second_run_finishes_it(
    air: Air, tmp_path: Path, what: str, lost: Callable[[str, bool, list[str]], bool], outcome: str
) -> None:
    air.lose = lambda text, mo: lost(text, mo, air.board.seen)
    result = rotate(tmp_path)
    assert result.exit_code == 1
    assert f"unit-1: {outcome}" in result.stdout
    air.lose = lambda text, mo: False
    result = rotate(tmp_path)
    assert "unit-1: rotated, slot A epoch 2" in result.stdout
    assert air.board.active["A"][0] == 2
    assert epochs(tmp_path) == (2, None)


def test_a_stolen_slot_is_taken_back_by_the_recovery_key(air: Air, tmp_path: Path) -> None:
    thief = MasterKey.create(tmp_path / "thief.key")
    air.board.active["A"] = (7, thief.slot(IMEI, "A", 7))
    CounterStore(tmp_path / "counters.json").settle_epoch(IMEI, "A", 7)
    assert "unanswered" in rotate(tmp_path).stdout, "the fleet's own key is worth nothing any more"
    MasterKey.create(tmp_path / "new.key")
    result = rotate(tmp_path, "--by", str(tmp_path / "recovery.key"), "--to", str(tmp_path / "new.key"))
    assert "unit-1: rotated, slot A epoch 8" in result.stdout
    assert air.entries[0].payload.startswith("*A")
    assert any(entry.payload.startswith("*Z") for entry in air.entries)


def test_what_the_device_refuses_is_told(air: Air, tmp_path: Path) -> None:
    air.board.active["A"] = (2, air.board.active["A"][1])
    result = rotate(tmp_path, "--json")
    line: dict[str, Any] = json.loads(result.stdout)
    assert (line["outcome"], line["epoch"], result.exit_code) == (rotation.REFUSED, 2, 1)


def test_only_a_recovery_key_can_be_the_recovery_key(air: Air, tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="no recovery key"):
        rotate(tmp_path, "--by", str(tmp_path / "fleet.key"))


def test_at_the_last_epoch_it_ends(air: Air, tmp_path: Path) -> None:
    CounterStore(tmp_path / "counters.json").settle_epoch(IMEI, "A", 255)
    with pytest.raises(MtmoError, match="255 epochs"):
        rotate(tmp_path)


def test_a_rotation_by_hand_prints_two_texts_and_a_verified_answer_settles_it(air: Air, tmp_path: Path) -> None:
    state = ["--state", str(tmp_path)]
    printed = CliRunner().invoke(command, ["rotate-by-hand", "--imei", IMEI, "--json", *state]).stdout
    first, second = json.loads(printed)["texts"]
    assert air.board.hear(first)
    answer = air.board.hear(second)
    assert epochs(tmp_path) == (1, 2)
    verdict = CliRunner().invoke(sms, ["verify", "--imei", IMEI, "--epoch", "2", *state, str(answer)])
    assert "VERIFIED: OK pong" in verdict.stdout
    assert epochs(tmp_path) == (2, None)
