"""Scores the network side's codec against SMS vectors: `score_host_vectors.py FILE…`, by default ours.

Every field of a vector is compared. Vectors of other projects are read where they lie; they are not part of this
repository. `score_vectors.py` does the same for the device.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests")]

# What follows is found by the path above.
from segment_matrix import joined  # noqa: E402
from sms_vectors import described, expected  # noqa: E402

from mtmo_host.sms.assembly import Assembler  # noqa: E402
from mtmo_host.sms.errors import PduError  # noqa: E402
from mtmo_host.sms.pdu import split_pdu  # noqa: E402
from mtmo_host.sms.segmentation import segments  # noqa: E402
from mtmo_host.sms.tpdu import decode_deliver  # noqa: E402


def judge(vector: dict[str, Any]) -> str:
    """What is wrong with what our codec makes of `vector`, "" for nothing."""
    if vector["kind"] == "segmentation":
        parts = segments(vector["text"], ref=7, ref_bits=vector["ref_bits"])
        sizes = [len(part.text) for part in parts]
        right = sizes == vector["expect"]["part_chars"] and joined(parts) == vector["text"]
        return "" if right else f"{sizes}"
    if vector["kind"] == "assembly":
        return judge_assembly(vector)
    expect = vector["expect"]
    try:
        found = described(vector)
    except PduError as error:
        return "" if expect.get("error") else f"refused: {error}"
    if expect.get("error"):
        return f"accepted, but {expect.get('reason')}"
    wanted = expected(vector)
    wanted.pop("century_ambiguous", None)  # a remark on the vector, no field
    return "; ".join(
        f"{name}: {wanted[name]!r} != {found.get(name)!r}" for name in wanted if found.get(name) != wanted[name]
    )


def judge_assembly(vector: dict[str, Any]) -> str:
    """What is wrong with the reassembly of the vector's PDUs."""
    assembler, expect = Assembler(), vector["expect"]
    results = []
    for pdu in vector["pdus"]:
        message = decode_deliver(split_pdu(pdu)[1])
        results.append(assembler.feed(message.oa, message.ud, 0.0))
    whole = [result for result in results if result]
    if not expect["complete"]:
        return "complete" if whole else ""
    texts = expect.get("texts_in_completion_order", [expect.get("text")])
    return "" if [result.text for result in whole] == texts else f"{[result.text for result in whole]!r}"


def main() -> int:
    """Prints each failure and a score for each kind; 1 if anything failed."""
    scores: dict[tuple[str, str], list[int]] = {}
    for name in sys.argv[1:] or [str(ROOT / "tests" / "vectors" / "sms.jsonl")]:
        path = Path(name)
        for line in path.read_text(encoding="utf-8").splitlines():
            vector = json.loads(line)
            kind = vector["kind"] if vector["kind"] in ("segmentation", "assembly") else vector["direction"]
            wrong = judge(vector)
            if vector["expect"].get("error"):
                kind += ", malformed"
            score = scores.setdefault((path.name, kind), [0, 0])
            score[1] += 1
            score[0] += not wrong
            if wrong:
                print(f"{vector['id']} {vector['source']}: {wrong}")
    for (name, kind), (good, total) in sorted(scores.items()):
        print(f"{name:24} {kind:28} {good}/{total}")
    return int(any(good != total for good, total in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
