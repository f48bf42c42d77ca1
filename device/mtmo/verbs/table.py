"""The commands, all that is known of each in one row (L3; design 4.6).

`verbs` keeps what it needs to find one; the help is read from here when somebody asks for it.
"""

# name, class, what a power cut means, only as the last verb, module, help
TABLE = (
    ("help", "read", "run", False, "basic", "help (VERB)"),
    ("ping", "read", "run", False, "basic", "ping, answers pong"),
    ("status", "read", "run", False, "status", "status, of modem, network and agent"),
    ("net", "read", "run", False, "basic", "net, operator, technology and SIM"),
    ("time", "read", "run", False, "basic", "time, of the modem and since boot"),
    ("more", "read", "run", False, "basic", "more, what did not fit the last answer"),
    ("log", "read", "run", False, "log", "log (at) (N), newest lines of the log or of the AT trace"),
    ("get", "read", "run", False, "manage", "get NAME, a setting"),
    ("apn", "read", "run", False, "apn", "apn, wanted and in use"),
    (
        "apn set",
        "write",
        "run",
        True,
        "apn",
        "apn set APN (user=) (pass=) (auth=none/pap/chap) (type=ip/ipv6/ipv4v6) (confirm=probe/operator) (hold=MIN),"
        " - for the empty APN",
    ),
    ("apn try", "write", "run", True, "apn", "apn try APN MIN (user=) (pass=) (auth=) (type=), goes back in any case"),
    ("apn confirm", "write", "run", False, "apn", "apn confirm N, keeps what is on trial"),
    ("apn cancel", "write", "run", False, "apn", "apn cancel N, goes back at once"),
    ("set", "write", "run", False, "manage", "set NAME VALUE, - for nothing"),
    ("report", "write", "run", False, "manage", "report every Nh/off"),
    ("out", "write", "e20", False, "pins", "out NAME on/off/pulse MS"),
    ("in", "read", "run", False, "pins", "in NAME"),
    ("sms stop", "write", "run", False, "manage", "sms stop, all but sms start and danger verbs"),
    ("sms start", "write", "run", False, "manage", "sms start"),
    ("reboot", "danger", "done", True, "power", "reboot (modem/board)"),
    ("allow list", "danger", "run", False, "manage", "allow list, who may command"),
    ("allow add", "danger", "run", False, "manage", "allow add OA viewer/operator/admin"),
    ("allow del", "danger", "e20", False, "manage", "allow del OA, but not the last admin"),
    ("key", "danger", "run", True, "rotation", "key SLOT EPOCH KEY, encrypted and alone"),
    ("unlock", "danger", "run", False, "manage", "unlock, the PIN, sms stop and another SIM"),
    ("factory", "danger", "run", True, "manage", "factory, settings to default"),
)
