"""Quectel EC21, EC25, EG21, EG25, EG91 and EG95 (L1; at_dialects §4.2–§4.4, §7.2; EC25 AT manual V1.3, Zephyr).

A second AT+CNMA for one text is answered with +CMS ERROR: 340.
"""

RECORD = {
    "ready": (b"+QIND: SMS DONE", b"+QIND: PB DONE"),
    "card": (b"+CPIN:", b"+QSIMSTAT:", b"+QUSIM:"),
    "urcs": (b"+QIND:", b"+QIURC:", b"+QPING:", b"+QSSLURC:", b"+QMTSTAT:", b"+QNTP:"),
    # serialport-gsm issue 12: URCs may go to another port; keep the UART awake
    "setup": ('AT+QURCCFG="urcport","uart1"', "AT+QSCLK=0"),
    "iccid": "AT+QCCID",
    "send_s": 120,
    "cms": "512T513P514P515F517F528T529F530T531F",  # gammu at-error.c, EC25 V1.3 §21.6
    # -- APN (at_dialects §5)
    "context": (
        'AT+CGDCONT={cid},"{type}","{apn}"',
        'AT+QICSGP={cid},{number},"{apn}","{user}","{password}",{auth}',
    ),
    "auth": (),  # in QICSGP
    "no_auth": (),
    "auth_read": "",
    "roaming": ('AT+QCFG="roamservice",2,1',),
    "activate": ("AT+QIACT={cid}",),
    "address": ("AT+CGPADDR={cid}", "AT+QIACT?|{cid}"),
    "probe": ('AT+QPING={cid},"{host}",10,1', b"+QPING:", 0, 0),
}
