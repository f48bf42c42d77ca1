"""SIMCom SIM7070, SIM7080 and SIM7090 (L1; at_dialects §4.2–§4.4, §5.1; LilyGo-T-SIM7080G, TinyGSM).

LilyGO says "no SMS" (T-SIM7080G issue 52), 1NCE shows it on the SIM7000: the network decides.
"""

RECORD = {
    "urcs": (b"*PSUTTZ:", b"DST:", b"+APP PDP:", b"+SNPING4:", b"+CADATAIND:", b"+SMSUB:"),
    "ipr": "AT+IPREX={baud}",  # at_dialects §6
    "send_s": 60,
}
