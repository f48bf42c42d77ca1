"""SIMCom SIM7000 (L1; at_dialects §4.2–§4.4; 1NCE transcripts, LilyGO-T-SIM7000G)."""

RECORD = {
    "urcs": (b"*PSUTTZ:", b"DST:", b"+APP PDP:", b"+SAPBR", b"+CADATAIND:", b"+CMQ"),
    "ipr": "AT+IPREX={baud}",  # at_dialects §6: IPR alone is forgotten
    "send_s": 60,
    # -- APN (at_dialects §5)
    "initial": ('AT+CNCFG=1,"{apn}"',),  # of the IP application (1NCE)
    "reboot": "AT+CREBOOT",
    "address": ("AT+CGPADDR={cid}", "AT+CNACT?"),
    "probe": ('AT+SNPING4="{host}",1,16,5000', b"+SNPING4:", 2, 60000),
}
