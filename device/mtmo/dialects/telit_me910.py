"""Telit ME910, ME310 and LE910 (L1; at_dialects §4.2–§4.4, §7.2; Telit AT reference, Zephyr).

No command that touches the SIM may come while AT+CMGS is pending; one command in flight keeps to that.
"""

RECORD = {
    "full": (b"#SMOV:",),
    "card": (b"+CPIN:", b"#QSS:"),
    "urcs": (b"SRING:", b"#NITZ:", b"#PSMRI:"),
    "setup": ("AT#SMOV=1",),  # say when the store is full
    "iccid": "AT#CCID",
    "cms": "510P512T513U514T515T",  # gammu at-error.c, ME910G1 rev 9
    # -- APN (at_dialects §5)
    "auth": (('AT#PDPAUTH={cid},{auth},"{user}","{password}"',),),
    "no_auth": ("AT#PDPAUTH={cid},0",),
    "auth_read": "",
    "activate": ("AT#SGACT={cid},1", "AT+CGACT=1,{cid}"),
    "probe": ('AT#PING="{host}",1', b"#PING:", 2, 600),  # 600: no reply
}
