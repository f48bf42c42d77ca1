"""SIMCom SIM7500 and SIM7600 (L1; at_dialects §4.2–§4.4, §6; ModemManager simtech, LilyGO T-SIM7600X).

Indices in its store start at 0; blank lines and doubled CR stand between its answers.
"""

RECORD = {
    "card": (b"+CPIN:", b"+SIMCARD:"),
    "urcs": (b"+CNSMOD:", b"+NITZ:", b"MISSED_CALL:", b"VOICE CALL:", b"+NETOPEN:", b"+CPING:"),
    "sim_ready_s": 60,  # PB DONE after 15 to 25 s (LilyGO)
    "iccid": "AT+CICCID",
    "send_s": 60,
    "power_saving": (),  # LTE Cat 1 and Cat 4: neither PSM nor eDRX
    # -- APN (at_dialects §5)
    # the password first (manual V3.00, as TinyGSM PR 794 quotes it); LilyGO's fork sends the user first
    "auth": (
        ('AT+CGAUTH={cid},{auth},"{password}","{user}"',),
        ('AT+CGAUTH={cid},{auth},"{user}","{password}"',),
    ),
    "reboot": "AT+CRESET",
    "address": ("AT+CGPADDR={cid}", "AT+IPADDR"),
    "probe": ('AT+CPING="{host}",1,1', b"+CPING:", 0, 2),  # 1: reply, 2: none, 3: the sum
}
