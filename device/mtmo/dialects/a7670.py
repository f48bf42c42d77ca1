"""SIMCom A7670, A76xx and SIM7670 (L1; at_dialects §4.2–§4.4, LilyGo-Modem-Series)."""

RECORD = {
    "boot": (b"*ATREADY:",),
    "urcs": (b"*ATREADY:", b"+NETOPEN:", b"+CPING:"),
    "sim_ready_s": 100,  # LilyGO waits that long for SMS DONE
    "send_s": 60,
}
