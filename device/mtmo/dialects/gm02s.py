"""Sequans GM02S (L1; at_dialects §4.2–§4.4; walter-micropython).

SMS is unproven there: it depends on operator and firmware.
"""

RECORD = {
    "boot": (b"+SYSSTART", b"+SHUTDOWN"),
    "urcs": (b"+SQN",),
    "iccid": "AT+SQNCCID",
    # -- APN (at_dialects §5)
    "probe": ('AT+PING="{host}",1', b"+PING:", 2, 60000),
}
