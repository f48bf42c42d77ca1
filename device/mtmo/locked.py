"""What boot.py does on a locked board: it runs main.py itself and never ends, so that no REPL can follow (L5).

The port would switch Ctrl-C on for main.py again, and show the REPL behind it (design 4.9). Ports with USB of their own
start it behind boot.py: a locked board has none.
"""

import sys

from . import board


def run_main() -> None:
    """Run main.py; however it ends, the board restarts. Does not come back."""
    try:
        _main()
    except BaseException as error:  # noqa: BLE001 - a SystemExit would be a soft reset, and all else the REPL
        sys.print_exception(error)
    board.restart_soon()


def _main() -> None:
    try:
        with open("main.py") as file:
            program = compile(file.read(), "main.py", "exec")
    except OSError:
        __import__("main")  # frozen into the firmware
        return
    exec(program, {"__name__": "__main__"})  # noqa: S102 - as the port does
