"""Nordic nRF91 modem firmware behind a Serial Modem (L1; at_dialects §4.2–§4.4; nRF AT reference, sdk-nrf lib/sms).

It keeps no text: each comes once as +CMT and waits for AT+CNMA; without it the client is dropped (+CMS ERROR: 524).
"""

RECORD = {
    "boot": (b"Ready",),
    "ready": (),
    "card": (b"%XSIM:",),
    "urcs": (b"%CESQ:", b"%XTIME:", b"#X", b"+CMS ERROR: 524"),
    "ipr": "",
    "iccid": "AT%XICCID",
    "registration": ("CEREG",),
    "mode": "routed",
    "cnmi": ("3,2,0,1",),  # the only one that registers a client (nRF AT reference)
    "stores": (),
    "prompt": False,  # AT+CMGS takes the PDU in the same write
    "cms": "517F524F",  # modem not activated; the client was dropped
    # -- APN (at_dialects §5)
    "cid": 0,  # the default bearer's
    "probe": ('AT#XPING="{host}",45,5000,1', b"#XPING:", 0, -1),  # "0.637 seconds"
}
