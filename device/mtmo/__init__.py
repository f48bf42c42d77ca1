"""mtmo: secure SMS remote control for a board with a cellular modem.

Rooms, a module or a package whose __init__ is its main noun; imports point down only: L0 errors clock heap log ·
L1 at tpdu envelope access settings calendar apn_profile apn_rules dialects store · L2 journal keys modem inbox outbox ·
L3 apn verbs gate · dispatch crash · L4 agent prompt provision · L5 wiring board identity locked flashed.
Nothing heavy is imported before it is used.
"""

__version__ = "0.1.0"


def __getattr__(name: str):
    if name == "Agent":
        from .flashed import Agent

        return Agent
    if name == "identify":
        from .identity import identify

        return identify
    if name == "trace":
        from .at.trace_text import show

        return show
    if name == "VerbError":
        from .errors import VerbError

        return VerbError
    if name[0] == "_":
        raise AttributeError(name)
    # MicroPython asks here for a submodule that `from . import …` names before it looks for its file
    return __import__("mtmo." + name, None, None, (name,))


def unload(*names: str) -> None:
    """Give back the RAM of modules that are used rarely; the next import loads them again."""
    import gc
    import sys

    for name in names:
        if sys.modules.pop("mtmo." + name, None) is not None:
            parent, _, last = ("mtmo." + name).rpartition(".")
            delattr(sys.modules[parent], last)
    gc.collect()


def once(name: str, stays: bool = False):
    """Module `name` of the agent for what happens rarely: whoever lets go of it gives its heap back, if not `stays`."""
    module = __import__("mtmo." + name, None, None, (name,))
    if not stays:
        unload(name)
    return module


def boot() -> None:
    """From boot.py, with Ctrl-C off. On a locked board main.py runs in here, and this does not come back.

    Else keep the watchdog fed while nobody runs the agent: `mpremote` may work after a soft reset.
    """
    from . import heap

    heap.keep_compact()
    from . import board

    locked = board.is_locked()
    _open_window(board)
    if locked:
        once("locked").run_main()


def run() -> None:
    """From main.py: serve until Ctrl-C or `repl`; then the person at the cable has a service window and the REPL.

    A locked board gives neither: it restarts.
    """
    from . import board, heap
    from .errors import ConfigError

    agent = None
    try:
        board.listen_to_ctrl_c(not board.is_locked())
        heap.keep_compact()
        import asyncio

        from .flashed import Agent

        agent = Agent.from_flash()
        asyncio.run(agent.serve())
    except KeyboardInterrupt:
        _stop(board, " by Ctrl-C; Ctrl-D starts it again")
    except ConfigError as error:
        _stop(board, ": %s" % error)
    except BaseException as error:  # noqa: BLE001 - nobody can reach the device to restart it
        import sys

        sys.print_exception(error)
        try:
            board.restart_soon(_crashes(board, agent is None))
        except KeyboardInterrupt:
            _stop(board, " by Ctrl-C")


def _stop(board, why: str) -> None:
    print("mtmo: stopped" + why)
    _open_window(board)
    if board.is_locked():
        board.restart_soon()
    import asyncio

    asyncio.new_event_loop()


def _crashes(board, is_new: bool) -> int:
    # how many in a row; one that ended the agent itself is written down already
    try:
        crash = once("crash")
        store = board.Store()
        return crash.note(store) if is_new else crash.in_a_row(store)
    except Exception:  # noqa: BLE001 - neither flash nor heap must keep it from starting again
        return 0


def _open_window(board) -> None:
    from .errors import ConfigError

    try:
        board.open_window(board.read_config())
    except ConfigError as error:
        print("mtmo:", error)
