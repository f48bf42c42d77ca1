"""SIMCom SIM800, SIM808, SIM868 and SIM900 (L1; at_dialects §4.2–§4.4, §7.2; SIM800 AT manual V1.09).

None of its boot lines comes while it finds the baud rate by itself (IPR=0; arduino-sim808 issue 23).
"""

RECORD = {
    "card": (b"+CPIN:", b"+CSMINS:"),
    "urcs": (b"*PSNWID:", b"*PSUTTZ:", b"DST:", b"+CDRIND:", b"+PDP: DEACT", b"+CMTE:", b"CHARGE-ONLY"),
    "setup": ("AT+CIURC=1", "AT+CSCLK=0"),  # say "SMS Ready"; keep the UART awake
    "registration": ("CREG", "CGREG"),  # GSM and GPRS only
    # status reports by ds=2 are refused (faucamp/python-gsmmodem issue 60), so none is asked for
    "cnmi": ("2,1,0,0,0", "2,1,0,1,0", "1,1,0,0,0", "3,1,0,0,0"),
    "send_s": 60,  # manual: at most 60 s
    # gammu at-error.c, SIM800 v1.01 §19.2; 512 is "no error" and stays unknown
    "cms": "513P514P515F516F517F518P519P520P521T522T528T529F530T531F532T",
    "power_saving": (),  # neither PSM nor eDRX on GSM
    # -- APN (at_dialects §5)
    "apn_max": 64,  # manual, +SAPBR
    "types": ("ip",),  # of +SAPBR
    # the bearer of the manual's own services, beside the context (at_dialects §5.1)
    "context": (
        'AT+CGDCONT={cid},"{type}","{apn}"',
        'AT+SAPBR=3,1,"Contype","GPRS"',
        'AT+SAPBR=3,1,"APN","{apn}"',
    ),
    "auth": (('AT+SAPBR=3,1,"USER","{user}"', 'AT+SAPBR=3,1,"PWD","{password}"'),),
    "no_auth": ('AT+SAPBR=3,1,"USER",""', 'AT+SAPBR=3,1,"PWD",""'),
    "auth_read": "",
    "attach_s": 85,  # at_dialects §4.5
    "activate": ("AT+SAPBR=1,1",),
    "activate_s": 85,
    "address": ("AT+SAPBR=2,1",),
    "granted": False,  # Rel-99
    "probe": ('AT+CIPPING="{host}",1,32,50', b"+CIPPING:", 2, 600),  # 600: no reply
}
