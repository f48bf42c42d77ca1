"""Quectel M95, M66, M26 and MC60 (L1; at_dialects §4.2–§4.4)."""

RECORD = {
    "card": (b"+CPIN:", b"+QSIMSTAT:"),
    "urcs": (b"+PDP DEACT", b"+QNTP:", b"+QPING:"),
    "setup": ("AT+QSCLK=0",),  # keep the UART awake
    "iccid": "AT+QCCID",
    "registration": ("CREG", "CGREG"),  # GSM and GPRS only
    "send_s": 120,
    "power_saving": (),  # neither PSM nor eDRX on GSM
    # -- APN (at_dialects §5)
    "context": (
        'AT+CGDCONT={cid},"{type}","{apn}"',
        'AT+QICSGP=1,"{apn}","{user}","{password}"',
    ),
    "auth": (),  # in QICSGP, which takes no protocol
    "no_auth": (),
    "auth_read": "",
    "types": ("ip",),  # GPRS
    "activate": ("AT+QIFGCNT=0", "AT+QIREGAPP", "AT+QIACT"),  # as TinyGSM and RT-Thread start it; OK again when active
    "address": (),  # AT+QILOCIP ends without OK
    "granted": False,  # GPRS
    "probe": ('AT+QPING="{host}",10,1', b"+QPING:", 0, 0),
}
