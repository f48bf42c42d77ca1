"""Runs inside MicroPython: the heap in use after 10 and after 310 cycles of texts, and what the tokenizer allocates."""

import gc
import json

import micropython
from mtmo import access, log, tpdu
from mtmo.at import Tokenizer
from mtmo.gate import Gate, Refused
from mtmo.gate.lockouts import Lockouts
from mtmo.inbox import Text
from mtmo.keys import Keys
from mtmo.settings import Settings
from support import as_deliver, load

SC1 = load("sc1.json")
DEVID = SC1["devid"]
OPERATOR = tpdu.Address(0, 1, "12345")
STRANGER = tpdu.Address(1, 1, "491701234567")
DATA = "0004058121" + "43F5" + "0004" + "52304190623540" + "03FF00FF"  # 8-bit data from 12345
FORGED = "*A17.5045HP73T0B4G status"  # the last character of the MAC is wrong


class Journal:
    """The journal of a device that has seen nothing yet."""

    def find(self, kid, epoch, ctr, tag=""):
        return None

    def counters(self, kid, epoch):
        return 0, 0

    def closed(self, kid, epoch):
        return False


class Flash:
    """Holds the keys record and nothing else."""

    def read(self, name):
        key = SC1["slot_A_epoch_1"]["K_dev"]
        slots = [{"kid": "A", "epoch": 1, "role": "admin", "key": key}]
        return {"devid": DEVID, "slots": slots, "allow": [["short:12345", "admin"]]} if name == "keys" else None


def commands() -> "list[str]":
    """The PDUs of the signed commands of slot A that fit one text."""
    texts = [row["sms"] for row in SC1["commands"] if row["kid"] == "A" and row["epoch"] == 1 and row["septets"] <= 160]
    return [as_deliver(tpdu.encode_submit(OPERATOR, text)[0]) for text in texts]


def refusals() -> "list[str]":
    """PDUs of texts that are refused: unsigned, forged, an answer, of a key nobody has, from a stranger, data."""
    texts = ((OPERATOR, "status"), (OPERATOR, FORGED), (OPERATOR, "=A17.5045HP73T0B4F OK"), (STRANGER, "Ж status"))
    pdus = [as_deliver(tpdu.encode_submit(oa, text)[0]) for oa, text in texts]
    pdus.append(as_deliver(tpdu.encode_submit(OPERATOR, FORGED.replace("*A", "*B"))[0]))
    pdus.append(as_deliver(tpdu.encode_submit(STRANGER, SC1["commands"][0]["sms"])[0]))
    pdus.append(DATA)
    return pdus


def judged(gate: Gate, pdu: str) -> bool:
    """Is the text in `pdu` accepted? A refusal is logged as the agent does it."""
    deliver = tpdu.decode(pdu)
    text = Text(deliver.oa, deliver.scts_raw, deliver.text, [1])
    try:
        gate.judge(text)
    except Refused as error:
        log.info("sms", "refused: %s, from %s %s", error.reason, access.form_of(text.oa), error.hint)
        return False
    return True


def in_use() -> int:
    """Octets of heap that live objects hold."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def growth(gate: Gate, pdus: "list[str]", accepted: bool) -> int:
    """By how many octets the heap grew over 300 cycles that followed 10."""
    assert all(judged(gate, pdu) == accepted for pdu in pdus)
    for _ in range(9):
        for pdu in pdus:
            judged(gate, pdu)
    before = in_use()
    for _ in range(300):
        for pdu in pdus:
            judged(gate, pdu)
    return in_use() - before


class Sink:
    """Counts what the tokenizer hands out."""

    def __init__(self):
        self.lines = 0
        self.prompts = 0

    def on_line(self, line: bytes) -> None:
        self.lines += 1

    def on_overlong(self, line: bytes) -> None:
        self.lines += 1

    def on_prompt(self) -> None:
        self.prompts += 1


def tokenizer_allocates() -> "str | None":
    """What went wrong when a line without its end, an overlong one and a prompt were fed with the heap locked."""
    in_a_line = Tokenizer()
    at_a_prompt = Tokenizer()
    at_a_prompt.expect_prompt = True
    sink = Sink()
    octets = bytearray(b'+CMGL: 3,1,"",26' * 8)
    prompt = bytearray(b"\r\n> ")
    micropython.heap_lock()
    try:
        for _ in range(8):
            in_a_line.feed(octets, 128, sink)
        at_a_prompt.feed(prompt, 4, sink)
    except MemoryError as error:
        return str(error)
    finally:
        micropython.heap_unlock()
    return None if (sink.lines, sink.prompts) == (0, 1) else "%d lines, %d prompts" % (sink.lines, sink.prompts)


def sink_calls() -> int:
    """How often the sink is called for one line that came octet by octet."""
    tokenizer = Tokenizer()
    sink = Sink()
    for octet in b'\r\n+CMTI: "SM",3\r\n':
        tokenizer.feed(bytearray((octet,)), 1, sink)
    return sink.lines + sink.prompts


def main() -> None:
    """Prints, as JSON: growth of the heap by refused and accepted texts, the tokenizer's fault and its sink calls."""
    log.say = lambda line: None
    settings = Settings()
    gate = Gate(settings, Keys(Flash()), Lockouts(Flash(), settings), Journal())
    found = {
        "refused": growth(gate, refusals(), False),
        "accepted": growth(gate, commands(), True),
        "allocates": tokenizer_allocates(),
        "sink_calls": sink_calls(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
