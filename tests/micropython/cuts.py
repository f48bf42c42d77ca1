"""Power cuts as a table: what is commanded, what may be answered, and everywhere power can fail meanwhile.

Run as a program it goes through all of them, or through those named: cuts.py [SCENARIO [FILESYSTEM [CUT]]]. What it has
been through it notes in a file, and goes on from there the next time; --shard 2/3 takes the second third.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from air import IMEI, MASTER
from virtual_process import code
from virtual_rig import Rig

from mtmo_host.sms import base32, sc1
from mtmo_host.sms.address import Address
from mtmo_host.sms.errors import Sc1Error
from mtmo_host.sms.sc1 import SignedCommand

PROGRAM = "tests/micropython/cuts.py"
NOTES = Path("build/cuts.txt")

SHARES = (0.0, 0.3, 0.5, 0.99)  # of a torn operation
FILESYSTEMS = ("lfs", "fat")
SETTLE_S = 61  # after the last answer: a cut may come there, too


@dataclass(frozen=True)
class Scenario:
    """One command, and what was there before it.

    `prepare` returns the commands whose answer is owed when it begins; `holds` is asked at the end. Each of `answers`
    is a set of answers that keeps the promise; behind one of `ends` (any, if it is empty) nothing more comes. A test
    run makes only every `stride`-th cut.
    """

    verb: str
    args: str
    answers: tuple[set[str], ...]
    ends: tuple[str, ...] = ()
    encrypted: bool = False
    stride: int = 1
    prepare: Callable[[Rig], list[SignedCommand]] = lambda rig: []
    holds: Callable[[Rig], None] = lambda rig: None


def _one_apn(rig: Rig) -> None:
    answer = rig.ask("apn")
    assert rig.modem.contexts.get(1).apn in ("iot", "em"), answer
    assert f"apn={rig.modem.contexts.get(1).apn}" in answer, answer


def _fill_outbox(rig: Rig) -> list[SignedCommand]:
    # the hour's budget is spent, then eight answers wait for the next hour; the command finds no room
    for _ in range(11):
        rig.ask("ping")
        rig.run(10)
    owed = [rig.sign("ping") for _ in range(8)]
    for command in owed:
        rig.text(command.sms)
        rig.run(10)
    assert not any(rig.answers(command) for command in owed)
    return owed


def _parts_are_two(rig: Rig) -> None:
    assert rig.ask("get reply-parts", timeout_s=4000) == "OK reply-parts=2"


def _one_key_works(rig: Rig) -> None:
    # the next key takes over with its first text, and the old one is gone
    old, new = rig.keys, sc1.SlotKeys(NEXT_KEY)
    rig.keys = new
    assert rig.ask("ping") == "OK pong"
    rig.keys = old
    sent = len(rig.network.sent)
    rig.text(rig.sign("ping").sms)
    rig.run(60)
    assert len(rig.network.sent) == sent, "the old key still opens"
    rig.keys = new


NEXT_KEY = sc1.derive_device_key(MASTER, IMEI, "A", 2)
NEXT = f"A 2 {base32.encode_bits(NEXT_KEY)}"
APN_SET = "OK apn=em state=confirmed txn=1"
APN_CUT = "E42 txn=1 cause=cut"

SCENARIOS = {
    "plain read": Scenario("ping", "", ({"OK pong"},)),
    "runs once": Scenario("count", "1", ({"OK counted"}, {"E20 interrupted"})),
    "reboot": Scenario("reboot", "", ({"OK rebooted"},)),
    "apn set": Scenario(
        "apn set", "em", ({"Q txn=1", APN_SET}, {"Q txn=1", APN_CUT}), ends=(APN_SET, APN_CUT), holds=_one_apn
    ),
    "settings change": Scenario("set", "reply-parts 2", ({"OK reply-parts=2"},), holds=_parts_are_two),
    "key rotation": Scenario("key", NEXT, ({"OK key=A epoch=2 pending"},), encrypted=True, holds=_one_key_works),
    "full outbox": Scenario("count", "1", ({"OK counted"}, {"E20 interrupted"}), prepare=_fill_outbox, stride=24),
}


@dataclass(frozen=True)
class Cut:
    """Where power fails: in flash operation (boot, number, share), or behind octet `number` of the line."""

    medium: str  # "flash", "sent", "heard" or "" for nowhere
    number: int = 0
    boot: int = 0
    share: float = 0.0
    again: int = 0  # and once more, in that operation of the boot that follows

    @property
    def modem_too(self) -> bool:
        """Every other cut in the line takes the modem's power, too."""
        return self.medium != "flash" and self.number % 2 == 1

    def __str__(self) -> str:
        if self.medium != "flash":
            return f"{self.medium}:{self.number}"
        return f"flash:{self.number}:{self.boot}:{self.share:g}:{self.again}"

    @classmethod
    def parse(cls, text: str) -> Cut:
        """What str() gave."""
        medium, number, *rest = text.split(":")
        boot, share, again = rest or ("0", "0", "0")
        return cls(medium, int(number), int(boot), float(share), int(again))

    def flash(self) -> dict[int, tuple[int, float]]:
        """As the rig wants it."""
        if self.medium != "flash":
            return {}
        again = {self.boot + 1: (self.again, self.share)} if self.again else {}
        return {self.boot: (self.number, self.share), **again}


@dataclass
class Course:
    """What happened without a cut: the flash operations of each boot, and the octets on the line."""

    operations: list[tuple[int, int]] = field(default_factory=list)  # (boot, number)
    sent: list[range] = field(default_factory=list)  # the octets of each write
    heard: range = range(0)

    def saw(self, direction: str, octets: bytes, end: int) -> None:
        """As Modem.trace: a write of the agent, whose last octet is number `end`."""
        if direction == "rx":
            self.sent.append(range(end - len(octets) + 1, end + 1))

    def rotating(self) -> Iterator[Cut]:
        """Every operation, torn at one share after the other."""
        for i, (boot, number) in enumerate(self.operations):
            yield Cut("flash", number, boot, SHARES[i % len(SHARES)])

    def flash_cuts(self) -> Iterator[Cut]:
        """Every operation, torn at every share."""
        for boot, number in self.operations:
            yield from (Cut("flash", number, boot, share) for share in SHARES)

    def line_cuts(self) -> Iterator[Cut]:
        """Every octet of both directions."""
        for octets in self.sent:
            yield from (Cut("sent", number) for number in octets)
        yield from (Cut("heard", number) for number in self.heard)

    def edges(self) -> Iterator[Cut]:
        """The last octet of every command, and the first of every other one."""
        for i, octets in enumerate(self.sent):
            yield from (Cut("sent", number) for number in sorted({octets[-(i % 2)], octets[-1]}))


def survive(folder: Path, scenario: Scenario, filesystem: str, cut: Cut) -> Course:
    """Live through one cut and see that the promise of design 4.4 holds."""
    with Rig(folder, filesystem=filesystem, cut_flash=cut.flash()) as rig:
        owed = scenario.prepare(rig)
        course = Course()
        begin, heard, mark = rig.measure(), rig.heard_octets, len(rig.log)
        rig.modem.trace = lambda direction, octets, now_ms: course.saw(direction, octets, rig.sent_octets)
        rig.modem_too = cut.modem_too
        if cut.medium in ("sent", "heard"):
            setattr(rig, "cut_at_" + cut.medium, cut.number)
        command = rig.sign(f"{scenario.verb} {scenario.args}".strip(), scenario.encrypted)
        rig.text(command.sms)
        rig.until(lambda: _ended(rig, scenario, command) and all(rig.answers(other) for other in owed), 20000)
        rig.run(SETTLE_S)
        rig.modem.trace = None
        if not cut.medium:
            ends = [*rig.at_reset, rig.measure()]
            firsts = [begin.operations, *(0 for _ in rig.at_reset)]
            for boot, (first, end) in enumerate(zip(firsts, ends, strict=True)):
                course.operations += [(boot, number) for number in range(first + 1, end.operations + 1)]
            course.heard = range(heard + 1, rig.heard_octets + 1)
        assert rig.cuts or not cut.medium, "the cut did not come"
        accepted = [
            line for line in rig.log[mark:] if line.endswith("accepted from short:12345 as admin: " + scenario.verb)
        ]
        assert len(accepted) <= 1
        for other in owed:
            assert set(rig.answers(other)) == {"OK pong"}
        _promise(rig, scenario, command)
        return course


def sample(courses: Course, seed: int, count: int) -> list[Cut]:
    """Some of the line's octets, and some cuts of the flash with a second one in the boot that follows."""
    chance = random.Random(seed)
    cuts = chance.sample(list(courses.line_cuts()), count)
    for boot, number in chance.sample(courses.operations, min(count, len(courses.operations))):
        cuts.append(Cut("flash", number, boot, chance.choice(SHARES), again=chance.randint(1, 12)))
    return cuts


def _ended(rig: Rig, scenario: Scenario, command: SignedCommand) -> bool:
    answers = rig.answers(command)
    return bool(answers) and (not scenario.ends or any(answer in scenario.ends for answer in answers))


def _promise(rig: Rig, scenario: Scenario, command: SignedCommand) -> None:
    answers = set(rig.answers(command))
    assert answers in scenario.answers
    ran, resets, sent, cuts = len(rig.ran), len(rig.resets), len(rig.network.sent), rig.cuts
    assert ran <= 1, "carried out twice"
    assert not (ran == 0 and "OK counted" in answers)
    for _ in range(4):
        rig.text(command.sms)
        rig.run(30)
    assert len(rig.network.sent) <= sent + 2 + rig.cuts - cuts, "the cached answer goes out twice more at most"
    _doors(rig)
    assert (len(rig.ran), len(rig.resets)) == (ran, resets), "a replay was carried out"
    assert resets <= (1 if scenario.verb == "reboot" else 0)
    scenario.holds(rig)
    assert rig.ask("ping", timeout_s=4000) == "OK pong"
    rig.until(lambda: not rig.stored(), 60)
    assert not rig.errors, rig.errors[0]
    assert rig.measure().handler_errors == 0


def _doors(rig: Rig) -> None:
    sent = len(rig.network.sent)
    forged = rig.sign("count 2").sms.replace("count 2", "count 3")
    for text, oa in (("count 4", None), (forged, None), (rig.sign("count 5").sms, Address("+491701234567", 1))):
        rig.text(text, oa)
    rig.run(30)
    assert len(rig.network.sent) == sent, "a stranger was answered"


def main() -> int:
    """Every cut of every scenario, or those that are named; 1 when one of them broke the promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", choices=SCENARIOS)
    parser.add_argument("filesystem", nargs="?", choices=FILESYSTEMS)
    parser.add_argument("cut", nargs="?", type=Cut.parse)
    parser.add_argument("--notes", type=Path, default=NOTES, help=f"what was done; {NOTES} if not given")
    parser.add_argument(
        "--shard", type=_shard, default=(1, 1), metavar="I/N", help="only every Nth cut, from the Ith on"
    )
    given = parser.parse_args()
    names = [given.scenario] if given.scenario else list(SCENARIOS)
    filesystems = [given.filesystem] if given.filesystem else list(FILESYSTEMS)
    if given.cut:
        with tempfile.TemporaryDirectory() as folder:
            survive(Path(folder), SCENARIOS[names[0]], filesystems[0], given.cut)
        return 0
    try:
        return _all([(name, filesystem) for name in names for filesystem in filesystems], given.shard, given.notes)
    except KeyboardInterrupt:
        print(f"\nstopped; the next run goes on, see {given.notes}")
        return 130


def _shard(text: str) -> tuple[int, int]:
    which, _, count = text.partition("/")
    if not (which.isdigit() and count.isdigit() and 1 <= int(which) <= int(count)):
        raise argparse.ArgumentTypeError("I/N with 1 <= I <= N")
    return int(which), int(count)


def _all(jobs: list[tuple[str, str]], shard: tuple[int, int], notes: Path) -> int:
    notes.parent.mkdir(parents=True, exist_ok=True)
    # a note is of this code alone
    head = f"# {hashlib.sha256(b''.join(path.read_bytes() for path in sorted(code().rglob('*.mpy')))).hexdigest()}"
    lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    done = dict(line.rsplit(" ", 1) for line in lines[1:]) if lines[:1] == [head] else {}
    if not done:
        notes.write_text(head + "\n", encoding="utf-8")
    began_s, lived = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, notes.open("a", encoding="utf-8") as noted:
        for name, filesystem in jobs:
            course = survive(Path(folder), SCENARIOS[name], filesystem, Cut(""))
            cuts = [*course.flash_cuts(), *course.line_cuts(), *sample(course, 1, 100)]
            random.Random(1).shuffle(cuts)  # so that a part of them is a fair sample
            for i, cut in enumerate(cuts[shard[0] - 1 :: shard[1]]):
                key = f"{name} {filesystem} {cut}"
                if key not in done:
                    done[key] = "ok" if survived(Path(folder), name, filesystem, cut) else "broken"
                    print(key, done[key], file=noted, flush=True)
                    lived += 1
                if i % 20 == 0:
                    each_s = (time.monotonic() - began_s) / max(1, lived)
                    total = len(range(shard[0] - 1, len(cuts), shard[1]))
                    broken = list(done.values()).count("broken")
                    print(
                        f"{name} on {filesystem}: {i + 1} of {total}, {broken} broken, {each_s:.2f} s each", flush=True
                    )
    print(f"{len(done)} cuts in {notes}, {list(done.values()).count('broken')} broken")
    return int("broken" in done.values())


def survived(folder: Path, name: str, filesystem: str, cut: Cut) -> bool:
    """As survive(), but says what went wrong and how to see it again."""
    try:
        survive(folder, SCENARIOS[name], filesystem, cut)
    except (AssertionError, TimeoutError, Sc1Error) as error:
        print(f"\n{error}\nreplay: .venv/bin/python {PROGRAM} '{name}' {filesystem} {cut}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
