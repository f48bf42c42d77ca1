"""Scores the device's codec against SMS vectors: `python tests/tools/score_vectors.py FILE…`, by default ours.

Vectors of other projects are read where they lie; they are not part of this repository.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "device"), str(ROOT / "tests" / "both"), str(ROOT / "tests" / "both" / "shim")]

# What follows is found by the path above.
from segment import segment  # noqa: E402
from segment_store import SegmentStore, text_of  # noqa: E402

from mtmo import tpdu  # noqa: E402
from mtmo.errors import PduError  # noqa: E402
from support import TONS, as_deliver, differences, load_lines  # noqa: E402


def judge_decode(vector: dict) -> str:
    """What is wrong with the decoding of `vector`, "" for nothing."""
    has_sca = vector.get("smsc") is not False
    pdu = vector["pdu"] if has_sca else "00" + vector["pdu"]
    expect = vector["expect"]
    try:
        found = tpdu.decode(pdu, vector.get("length"))
    except PduError as error:
        return "" if expect.get("error") else f"refused: {error}"
    if expect.get("error"):
        return f"accepted, but {expect['reason']}"
    return "; ".join(f"{field}: {wanted!r} != {got!r}" for field, wanted, got in differences(found, expect, has_sca))


def judge_segmentation(vector: dict) -> str:
    """What is wrong with the segmentation of the vector's text."""
    expect = vector["expect"]
    pieces = segment(vector["text"], 7, vector["ref_bits"])
    chars = [len(text) for text, _, _ in pieces]
    if chars != expect["part_chars"]:
        return f"{chars} != {expect['part_chars']}"
    address = tpdu.Address(1, 1, "15551234567")
    text = ""
    for piece, alphabet, part in pieces:
        pdu, _ = tpdu.encode_submit(address, piece, alphabet=alphabet, concat=part)
        text += tpdu.decode(as_deliver(pdu)).text
    return "" if text == vector["text"] else "does not decode to what was encoded"


def judge_assembly(vector: dict) -> str:
    """What is wrong with the reassembly of the vector's PDUs."""
    expect = vector["expect"]
    store = SegmentStore()
    done = []
    for index, pdu in enumerate(vector["pdus"]):
        whole = store.add(tpdu.decode(pdu), pdu.encode(), index)
        if whole:
            done.append(whole)
    if not expect["complete"]:
        return "complete" if done else ""
    texts = expect.get("texts_in_completion_order", [expect.get("text")])
    found = [text_of(whole) for whole in done]
    if found != texts:
        return f"{found!r} != {texts!r}"
    if "data_hex" in expect and b"".join(part.units for part in done[0]).hex().upper() != expect["data_hex"]:
        return "data"
    return ""


def judge_submit(vector: dict) -> "str | None":
    """Whether we encode what the vector decodes to, octet by octet; None where our encoder has no such option."""
    expect = vector["expect"]
    pdu = vector["pdu"]
    if vector.get("smsc") is not False:
        pdu = pdu[2 + 2 * int(pdu[:2], 16) :]
    if expect.get("error"):
        return None
    if expect["pid"] or expect["dcs"] not in (0, 8) or "text" not in expect or expect["flags"]["rd"]:
        return None
    if expect["flags"]["rp"] or (expect["vp"] is not None and expect["vp"]["format"] != "relative"):
        return None
    if len(expect.get("udh", [])) > 1 or ("udh" in expect and "concat" not in expect):
        return None
    address = expect["addr"]
    npi = {"unknown": 0, "isdn": 1}.get(address["npi"])
    if npi is None:
        return None
    part = expect.get("concat")
    made, length = tpdu.encode_submit(
        tpdu.Address(TONS.index(address["ton"]), npi, address["number"].lstrip("+")),
        expect["text"],
        mr=expect["mr"],
        vp=expect["vp"] and expect["vp"]["seconds"] // 60,
        srr=expect["flags"]["srr"],
        alphabet=expect["dcs"] // 4,
        concat=part and (part["ref"], part["bits"], part["total"], part["seq"]),
    )
    if length != len(made) // 2 - 1:
        return "length"
    return "" if made[2:] == pdu else f"{made} != 00{pdu}"


def main() -> int:
    """Prints each failure and a score for each kind; 1 if anything failed."""
    scores: dict = {}
    for name in sys.argv[1:] or [str(ROOT / "tests" / "vectors" / "sms.jsonl")]:
        path = Path(name).resolve()
        for vector in load_lines(path.name, str(path.parent)):
            if vector["kind"] == "segmentation":
                kind, wrong = "segmentation", judge_segmentation(vector)
            elif vector["kind"] == "assembly":
                kind, wrong = "assembly", judge_assembly(vector)
            elif vector["direction"] == "submit":
                kind, wrong = "submit, encoded", judge_submit(vector)
                if wrong is None:
                    continue
            else:
                kind, wrong = vector["direction"], judge_decode(vector)
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
