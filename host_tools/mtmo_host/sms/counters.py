"""The operator's counters and epochs on disk: stored before use, never used twice (SC1 §5.7, §5.8, §6)."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtmo_host.durable import locked, write_whole
from mtmo_host.errors import MtmoError
from mtmo_host.sms.sc1 import MAX_CTR

# A clock this far ahead would burn the counters of every device it talks to.
BUILD_DATE = datetime(2026, 11, 22, tzinfo=UTC)
CLOCK_LIMIT_S = int(BUILD_DATE.replace(year=BUILD_DATE.year + 10).timestamp())
_KEPT = 32


class CounterStore:
    """One JSON file for all devices: per device and slot the last counter, the tags sent, the last notice, epochs."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def next(self, devid: str, kid: str, *, now_s: float | None = None) -> int:
        """A fresh counter, already on disk: max(last + 1, unix seconds). Raises MtmoError for a clock too far ahead."""
        seconds = int(time.time() if now_s is None else now_s)
        if seconds > CLOCK_LIMIT_S:
            raise MtmoError(
                f"this clock shows the year {datetime.fromtimestamp(seconds, UTC).year}: it would use up the counters",
                field="clock",
                fix="set the clock, or name the counter with --ctr",
            )
        with locked(self._path):
            state = self._load()
            entry = _entry(state, devid, kid)
            ctr: int = max(entry["last"] + 1, seconds)
            if ctr > MAX_CTR:
                raise MtmoError("is used up", field=f"counter of slot {kid}", fix="rotate its key")
            entry["last"] = ctr
            self._save(state)
        return ctr

    def reserve(self, devid: str, kid: str, ctr: int) -> bool:
        """Notes a counter chosen by hand; False if it is not above the last one, so that a device may refuse it."""
        with locked(self._path):
            state = self._load()
            entry = _entry(state, devid, kid)
            rising: bool = ctr > entry["last"]
            if rising:
                entry["last"] = ctr
                self._save(state)
        return rising

    def note_tag(self, devid: str, kid: str, ctr: int, tag: bytes) -> None:
        """Keeps the tag of a sent command (it is public), by which its replies are verified; the latest 32 a slot."""
        with locked(self._path):
            state = self._load()
            tags = _entry(state, devid, kid)["tags"]
            tags[str(ctr)] = tag.hex()
            _prune(tags)
            self._save(state)

    def tag(self, devid: str, kid: str, ctr: int) -> bytes | None:
        """The tag of a command sent from here, or None."""
        text = _entry(self._load(), devid, kid)["tags"].get(str(ctr))
        return bytes.fromhex(text) if text else None

    def epoch(self, devid: str, kid: str) -> int:
        """The epoch under which the device is known to answer; 1 until it was re-keyed from here."""
        known: int = _entry(self._load(), devid, kid).get("epoch", 1)
        return known

    def next_epoch(self, devid: str, kid: str) -> int | None:
        """The epoch of a rotation that was begun and not seen to end, or None."""
        begun: int | None = _entry(self._load(), devid, kid).get("next_epoch")
        return begun

    def begin_epoch(self, devid: str, kid: str, epoch: int) -> None:
        """Notes that the device is about to be told the key of `epoch`."""
        with locked(self._path):
            state = self._load()
            _entry(state, devid, kid)["next_epoch"] = epoch
            self._save(state)

    def settle_epoch(self, devid: str, kid: str, epoch: int) -> None:
        """Notes that the device has answered under `epoch`."""
        with locked(self._path):
            state = self._load()
            entry = _entry(state, devid, kid)
            if entry.get("epoch", 1) == epoch and "next_epoch" not in entry:
                return
            entry["epoch"] = epoch
            entry.pop("next_epoch", None)
            self._save(state)

    def accept_notice(self, devid: str, kid: str, dctr: int, sms_id: str) -> bool:
        """Whether a verified notice is newer than all before it; remembers it if so.

        The same notice under the same id of the platform is the same SMS read again, and accepted again.
        """
        with locked(self._path):
            state = self._load()
            notices = _entry(state, devid, kid)["notices"]
            if str(dctr) in notices:
                same: bool = notices[str(dctr)] == sms_id
                return same
            if dctr <= max(map(int, notices), default=0):
                return False
            notices[str(dctr)] = sms_id
            _prune(notices)
            self._save(state)
        return True

    def _load(self) -> dict[str, Any]:
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
            slots = state["slots"]
            for entry in slots.values():
                _check(entry)
        except FileNotFoundError:
            return {"slots": {}}
        except OSError as error:
            raise MtmoError(f"cannot be read: {error.strerror}", field=str(self._path)) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise MtmoError(
                "is damaged; using it could repeat a counter",
                field=str(self._path),
                fix="move it away: counters then start at the clock's seconds",
            ) from None
        return {"slots": slots}

    def _save(self, state: dict[str, Any]) -> None:
        write_whole(self._path, json.dumps(state, indent=1, sort_keys=True) + "\n", 0o600)


def _entry(state: dict[str, Any], devid: str, kid: str) -> dict[str, Any]:
    entry: dict[str, Any] = state["slots"].setdefault(f"{devid}/{kid}", {"last": 0, "tags": {}, "notices": {}})
    return entry


def _check(entry: dict[str, Any]) -> None:
    for number in (entry["last"], entry.get("epoch", 1), entry.get("next_epoch", 1)):
        if not isinstance(number, int):
            raise TypeError
    for ctr in (*entry["tags"], *entry["notices"]):
        int(ctr)
    for tag in entry["tags"].values():
        bytes.fromhex(tag)


def _prune(by_counter: dict[str, str]) -> None:
    for old in sorted(by_counter, key=int)[:-_KEPT]:
        del by_counter[old]
