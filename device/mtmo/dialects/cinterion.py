"""Cinterion, Thales, Gemalto and Siemens modules (L1; at_dialects §4.2–§4.4, §7.2; ModemManager cinterion, gammu)."""

RECORD = {
    "boot": (b"^SYSSTART", b"^SHUTDOWN", b"^EXIT"),
    "full": (b"^SMGO: 1", b"^SMGO: 2"),
    "card": (b"+CPIN:", b"^SCKS:"),
    "urcs": (b"^SBC", b"^SIS"),
    "setup": ("AT^SMGO=1",),  # say when the store is full
    "iccid": "AT^SCID",
    "cnmi": ("2,1,0,0,1", "1,1,0,0,1", "2,1,0,0,0", "1,1,0,0,0"),  # gammu PR 1207: bfr must be 1 (MC75i)
    # gammu at-error.c, TC65 V02.000: the list that is often taken for SIMCom's
    "cms": "512F513F514P515P516P517P519P520P521U522T532T535T538P549P550P551P552P553P554P",
    # -- APN (at_dialects §5)
    # newer (IMT) modules take the user first, older the password (ModemManager)
    "auth": (
        ('AT^SGAUTH={cid},{auth},"{password}","{user}"',),
        ('AT^SGAUTH={cid},{auth},"{user}","{password}"',),
    ),
    "no_auth": ("AT^SGAUTH={cid},0", 'AT^SGAUTH={cid},0,"",""'),
    "auth_read": "AT^SGAUTH?",
    "activate": ("AT+CGACT=1,{cid}", "AT^SICA=1,{cid}"),
    "probe": ('AT^SISX="Ping",0,"{host}",1,5000', b"^SISX:", 1, 2),  # 1: reply
}
