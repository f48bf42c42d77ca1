"""u-blox SARA-R5 and LENA-R8 (L1; at_dialects §4.2–§4.4, §6; ubxlib)."""

RECORD = {
    "boot": (b"mtmo boot", b"+AT: READY"),
    "card": (b"+CPIN:", b"+UUSIMSTAT:"),
    "urcs": (b"+UU",),
    # the greeting tells of a restart (ubxlib); keep the UART awake
    "setup": ('AT+CSGT=1,"mtmo boot"', "AT+UPSV=0"),
    "ack_s": 150,  # manual: AT+CNMA may take that long
    "prompt_gap_ms": 50,  # ubxlib
    "gap_ms": 20,  # ubxlib
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0,4", "AT+CEDRXS=0,5"),  # as SARA-R4
    # -- APN (at_dialects §5)
    "auth": (('AT+UAUTHREQ={cid},{auth},"{user}","{password}"',),),
    "no_auth": ('AT+UAUTHREQ={cid},0,"",""',),  # a missing argument is an error
    "auth_read": "",
    "initial": ("AT+UPSD=0,100,{cid}", "AT+UPSD=0,0,2"),  # the sockets' profile follows the context
    "reboot": "AT+CFUN=16",
    "attach_s": 360,  # at_dialects §4.5: CGATT
    "probe": ('AT+UPING="{host}",1', b"+UUPING:", 5, 60000),
    "causes": {4000: "unknown-apn", 4001: "not-subscribed"},  # LENA-R8: APN, address type (at_dialects §7.3)
}
