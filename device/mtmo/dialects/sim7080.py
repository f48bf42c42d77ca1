"""SIMCom SIM7070, SIM7080 and SIM7090 (L1; at_dialects §4.2–§4.4, §5.1; LilyGo-T-SIM7080G, TinyGSM).

LilyGO says "no SMS" (T-SIM7080G issue 52), 1NCE shows it on the SIM7000: the network decides.
"""

RECORD = {
    "urcs": (b"*PSUTTZ:", b"DST:", b"+APP PDP:", b"+SNPING4:", b"+CADATAIND:", b"+SMSUB:"),
    "ipr": "AT+IPREX={baud}",  # at_dialects §6
    "send_s": 60,
    # -- APN (at_dialects §5)
    "type_numbers": (1, 2, 0),  # of CNCFG
    "context": (
        'AT+CGDCONT={cid},"{type}","{apn}"',
        'AT+CNCFG=0,{number},"{apn}","{user}","{password}",{auth}',
    ),
    "initial": ('AT+CGAUTH={cid},{auth},"{user}","{password}"',),  # of the attach; CNCFG is the IP application's
    "auth": (),
    "no_auth": (),
    "reboot": "AT+CREBOOT",
    "activate": ("AT+CNACT=0,1", "AT+CGACT=1,{cid}"),
    "address": ("AT+CGPADDR={cid}", "AT+CNACT?"),
    "probe": ('AT+SNPING4="{host}",1,16,5000', b"+SNPING4:", 2, 60000),
}
