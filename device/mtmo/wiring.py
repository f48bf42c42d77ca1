"""Refuses a profile whose modem is on the REPL's UART: texts would be typed into Python (L3; sms_security case 82).

Loaded at boot, for a moment.
"""

from .errors import ConfigError


def check(config: dict, dupterm) -> None:
    """Raises ConfigError where the UART of board.json is the REPL's, or has been given to os.dupterm.

    `dupterm` is that function, None where there is none.
    """
    number = config["uart"]["id"]
    if number == 0 and config.get("mcu", "")[:5] == "esp32":
        raise ConfigError("/board.json", "uart.id: the REPL is on UART 0, and texts would be typed into Python")
    if dupterm is None:
        return
    other = dupterm(None)  # the only way to see it
    if other is None:
        return
    dupterm(other)
    if repr(other).startswith("UART(%d," % number):
        raise ConfigError("/board.json", "uart.id: os.dupterm has UART %d, take that out of boot.py" % number)
