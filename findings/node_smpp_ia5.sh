#!/bin/sh
# The npm package smpp sends the GSM alphabet under the data_coding of another one.
#
# Expected: octets of the GSM 03.38 table go out with data_coding 0, the SMSC's default alphabet; data_coding 1 is IA5, that
# is ASCII (SMPP 3.4 §5.2.19).
# Instead: a text without a data_coding of the caller's is written by the GSM table, "@" as 00, "€" as 1B 65, "ä" as 7B,
# and the header says 1. An SMSC that reads it as IA5, as the specification says, gets NUL for "@" and "{" for "ä".
# Version: smpp 0.5.1.
# What it means: give data_coding: 0 with each short_message. A receiver can see the mistake only where a control character
# stands in the text.
set -eu
PACKAGE=smpp@0.5.1
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT

cat >"$there/finding.js" <<'END'
const smpp = require("smpp");
const BEHIND_HEADER = 16;

console.log("smpp", require("smpp/package.json").version);
for (const text of ["hello", "a@b", "5 €", "ä"]) {
  const octets = new smpp.PDU("submit_sm", { short_message: text }).toBuffer();
  const length = octets[octets.length - 1 - lengthOf(text)];
  const coding = octets[octets.length - 3 - lengthOf(text)];
  const message = octets.subarray(octets.length - length).toString("hex");
  console.log(`  ${JSON.stringify(text)}: data_coding ${coding}, short_message ${message}`);
}

function lengthOf(text) {
  return [...text].reduce((count, char) => count + (char === "€" ? 2 : 1), 0);
}
END

cd "$there"
npm install --silent --no-save "$PACKAGE" >/dev/null
node finding.js | tee said.txt

if grep -q '"a@b": data_coding 1, short_message 610062' said.txt && grep -q '"5 €": data_coding 1, .* 35201b65' said.txt &&
    grep -q '"ä": data_coding 1, short_message 7b' said.txt; then
    echo "as described: the GSM alphabet under the number of IA5"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
