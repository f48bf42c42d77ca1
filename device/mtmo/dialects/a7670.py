"""SIMCom A7670, A76xx and SIM7670 (L1; at_dialects §4.2–§4.4, LilyGo-Modem-Series).

The prompt of a SIM7670G is CR LF > CR LF (gammu issue 1176).
"""

RECORD = {
    "boot": (b"*ATREADY:", b"RDY"),
    "urcs": (b"+NETOPEN:", b"+CPING:"),
    "sim_ready_s": 100,  # LilyGO waits that long for SMS DONE
    "iccid": "AT+CICCID",
    "send_s": 60,
    "power_saving": (),  # LTE Cat 1: neither PSM nor eDRX
}
