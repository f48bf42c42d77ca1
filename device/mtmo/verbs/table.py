"""The commands, all that is known of each in one line (L3; design 4.6).

Loaded when a text names a verb or asks for help, and forgotten at once. A line each, since tuples of tuples cost a
board twice as much, and a heap in use has no room for all in one piece.
"""

# name|class|what a power cut means|may it stand only last|module|help
TABLE = (
    "help|read|run||basic|help (VERB)",
    "ping|read|run||basic|ping, answers pong",
    "status|read|run||status|status, of modem, network and agent",
    "net|read|run||basic|net, operator, technology and SIM",
    "time|read|run||basic|time, of the modem and since boot",
    "more|read|run||basic|more, what did not fit the last answer",
    "log|read|run||lines|log (at) (N), newest lines of the log or of the AT trace",
    "get|read|run||manage|get NAME, a setting",
    "apn|read|run||apn|apn, wanted and in use",
    "apn set|write|run|last|apn|apn set APN (user=) (pass=) (auth=none/pap/chap) (type=ip/ipv6/ipv4v6) "
    "(confirm=probe/operator) (hold=MIN), - for the empty APN",
    "apn try|write|run|last|apn|apn try APN MIN (user=) (pass=) (auth=) (type=), goes back in any case",
    "apn confirm|write|run||apn|apn confirm N, keeps what is on trial",
    "apn cancel|write|run||apn|apn cancel N, goes back at once",
    "set|write|run||manage|set NAME VALUE, - for nothing",
    "report|write|run||manage|report every Nh/off",
    "out|write|e20||pins|out NAME on/off/pulse MS",
    "in|read|run||pins|in NAME",
    "sms stop|write|run||manage|sms stop, all but sms start and danger verbs",
    "sms start|write|run||manage|sms start",
    "reboot|danger|done|last|power|reboot (modem/board)",
    "allow list|danger|run||manage|allow list, who may command",
    "allow add|danger|run||manage|allow add OA viewer/operator/admin",
    "allow del|danger|e20||manage|allow del OA, but not the last admin",
    "key|danger|run|last|rotation|key SLOT EPOCH KEY, encrypted and alone",
    "unlock|danger|run||manage|unlock, the PIN, sms stop and another SIM",
    "factory|danger|run|last|manage|factory, settings to default",
)
