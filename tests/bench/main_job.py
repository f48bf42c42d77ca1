"""Does the main job work in that heap? `main_job.py ROOT HEAP_KIB`, of the build in ROOT; exit status 0 if it does.

A first boot, a signed `status`, a signed change of the APN with its report, an hour of rest and a `ping`, without a
MemoryError on the console: the agent of that build, compiled to .mpy, on that build's rig and the interpreter that
MTMO_MICROPYTHON names. HEAP_KIB is what the agent gets; what stands for the board comes on top.
"""

import sys
import tempfile
from pathlib import Path


def works(root: Path, heap_kib: int) -> bool:
    """Whether it does."""
    tests = root / "tests"
    folders = (tests / "micropython", tests / "both" / "shim", tests / "support", tests, root / "host_tools")
    sys.path[:0] = [str(folder) for folder in (*folders, root / "device")]
    from virtual_rig import Rig  # type: ignore[import-not-found]  # of the other build

    with tempfile.TemporaryDirectory() as folder:
        try:
            with Rig(Path(folder), heap_kib=heap_kib) as rig:
                done = rig.ask("status").startswith("OK ") and rig.ask("apn set em") == "Q txn=1"
                rig.run(3600)
                done = done and " state=stable" in rig.ask("apn") and rig.ask("ping") == "OK pong"
                return done and not rig.errors and not any("MemoryError" in line for line in rig.log)
        except (AssertionError, TimeoutError, OSError):
            return False  # it died, or answers no more


if __name__ == "__main__":
    sys.exit(not works(Path(sys.argv[1]), int(sys.argv[2])))
