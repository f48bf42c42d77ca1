"""Days of the agent under MicroPython with a modem that misbehaves: nothing lost, nothing done twice, nothing leaked.

Run as a program it lives through one of them: soak.py [MODEM [SEED [HOURS]]]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from air import OPERATOR
from virtual_process import Measured
from virtual_rig import Rig

from mtmo_host.emulator import personalities
from mtmo_host.emulator.faults import PROFILES
from mtmo_host.sms.address import Address
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import encode_deliver

PROGRAM = "tests/micropython/soak.py"
SETTINGS = {"replies_per_hour": 60, "replies_per_day": 500}
# Some of each before it counts: they load what is only loaded in trouble, and bring objects to their full size
WARM_UP = ("flaky", "sim-busy", "lossy", "restarts", "brown-out", "noisy-line", "bad-coverage")
WARM_UP_S = 2400
# What fills the rings of journal and log, so that the heap holds the same at the start and at the end
COMMANDS = 8
REFUSED = 40
LOOKS = 3
QUIET_S = 3600  # without faults: the longest wait there is
READ_S = 1800  # by then a text has been read, at whatever sweep
# Two octets that noise has changed may leave a PDU as long as it was, and make a stranger's junk of a command, which is
# not read twice: so one command in a hundred may be lost there, and none anywhere else
UNTRUE = {"noisy-line"}
JUNK = ("hello", "OK", "\r\nOK\r\n", '+CMTI: "SM",1', "> ", "Your code is 4711", "*A1.22CDX6MYSKTB4 ping", "status")


@dataclass
class Result:
    """What a day came to."""

    texts: int  # that the network delivered
    commands: int
    lost: list[str]  # commands that were delivered and never carried out, and why that is no fault, if it is none
    start: Measured
    end: Measured
    phases: Counter[str]
    faults: Counter[str]


class Day:
    """One rig, one seed: commands, strangers' texts, and one bad time after the other."""

    def __init__(self, folder: Path, name: str, seed: int, hours: float) -> None:
        self.rig = Rig(folder, name=name, seed=seed, **SETTINGS)
        self._chance = random.Random(f"{name} {seed}")
        self._seconds = int(hours * 3600)
        self._number = 0
        self._given: dict[str, int] = {}  # number of a command -> when it was sent
        self._began: list[tuple[int, str]] = []  # when which kind of trouble began
        self._phases: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._texts = 0

    def live(self) -> Result:
        """From power-on to the evening, when nothing is wrong any more."""
        with self.rig as rig:
            for name in WARM_UP:
                self._change(name)
                self._act_often(WARM_UP_S)
            start = self._settled()
            end_ms = rig.now_ms + 1000 * self._seconds
            while rig.now_ms < end_ms:
                self._change()
                self._act_often(min(self._chance.choice((600, 1800, 3600)), (end_ms - rig.now_ms) // 1000 + 1))
            result = self._judge(start, self._settled())
            self._faults.update(rig.modem.faults.acted)
            return result

    def _settled(self) -> Measured:
        # nothing is wrong any more, nothing waits any more
        rig = self.rig
        self._change("healthy")
        for _ in range(QUIET_S // 60):
            rig.network.retry(rig.modem)
            rig.run(60)
        for _ in range(REFUSED):
            self._send("hello", self._stranger())
        for _ in range(COMMANDS):
            self._command(long=True)
            rig.run(60)
        return max((self._measured_later() for _ in range(LOOKS)), key=lambda measured: measured.free)

    def _measured_later(self) -> Measured:
        # a stale pointer may hold 2 kB that nobody uses until the next command; a leak is there at every look
        self._command(long=True)
        self.rig.run(1000)
        return self.rig.measure()

    def _change(self, name: str = "") -> None:
        faults = self.rig.modem.faults
        phase = name or self._chance.choice(PROFILES).name
        self._began.append((self.rig.now_ms, phase))
        self._phases[phase] += 1
        faults.apply(phase)

    def _act_often(self, seconds: int) -> None:
        until_ms = self.rig.now_ms + 1000 * seconds
        while self.rig.now_ms < until_ms:
            self._act()
            self.rig.run(self._chance.expovariate(1 / 60))
            self.rig.network.retry(self.rig.modem)

    def _act(self) -> None:
        what = self._chance.random()
        if what < 0.22:
            self._command()
        elif what < 0.3:
            self._send("ж" * self._chance.randint(1, 200), self._stranger())
        else:
            self._send(self._chance.choice(JUNK), self._stranger() if what < 0.8 else Address(OPERATOR))

    def _command(self, long: bool = False) -> None:
        self._number += 1
        body = f"count {self._number}"
        if long or self._chance.random() < 0.2:
            body += " " + "x" * 150  # two segments
        command = self.rig.sign(body)
        self._given[str(self._number)] = self.rig.now_ms
        self._send(command.sms, Address(OPERATOR))

    def _stranger(self) -> Address:
        return Address(f"+4915{self._chance.randrange(10**8):08}", 1)

    def _send(self, text: str, oa: Address) -> None:
        scts = self.rig.next_scts()
        parts = segments(text, ref=self._chance.randrange(256))
        tpdus = [encode_deliver(oa=oa, scts=scts, payload=part.ud, header=part.udh, dcs=part.dcs) for part in parts]
        for tpdu in tpdus:
            self._texts += 1
            self.rig.network.submit(self.rig.modem, tpdu)

    def _troubles(self, sent_ms: int) -> set[str]:
        # that a text may have met which was sent then
        found = {"healthy"}
        for began_ms, phase in self._began:
            if began_ms <= sent_ms:
                found = {phase}
            elif began_ms <= sent_ms + 1000 * READ_S:
                found.add(phase)
        return found

    def _judge(self, start: Measured, end: Measured) -> Result:
        rig = self.rig
        assert not rig.network.waiting, f"{len(rig.network.waiting)} texts were never delivered"
        assert not rig.stored(), f"{len(rig.stored())} texts are left in the modem's store"
        twice = [number for number, count in Counter(rig.ran).items() if count > 1]
        assert not twice, f"carried out twice: {twice}"
        lost = [number for number in self._given if number not in rig.ran]
        untrue = [number for number in lost if UNTRUE & self._troubles(self._given[number])]
        wrong = [f"{number} {self._troubles(self._given[number])}" for number in lost if number not in untrue]
        assert not wrong, f"never carried out: {wrong}"
        assert len(untrue) <= max(1, len(self._given) // 100), f"never carried out on a noisy line: {untrue}"
        assert not rig.resets, rig.resets
        assert not rig.errors, rig.errors[0]
        assert end.handler_errors == 0
        assert end.free >= 0.95 * start.free, f"{start.free} octets were free, {end.free} at the end"
        return Result(self._texts, len(self._given), untrue, start, end, self._phases, self._faults)


def replay(name: str, seed: int, hours: float) -> str:
    """The command that lives through the same day again."""
    return f"replay: .venv/bin/python {PROGRAM} {name} {seed} {hours:g}"


def main() -> int:
    """One day, told as it is judged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modem", nargs="?", default="a7670", choices=personalities.names())
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("hours", nargs="?", type=float, default=24)
    given = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        day = Day(Path(folder), given.modem, given.seed, given.hours)
        try:
            result = day.live()
        except (AssertionError, TimeoutError) as error:
            print("\n".join(day.rig.log[-60:]), f"\n{error}\n{replay(given.modem, given.seed, given.hours)}")
            return 1
    print(f"{given.hours:g} h of {given.modem}, seed {given.seed}, in {time.monotonic() - began_s:.1f} s: {result}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
