"""Any modem that keeps to TS 27.005 and TS 27.007; every other record says only where it differs (L1).

Templates of the APN take {cid} {type} {number} {apn} {auth} {user} {password}, `probe` {cid} {host}, `ipr` {baud}.
"""

RECORD = {
    # how lines start that say "I have just started" or "I am going off": everything set before is gone
    "boot": (b"RDY", b"^SYSSTART", b"+SYSSTART", b"NORMAL POWER DOWN", b"POWERED DOWN", b"UNDER-VOLTAGE POWER DOWN"),
    # lines that say "the message store can be read now"
    "ready": (b"SMS DONE", b"SMS Ready", b"PB DONE", b"Call Ready"),
    # how lines start that say "the message store is full" (wdoekes/asterisk-chan-dongle issue 47)
    "full": (b"^SMMEMFULL",),
    "card": (b"+CPIN:",),  # lines that come when a card is put in or taken out
    "urcs": (),  # beside boot, ready, full, card and those of the room at
    "setup": (),  # commands before the SMS set-up; a refusal is no failure
    "sim_ready_s": 30,  # how long the SIM and its store may take after power-on
    "gap_ms": 0,  # pause between two commands
    "prompt_gap_ms": 0,  # pause between the prompt and the PDU
    # tried after the board's own when nothing answers (at_dialects §6)
    "bauds": (115200, 9600, 921600, 57600, 38400, 19200),
    "ipr": "AT+IPR={baud}",  # pins the speed (V.250 §6.2.10); "" where there is only one
    "iccid": "AT+CCID",
    "registration": ("CEREG", "CGREG", "CREG"),  # which are asked; LTE first
    # "stored": texts wait in the modem until they are deleted; "routed": each comes once and must be acknowledged
    "mode": "stored",
    # tried in this order until one is taken and reads back; more are built from AT+CNMI=? (at_dialects §8.1)
    "cnmi": ("2,1,0,0,0", "1,1,0,0,0", "2,1,0,0,1", "1,1,0,0,1", "3,1,0,0,0"),
    "stores": ("ME", "SM", "MT"),  # the first that AT+CPMS=? offers
    "prompt": True,  # AT+CMGS asks for the PDU; False: it follows in the same write
    "ack_s": 10,  # AT+CNMA; the network waits about twenty seconds for it (TS 24.011 §10.1: TR2M)
    "send_s": 180,  # AT+CMGS; the longest that a vendor names is u-blox (at_dialects §4.5)
    # the vendor's own +CMS ERROR and their classes, P permanent T transient F fix first U unknown: "512T513P"; what is
    # in no table is unknown (at_dialects §7.2)
    "cms": "",
    # commands that switch PSM and eDRX off, read back afterwards; () where the family has neither
    "power_saving": ("AT+CPSMS=0", "AT+CEDRXS=0"),  # TS 27.007 §7.38, §7.40; MKRNB issue 104: late texts without
    # -- APN (at_dialects §5)
    "apn_max": 99,
    "user_max": 32,
    "password_max": 32,
    "cid": 1,  # context of the default bearer
    "types": ("ip", "ipv6", "ipv4v6"),
    "type_numbers": (1, 2, 3),  # {number} of ip, ipv6, ipv4v6
    "radio_off": ("AT+CFUN=4", "AT+CFUN=0"),  # the first that is taken
    "radio_on": "AT+CFUN=1",
    "radio_gap_s": 1,
    "reboot": "AT+CFUN=1,1",  # instead, where the radio cannot be switched
    "context": ('AT+CGDCONT={cid},"{type}","{apn}"',),  # TS 27.007 §10.1.1
    "initial": (),  # a second place for the APN; a refusal is no failure
    # commands for each order of user and password that sources claim, the likelier first
    "auth": (('AT+CGAUTH={cid},{auth},"{user}","{password}"',),),  # TS 27.007 §10.1.31
    "no_auth": ("AT+CGAUTH={cid},0",),
    "auth_read": "AT+CGAUTH?",
    "roaming": (),  # commands that allow data abroad
    "attach_s": 150,  # what an attach may take
    "activate": ("AT+CGACT=1,{cid}",),  # tried in this order while there is no address
    "activate_s": 150,
    # any of them that shows one; behind | how a line begins that speaks of our context, where all are shown; () where
    # the last `activate` must do
    "address": ("AT+CGPADDR={cid}",),
    "granted": True,  # AT+CGCONTRDP exists (TS 27.007 Rel-8)
    # what reaches a host: (command, start of its answers, field, and what that field is when the host answered: 0 for
    # a 0 with an address behind it, -1 for what begins with a digit, else for a number below this)
    "probe": None,
    "causes": {},  # +CME ERROR numbers of its own
}
