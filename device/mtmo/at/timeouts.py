"""How long each AT command may take, whether it may be repeated, how it ends: facts (L1; at_dialects §4.5).

A command that is not listed is a vendor's own: it gets time, and is never repeated. What ends with `?` only asks.
"""

from micropython import const

_DEFAULT_S = const(30)
_QUERY_S = const(10)
_RETRIES = const(1)

# One string, since tuples of small objects cost a board some kB. `r`: asking again changes nothing, so it may be
# repeated once. CMGD is not among these: the index may be another message's by then. Nor is CPIN=, which counts tries.
_TABLE = (
    "|AT 5|ATE0 5r|ATV1 5r|+CMEE 5r|+CNMI 5r|+CSMS 5r|+CMGF 5r|+CNMA 5|+CPMS 10r|+CPIN 5|+CCID 5r|+ICCID 5r"
    "|+CMGR 10r|+CMGL 60r|+CMGD 25|+CMGS 180|+CMGW 60|+CMSS 180"
    "|+CFUN 180|+COPS 300|+CGATT 360|+CGACT 150|+QIACT 150|+NETOPEN 120|+CNACT 60|+SAPBR 85|+CIICR 85|+UPSDA 360"
    "|+CPWROFF 40|+CPOWD 5|+CPOF 5|+QPOWD 5|+CREG 5r|+CGREG 5r|+CEREG 5r|+CSQ 5r|+CESQ 5r|+CEER 5r"
    "|+CGMI 5r|+CGMM 5r|+CGMR 5r|+CGSN 5r|+CIMI 5r|+CGPADDR 10r|+CGCONTRDP 10r|+CGDCONT 10r|+CIFSR 10r|"
)
# Answers without OK: their own last line, `*` for any (SIM800 AT manual: TCP/IP)
_ENDINGS = "|+CIPSHUT SHUT OK|+CIPSEND SEND OK|+CIPCLOSE CLOSE OK|+CIFSR *|"


def policy(line: str) -> "tuple[int, int]":
    """(timeout_ms, retries) of command `line`; only what changes nothing is ever repeated."""
    row = _row(_TABLE, name_of(line))
    seconds = int(row.rstrip("r")) if row else _DEFAULT_S
    if line.endswith("?"):
        return 1000 * min(seconds, _QUERY_S), _RETRIES
    return 1000 * seconds, _RETRIES if row.endswith("r") else 0


def ending(line: str) -> str:
    """The last line of an answer that has no OK: a text, "*" for any line, "" for an ordinary command."""
    return _row(_ENDINGS, name_of(line)) if line.startswith("AT+CI") else ""


def name_of(line: str) -> str:
    """`+CMGS` of `AT+CMGS=24`; basic commands keep their AT."""
    name = line.split("=")[0].split("?")[0]
    return name[2:] if len(name) > 2 and not name[2:3].isalpha() else name


def _row(table: str, name: str) -> str:
    at = table.find("|" + name + " ")
    if at < 0:
        return ""
    start = at + len(name) + 2
    return table[start : table.find("|", start)]
