"""Quectel BG95, BG96 and BG77 (L1; at_dialects §4.2–§4.4, §5.1; Sixfab pico_lte, Zephyr).

On NB-IoT networks there is often no SMS.
"""

RECORD = {
    "boot": (b"RDY", b"APP RDY", b"POWERED DOWN", b"PSM POWER DOWN", b"NORMAL POWER DOWN"),
    "ready": (b"+QIND: SMS DONE", b"APP RDY"),
    "card": (b"+CPIN:", b"+QSIMSTAT:", b"+QUSIM:"),
    "urcs": (b"+QIND:", b"+QIURC:", b"+QPING:", b"+QGPSURC:", b"+QLWURC:"),
    # serialport-gsm issue 12: URCs may go to another port; keep the UART awake
    "setup": ('AT+QURCCFG="urcport","uart1"', "AT+QSCLK=0"),
    "iccid": "AT+QCCID",
    "send_s": 120,
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
