"""u-blox SARA-R4 (R410M, R412M, R422) (L1; at_dialects §4.2–§4.4, §6; SARA-R4 AT manual, ubxlib, MKRNB).

Out of the box CNMI is 1,0,0,0,0: nothing is indicated. What is set holds for this AT interface, until the next start.
"""

RECORD = {
    "boot": (b"mtmo boot", b"+AT: READY"),
    "card": (b"+CPIN:", b"+UUSIMSTAT:"),
    "urcs": (b"+UU", b"+UCMT:"),
    # the greeting tells of a restart (ubxlib); keep the UART awake
    "setup": ('AT+CSGT=1,"mtmo boot"', "AT+UPSV=0"),
    "ack_s": 150,  # manual: AT+CNMA may take that long
    "prompt_gap_ms": 50,  # ubxlib
    "gap_ms": 100,  # ubxlib: R410 and R412
    "cnmi": ("2,1,0,0,0", "1,1,0,0,0", "2,1,0,0,1", "1,1,0,0,1"),  # manual: no mode 3
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0,4", "AT+CEDRXS=0,5"),  # MKRNB issue 104: by access technology
    # -- APN (at_dialects §5)
    # the manual prints the user first, ubxlib and MKRNB send the password first (at_dialects §12)
    "auth": (
        ('AT+UAUTHREQ={cid},{auth},"{password}","{user}"',),
        ('AT+UAUTHREQ={cid},{auth},"{user}","{password}"',),
    ),
    "no_auth": ('AT+UAUTHREQ={cid},0,"",""',),  # a missing argument is an error
    "auth_read": "",
    "roaming": ("AT+UDCONF=20,2",),
    "reboot": "AT+CFUN=15",
    "attach_s": 360,  # at_dialects §4.5: CGATT
    "probe": ('AT+UPING="{host}",1', b"+UUPING:", 5, 60000),
}
