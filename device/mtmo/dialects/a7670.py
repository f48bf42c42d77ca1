"""SIMCom A7670, A76xx and SIM7670 (L1; at_dialects §4.2–§4.4, A76XX AT manual V1.09, LilyGo-Modem-Series).

The prompt of a SIM7670G is CR LF > CR LF (gammu issue 1176).
"""

RECORD = {
    "boot": (b"*ATREADY:", b"RDY"),
    "card": (b"+CPIN:", b"+SIMCARD:"),
    "urcs": (b"+NETOPEN:", b"+CPING:"),
    "sim_ready_s": 100,  # LilyGO waits that long for SMS DONE
    "iccid": "AT+CICCID",
    "send_s": 60,
    "power_saving": (),  # LTE Cat 1: neither PSM nor eDRX
    # -- APN (at_dialects §5)
    # the password first (A76XX V1.09 §5.2.16); LilyGO sends the user first
    "auth": (
        ('AT+CGAUTH={cid},{auth},"{password}","{user}"',),
        ('AT+CGAUTH={cid},{auth},"{user}","{password}"',),
    ),
    "reboot": "AT+CRESET",
    "probe": ('AT+CPING="{host}",1,1', b"+CPING:", 0, 2),  # as SIM7600
}
