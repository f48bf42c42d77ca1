"""Where the command `mtmo` begins, and `python -m mtmo_host`: until it has loaded, a signal just ends it."""

import signal

# Before anything else: while modules load there is nothing to clean up, and a KeyboardInterrupt in an import is a
# traceback, or swallowed by CPython.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from mtmo_host.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
