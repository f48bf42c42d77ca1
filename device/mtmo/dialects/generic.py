"""Any modem that keeps to TS 27.005 and TS 27.007; every other record says only where it differs (L1).

Templates take {cid} {type} {apn} {auth} {user} {password}.
"""

RECORD = {
    # lines that say "I have just started": everything set before is gone
    "boot": (b"RDY",),
    # lines that say "the message store can be read now"
    "ready": (b"SMS DONE", b"SMS Ready", b"PB DONE", b"Call Ready"),
    "urcs": (),  # beside those in chat.py
    "setup": (),  # commands before the SMS set-up; a refusal is no failure
    "sim_ready_s": 30,  # how long the SIM and its store may take after power-on
    "gap_ms": 0,  # pause between two commands
    # tried in this order until one is taken and reads back (at_dialects §8.1)
    "cnmi": ("2,1,0,0,0", "1,1,0,0,0", "2,1,0,0,1", "1,1,0,0,1", "3,1,0,0,0"),
    "stores": ("ME", "SM", "MT"),  # the first that AT+CPMS=? offers
    "send_s": 180,  # AT+CMGS; the longest that a vendor names is u-blox (at_dialects §4.5)
    "power_saving": (),  # commands that switch PSM and eDRX off
    "cid": 1,  # context of the default bearer
    "radio_off": "AT+CFUN=4",
    "radio_on": "AT+CFUN=1",
    "context": ('AT+CGDCONT={cid},"{type}","{apn}"',),  # TS 27.007 §10.1.1
    "auth": 'AT+CGAUTH={cid},{auth},"{user}","{password}"',  # TS 27.007 §10.1.31
    "no_auth": "AT+CGAUTH={cid},0",
    "activate": "AT+CGACT=1,{cid}",
    "activate_s": 150,
    "user_max": 32,
    "password_max": 32,
}
