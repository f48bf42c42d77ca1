"""Quectel BG95, BG96 and BG77 (L1; at_dialects §4.2–§4.4, §5.1; Sixfab pico_lte, Zephyr)."""

RECORD = {
    "boot": (b"RDY", b"APP RDY"),
    "urcs": (b"APP RDY", b"+QIND:", b"+QUSIM:", b"+QIURC:", b"+QPING:", b"PSM POWER DOWN"),
    "setup": ('AT+QURCCFG="urcport","uart1"',),  # serialport-gsm issue 12: URCs may go to another port
    "send_s": 120,
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0"),
}
