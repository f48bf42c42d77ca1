"""Secrets in a line of console text; pure, and the only place that knows what a secret looks like."""

from __future__ import annotations

import re

HIDDEN = "***"

# each pattern: group 1 stays, group 2 is the secret
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # apn set em user=u pass=secret; {"password": "x"}; set pin 4711; pin=4711
        r"""(\b(?:pass|passwd|password|pin|pin2|puk|secret|token|k_dev)["']?\s*[=:]\s*["'])([^"']*)""",
        r"""(\b(?:pass|passwd|password|pin|pin2|puk|secret|token|k_dev)["']?\s*[=:]\s*)([^\s"',;}]+)""",
        r"(\bset\s+pin\s+)(\S+)",
        # key A 2 <52 base32>: rotation, sc1.md §1, §6; {"key":"<hex>"}
        r"(\bkey\s+[A-Z]\s+\d+\s+)([0-9A-Z]{16,})",
        r"""(["']?key["']?\s*[=:]\s*["']?)([0-9A-Z]{32,})""",
        r"(\b)([0-9a-f]{64})(?![0-9a-f])",
        # SIM PIN and PUK, 27.007 §8.3; facility lock and its password, §7.4, §7.5
        r"(\+CPIN2?=)(.+)",
        r"""(\+(?:CLCK|CPWD)="\w+",[^,]*,)(.+)""",
        # APN authentication: CGAUTH 27.007 §10.1.31 and its vendor forms; everything from the user on
        r"(\+(?:CGAUTH|UAUTHREQ)=\d+,\d+,)(.+)",
        r"""(\+QICSGP=\d+,\d+,"[^"]*",)(.+)""",
        r"""(#PDPAUTH=\d+,\d+,|\$QCPDPP=\d+,\d+,|\^AUTHDATA=\d+,\d+,|\^SGAUTH=\d+,\d+,|#XPDNAUTH=|%PDNACT=)(.+)""",
        r"""(\+(?:SAPBR|UPSD)=[^"]*"(?:PWD|USER)",)(.+)""",
        r"(\+CSTT=\"[^\"]*\",)(.+)",
    )
)


def mask(line: str) -> str:
    """The line with each secret replaced by `***`."""
    for pattern in _PATTERNS:
        line = pattern.sub(lambda found: found.group(1) + HIDDEN, line)
    return line
