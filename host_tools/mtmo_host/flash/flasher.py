"""The whole of `mtmo flash` below its options: files, identity, provisioning, reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mtmo_host.flash.files import PROVISION, board_files, serialise
from mtmo_host.flash.provision import Provisioner, applied, check_imei, identify
from mtmo_host.flash.sync import Changes, sync, write_file
from mtmo_host.flash.transport import Board
from mtmo_host.profile import Profile

Progress = Callable[[int], object]  # octets dealt with


@dataclass(frozen=True)
class Outcome:
    """What a run did; `imei` is None when nobody asked for it."""

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
    provisioner: Provisioner | None = None,
    imei: str | None = None,
    *,
    progress: Callable[[int], Progress] = lambda total: lambda octets: None,
) -> Outcome:
    """Brings the board at `port` up to date, provisions it, and restarts it.

    `provisioner` makes /provision.json from the IMEI; None leaves keys and settings alone. `imei` saves asking the
    modem. `progress` is told the total of octets, and returns what is called for each part. Raises MtmoError; what was
    done so far stays, and the next run resumes.
    """
    files = board_files(profile)
    with Board(port, profile.flash.baud) as board:
        changes = sync(board, files, progress(sum(map(len, files.values()))))
        provisioned = False
        if provisioner is not None:
            imei = imei or check_imei(identify(board)["imei"], typed=False)
            provision = provisioner(imei)
            if not applied(board, provision):
                write_file(board, PROVISION, serialise(provision))
                changes.copied.append(PROVISION)
                provisioned = True
        board.reset()
    return Outcome(changes, provisioned, imei)
