"""Cinterion, Thales, Gemalto and Siemens modules (L1; at_dialects §4.2–§4.4, §7.2; ModemManager cinterion, gammu)."""

RECORD = {
    "boot": (b"^SYSSTART", b"^SHUTDOWN", b"^EXIT"),
    "full": (b"^SMGO: 1", b"^SMGO: 2"),
    "urcs": (b"^SCKS:", b"^SBC", b"^SIS"),
    "setup": ("AT^SMGO=1",),  # say when the store is full
    "iccid": "AT^SCID",
    "cnmi": ("2,1,0,0,1", "1,1,0,0,1", "2,1,0,0,0", "1,1,0,0,0"),  # gammu PR 1207: bfr must be 1 (MC75i)
    # gammu at-error.c, TC65 V02.000: the list that is often taken for SIMCom's
    "cms": "512F513F514P515P516P517P519P520P521U522T532T535T538P549P550P551P552P553P554P",
}
