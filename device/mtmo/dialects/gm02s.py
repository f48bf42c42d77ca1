"""Sequans GM02S (L1; at_dialects §4.2–§4.4; walter-micropython).

SMS is unproven there: it depends on operator and firmware.
"""

RECORD = {
    "boot": (b"+SYSSTART",),
    "urcs": (b"+SYSSTART", b"+SHUTDOWN", b"+SQN"),
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0"),
}
