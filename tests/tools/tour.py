"""Runs the README's tour against a fresh `mtmo up` and writes what was really printed to build/tour.txt."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "build" / "tour.txt"
BIN = Path(sys.executable).parent

STEPS = [
    "mtmo sms send unit-1 -m status",
    "mtmo sms send unit-1 -m 'apn set em'",
    "mtmo sms send unit-2 -m 'apn set wrong'",
    "mtmo sms send unit-1 --unsigned -m 'apn set evil' --wait 5",
    "curl -s http://127.0.0.1:8080/emulator/v1/endpoint/11380001/log | grep -o 'refused[^\"]*'",
    "mpremote connect ~/.local/state/mtmo/repl/unit-3 exec 'import mtmo; print(mtmo.__version__)' + reset",
]


def main() -> None:
    """Start, walk, write."""
    with tempfile.TemporaryDirectory() as home:
        state = Path(home) / ".local" / "state"
        environment = {**os.environ, "HOME": home, "XDG_STATE_HOME": str(state), "PATH": f"{BIN}:{os.environ['PATH']}"}
        with subprocess.Popen(
            ["mtmo", "up", "--devices", "3"], env=environment, stdout=subprocess.PIPE, text=True
        ) as up:
            assert up.stdout is not None
            said = ["$ make run"]
            for line in up.stdout:
                said.append(line.rstrip())
                if line.startswith("Ctrl-C"):
                    break
            time.sleep(2)
            for step in STEPS:
                done = subprocess.run(
                    ["sh", "-c", step], env=environment, capture_output=True, text=True, timeout=300, check=False
                )
                said += ["", f"$ {step}", *(done.stdout + done.stderr).rstrip().splitlines()]
            up.terminate()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(said).replace(home, "~") + "\n")


if __name__ == "__main__":
    main()
