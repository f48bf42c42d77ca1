"""u-blox SARA-R5 and LENA-R8 (L1; at_dialects §4.2–§4.4, §6; ubxlib)."""

RECORD = {
    "boot": (b"mtmo boot", b"+AT: READY"),
    "urcs": (b"+UU",),
    # the greeting tells of a restart (ubxlib); keep the UART awake
    "setup": ('AT+CSGT=1,"mtmo boot"', "AT+UPSV=0"),
    "gap_ms": 20,  # ubxlib
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0,4", "AT+CEDRXS=0,5"),  # as SARA-R4
}
