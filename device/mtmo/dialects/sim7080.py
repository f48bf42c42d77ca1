"""SIMCom SIM7070 and SIM7080 (L1; at_dialects §4.2–§4.4, §5.1; LilyGo-T-SIM7080G, TinyGSM)."""

RECORD = {
    "urcs": (b"*PSUTTZ:", b"DST:", b"+APP PDP:", b"+SNPING4:"),
    "send_s": 60,
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0"),
}
