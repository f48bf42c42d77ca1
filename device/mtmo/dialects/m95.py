"""Quectel M95, M66, M26 and MC60 (L1; at_dialects §4.2–§4.4)."""

RECORD = {
    "urcs": (b"+PDP DEACT", b"+QNTP:", b"+QPING:"),
    "setup": ("AT+QSCLK=0",),  # keep the UART awake
    "iccid": "AT+QCCID",
    "registration": ("CREG", "CGREG"),  # GSM and GPRS only
    "send_s": 120,
    "power_saving": (),  # neither PSM nor eDRX on GSM
}
