"""The operator's changeable values: one table for bounds, defaults, help, validation and the README (L1).

`settings` loads it when it is asked for and drops it afterwards: RAM pays for the values alone.
"""

# name, kind, default, bounds or choices, class of verb that may change it, help
TABLE = (
    ("access", "choice", "signed", ("signed", "pin", "allow-list"), "danger", "what proves that a text is authentic"),
    ("access-read", "choice", "", ("", "signed", "pin", "allow-list"), "danger", "for read verbs; empty: as access"),
    ("access-write", "choice", "", ("", "signed", "pin", "allow-list"), "danger", "for write verbs; empty: as access"),
    (
        "access-danger",
        "choice",
        "",
        ("", "signed", "pin", "allow-list"),
        "danger",
        "for danger verbs; empty: as access",
    ),
    ("pin", "secret", "", (6, 16), "danger", "what a text must begin with where access is pin: #PIN status"),
    ("bad-pins-per-day", "int", 20, (1, 1000), "danger", "wrong PINs a day, of all senders, that lock the PIN"),
    ("any-sender-if-signed", "bool", False, None, "danger", "a valid signature stands in for the allow-list"),
    ("legacy", "bool", False, None, "danger", "understand the forms of common trackers and routers"),
    ("texts-per-minute", "int", 6, (1, 60), "write", "commands taken in a minute; more wait in the modem"),
    ("same-texts-per-hour", "int", 3, (1, 60), "write", "unsigned texts alike in an hour; one more mutes the sender"),
    ("reply-to", "address", "", None, "danger", "where notices go, and answers whose sender cannot be answered"),
    ("reply-parts", "int", 1, (1, 4), "write", "texts an answer may take; more pulls the rest"),
    ("replies-per-hour", "int", 12, (0, 60), "write", "answers an hour"),
    ("replies-per-day", "int", 60, (0, 500), "write", "answers a day"),
    ("deny-prefixes", "list", ("+1900", "+44871", "+809"), None, "danger", "numbers that are never texted"),
    ("notice-encrypt", "bool", False, None, "write", "encrypt notices"),
    ("report-h", "int", 0, (0, 168), "write", "hours between two status notices, 0 for none"),
    ("sweep-min", "int", 15, (1, 120), "write", "minutes between two looks into the modem's store"),
    ("apn-test-s", "int", 180, (30, 900), "write", "time for a new APN to work"),
    ("apn-roam-s", "int", 420, (30, 900), "write", "the same while roaming"),
    ("apn-probe-s", "int", 20, (1, 60), "write", "seconds between the three proofs of a new APN"),
    (
        "apn-probe-host",
        "host",
        "",
        None,
        "write",
        "what a new APN must reach, two of three times; empty: no such proof",
    ),
    ("apn-fallbacks", "apns", ("em", "internet"), None, "write", "APNs to try when none that worked before still does"),
    ("cid", "int", 0, (0, 15), "danger", "PDP context of the data, where it is not the family's own; 0: that one"),
    ("data-roaming", "bool", True, None, "write", "data may be used abroad"),
    (
        "trace-octets",
        "int",
        2048,
        (0, 16384),
        "write",
        "memory for the AT trace, from the next boot on, an eighth of the heap at most; 0: none",
    ),
    ("sim-pin", "secret", "", (4, 8), "danger", "PIN of the SIM, tried once"),
    ("smsc", "number", "", None, "danger", "service centre, for a SIM that knows none"),
    ("lock", "bool", False, None, "danger", "no prompt at the cable; from the next boot on no REPL either"),
    ("psm", "bool", False, None, "write", "leave the modem's power saving on; texts then come late"),
)  # type: tuple[tuple, ...]
