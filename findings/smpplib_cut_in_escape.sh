#!/bin/sh
# smpplib's make_parts() cuts a long text in the middle of a GSM escape sequence.
#
# Expected: "[", "]", "€" and their like take two septets, ESC and a second one (TS 23.038 §6.2.1.1), and both stand in the
# same part, so that each part can be read alone.
# Instead: a part is 153 septets whatever stands at its end: it ends with ESC, and the next one begins with the second
# septet. A receiver that decodes parts by themselves shows a letter for "€" ("e") and for "[" ("<").
# Version: smpplib 2.2.4.
# What it means: join the septets of all parts first, then decode; as a sender, count the escape before you cut.
set -eu
PACKAGE=smpplib==2.2.4
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT

cat >"$there/finding.py" <<'END'
from importlib.metadata import version

from smpplib import gsm

HEADER = 6
ESC = 0x1B

print("smpplib", version("smpplib"))
parts = gsm.make_parts("x[€]" * 100)[0]
for part in parts:
    septets = part[HEADER:]
    print(f"  {len(septets)} septets, the first {septets[0]:02X}, the last {septets[-1]:02X}")
cut = [i for i, part in enumerate(parts[:-1], 1) if part[-1] == ESC]
print("parts that end with half a character:", cut)
END

cd "$there"
python3 -m pip install --quiet --disable-pip-version-check --target wheel "$PACKAGE" 2>/dev/null
PYTHONPATH=wheel python3 finding.py | tee said.txt

if grep -q 'half a character: \[1, 3\]' said.txt; then
    echo "as described: a part ends with the escape alone"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
