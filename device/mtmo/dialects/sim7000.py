"""SIMCom SIM7000 (L1; at_dialects §4.2–§4.4; 1NCE transcripts, LilyGO-T-SIM7000G)."""

RECORD = {
    "urcs": (b"*PSUTTZ:", b"DST:", b"+APP PDP:", b"+SAPBR"),
    "send_s": 60,
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0"),  # MKRNB issue 104: late texts with the defaults
}
