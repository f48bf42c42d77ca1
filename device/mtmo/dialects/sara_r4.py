"""u-blox SARA-R4 (R410M, R412M, R422) (L1; at_dialects §4.2–§4.4, §6; SARA-R4 AT manual, ubxlib, MKRNB).

Out of the box CNMI is 1,0,0,0,0: nothing is indicated. What is set holds for this AT interface, until the next start.
"""

RECORD = {
    "boot": (b"mtmo boot", b"+AT: READY"),
    "urcs": (b"+UU", b"+UCMT:"),
    # the greeting tells of a restart (ubxlib); keep the UART awake
    "setup": ('AT+CSGT=1,"mtmo boot"', "AT+UPSV=0"),
    "gap_ms": 100,  # ubxlib: R410 and R412
    "cnmi": ("2,1,0,0,0", "1,1,0,0,0", "2,1,0,0,1", "1,1,0,0,1"),  # manual: no mode 3
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0,4", "AT+CEDRXS=0,5"),  # MKRNB issue 104: by access technology
}
