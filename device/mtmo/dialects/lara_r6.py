"""u-blox LARA-R6 (L1; at_dialects §4.2–§4.4, §6; ubxlib)."""

RECORD = {
    "boot": (b"mtmo boot", b"+AT: READY"),
    "card": (b"+CPIN:", b"+UUSIMSTAT:"),
    "urcs": (b"+UU",),
    # the greeting tells of a restart (ubxlib); keep the UART awake
    "setup": ('AT+CSGT=1,"mtmo boot"', "AT+UPSV=0"),
    "ack_s": 150,  # manual: AT+CNMA may take that long
    "prompt_gap_ms": 50,  # ubxlib
    "gap_ms": 20,  # ubxlib
    # -- APN (at_dialects §5)
    # ubxlib: the password first, as on SARA-R4
    "auth": (
        ('AT+UAUTHREQ={cid},{auth},"{password}","{user}"',),
        ('AT+UAUTHREQ={cid},{auth},"{user}","{password}"',),
    ),
    "no_auth": ('AT+UAUTHREQ={cid},0,"",""',),  # a missing argument is an error
    "auth_read": "",
    "reboot": "AT+CFUN=15",
    "attach_s": 360,  # at_dialects §4.5: CGATT
    "probe": ('AT+UPING="{host}",1', b"+UUPING:", 5, 60000),
}
