"""mtmo: secure SMS remote control for a board with a cellular modem.

Layers, imports point down only: L0 errors log clock heap trace_ring trace_text · L1 pure: at commands gsm7 ucs2
tpfields userdata tpdu status_report segment concat envelope access setting_table setting_rules settings limits mute
apn_causes apn_rules send_errors order dialects · L2 router chat store · L3 modem bring_up sms_setup sync recovery
reread pin inbox routed outbox journal keys doors gate unsigned quarantine desk after_cut notices schedule ready prompt
apn apn_open apn_attempt apn_ladder apn_modem apn_write apn_moves apn_restore provision wiring verbs · L4 agent · L5
board flashed identity. Nothing heavy is imported before it is used.
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
        from .trace_text import show

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


def once(name: str):
    """Module `name` of the agent for what happens rarely: whoever lets go of it gives its heap back."""
    module = __import__("mtmo." + name, None, None, (name,))
    unload(name)
    return module


def boot() -> None:
    """From boot.py: keep the watchdog fed while nobody runs the agent: `mpremote` may work after a soft reset."""
    from . import heap

    heap.keep_compact()
    from . import board
    from .errors import ConfigError

    if board.is_locked():
        board.lock()
    try:
        board.open_window(board.read_config())
    except ConfigError as error:
        print("mtmo:", error)


def run() -> None:
    """From main.py: serve until Ctrl-C or `repl`; then the person at the cable has a service window and the REPL."""
    from . import heap

    heap.keep_compact()
    import asyncio

    from . import board
    from .errors import ConfigError
    from .flashed import Agent

    try:
        agent = Agent.from_flash()
        if agent.settings["lock"]:
            board.lock()
        asyncio.run(agent.serve())
    except ConfigError as error:
        print("mtmo: stopped:", error)
        boot()
        if board.is_locked():
            board.restart_soon()
    except KeyboardInterrupt:
        print("mtmo: stopped by Ctrl-C; Ctrl-D starts it again")
        boot()
    except Exception as error:  # noqa: BLE001 - nobody can reach the device to restart it
        import sys

        sys.print_exception(error)
        board.restart_soon()
    finally:
        asyncio.new_event_loop()
