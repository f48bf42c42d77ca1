"""Sierra Wireless HL78xx (L1; at_dialects §4.2–§4.4, §7.2; Zephyr hl78xx)."""

RECORD = {
    "boot": (b"+KSUP:",),
    "urcs": (b"+KCNX_IND:", b"+KUDP_IND", b"+KSTATEV:", b"+WDSI:"),
    "setup": ("AT+KSREP=1", "AT+KSLEEP=2"),  # say +KSUP after a start; never sleep
    "cms": "606T",  # gammu at-error.c, HL78xx rev 11
}
