"""Sierra Wireless HL78xx (L1; at_dialects §4.2–§4.4, §7.2; Zephyr hl78xx)."""

RECORD = {
    "boot": (b"+KSUP:",),
    "urcs": (b"+KCNX_IND:", b"+KUDP_IND", b"+KSTATEV:", b"+WDSI:"),
    "setup": ("AT+KSREP=1", "AT+KSLEEP=2"),  # say +KSUP after a start; never sleep
    "cms": "606T",  # gammu at-error.c, HL78xx rev 11
    # -- APN (at_dialects §5)
    "type_numbers": ("IPV4", "IPV6", "IPV4V6"),  # of KCNXCFG
    "context": (
        'AT+CGDCONT={cid},"{type}","{apn}"',
        'AT+KCNXCFG=1,"GPRS","{apn}",,,"{number}"',  # the sockets' own (Zephyr)
    ),
    "auth": (('AT+WPPP={auth},{cid},"{user}","{password}"',),),
    "no_auth": ("AT+WPPP=0,{cid}",),
    "auth_read": "",
    "activate": ("AT+CGACT=1,{cid}", "AT+KCNXUP=1"),
    "address": ("AT+CGPADDR={cid}", "AT+KCGPADDR"),
}
