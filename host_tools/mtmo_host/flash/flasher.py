"""The whole of `mtmo flash` below its options: files, identity, provisioning, reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.flash.files import PROVISION, board_files, serialise
from mtmo_host.flash.held import Held, check_chip, read_held
from mtmo_host.flash.provision import check_imei, identify, warnings
from mtmo_host.flash.romfs import deploy
from mtmo_host.flash.romfs_image import build_romfs, split_package
from mtmo_host.flash.sync import Changes, sync, write_file
from mtmo_host.flash.transport import Board
from mtmo_host.flash.ways import FROZEN, Ground, check_way, read_ground, say_heap
from mtmo_host.flash.wishes import Wishes, stays
from mtmo_host.flash.wishes import changes as changes_of
from mtmo_host.profile import Profile

_ANY_IMEI = "0" * 15  # until the modem has said its own
Progress = Callable[[int], object]  # octets dealt with


@dataclass(frozen=True)
class Outcome:
    """What a run did; `imei` is None where nobody has said it and the board does not know it."""

    changes: Changes
    provisioned: bool
    imei: str | None

    def summary(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "copied": self.changes.copied,
            "unchanged": self.changes.unchanged,
            "removed": self.changes.removed,
            "provisioned": self.provisioned,
            "imei": self.imei,
        }


def flash_board(
    port: str,
    profile: Profile,
    wishes: Wishes | None = None,
    imei: str | None = None,
    *,
    romfs: bool = False,
    force: bool = False,
    fresh: bool = False,
    tell: Callable[[str], object] = lambda line: None,
    progress: Callable[[int], Progress] = lambda total: lambda octets: None,
) -> Outcome:
    """Brings the board at `port` up to date, provisions it, and restarts it.

    `wishes` say what of its keys, allow-list and settings changes; None leaves all of them alone, `fresh` forgets what
    is not named. `imei` saves asking the modem. `romfs` puts the agent into the board's ROMFS partition, else it goes
    to /lib. A board with another chip than the profile's, or with somebody else's ROMFS, is refused without `force`.
    `tell` gets what is going to be done, a line at a time, before anything is written; `progress` is told the
    total of octets, and returns what is called for each part. Raises MtmoError; what was done so far stays, and the
    next run resumes.
    """
    files = board_files(profile)
    with Board(port, profile.flash.baud) as board:
        found = read_held(board)
        try:
            check_chip(found, profile.mcu, port)
        except MtmoError as error:
            if not force:
                raise
            tell(f"--force: {error.message}")
        held = Held(apn=found.apn) if fresh else found
        ground = read_ground(board)
        files, image = _sorted_out(ground, files, romfs)
        check_way(ground, romfs, len(image), port, force=force)
        tell(f"the board: {found.machine}, {f'IMEI {found.devid}' if found.provisioned else 'nobody has it yet'}")
        if wishes is not None:
            _announce(profile, wishes, held, found, imei or held.devid or _ANY_IMEI, tell)
        for line in say_heap(ground, romfs):
            tell(line)
        done = progress(sum(map(len, files.values())) + len(image))
        written = romfs and deploy(board, image, ground, tell, done)
        changes = sync(board, files, done, partial(_announce_files, tell))
        if romfs:
            changes.note("/rom", written)
        if wishes is not None and imei is None and wishes.needs_imei(held):
            imei = check_imei(identify(board)["imei"], typed=False)
        imei = imei or found.devid or None
        provisioned = wishes is not None and _provision(board, wishes.record(held, imei or ""), found, changes)
        board.reset()
    return Outcome(changes, provisioned, imei)


def _sorted_out(ground: Ground, files: dict[str, bytes], romfs: bool) -> tuple[dict[str, bytes], bytes]:
    """The files that belong on this board, and the image for its partition; empty without one."""
    package, rest = split_package(files)
    if romfs:
        return rest, build_romfs(package)
    return (rest if FROZEN in ground.places else files), b""


def _announce(
    profile: Profile, wishes: Wishes, held: Held, found: Held, imei: str, tell: Callable[[str], object]
) -> None:
    record = wishes.record(held, imei)
    for line in changes_of(found, record):
        tell(f"changes: {line.replace(_ANY_IMEI, 'as the modem says it')}")
    if kept := stays(found, record):
        tell(f"stays: {kept}")
    for warning in warnings(record, profile.virtual):
        tell(f"warning: {warning}")


def _announce_files(tell: Callable[[str], object], different: list[str], stale: list[str]) -> None:
    tell(f"files: {len(different)} to copy, {len(stale)} to remove")


def _provision(board: Board, record: dict[str, Any], found: Held, changes: Changes) -> bool:
    """Whether there was something to provision: it is written, and the agent takes it over when it starts."""
    if not changes_of(found, record):
        return False
    write_file(board, PROVISION, serialise(record))
    changes.copied.append(PROVISION)
    return True
