"""Every verb with every kind of wrong words: an answer in its own words, never an exception, nothing repeated."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from world import Power, World, live

from mtmo import envelope, verbs
from mtmo.dispatch import Context
from mtmo.errors import VerbError
from mtmo.gate.judge import plan
from mtmo.journal import Entry
from mtmo.settings.table import TABLE as SETTINGS

CANARY = "Xyzzy-canary-4711"
# digits of other scripts are not among them: MicroPython's isdigit() knows only ours
WORDS = (
    "", "x", CANARY, "a" * 150, "a." * 40, "é" * 70, "€", "\x1b", "\0", "0", "00", "1", "-1", "+1", "1.5", "1e9",
    "65536", "2147483648", "4294967296", "9" * 40, "%", "%4", "%GG", "%00", "%1A", "%0D%0A", "%22%3B", "%25%30%30",
    "%E9", "=", "==", "=x", "x=", "a=b=c", "user=", "user=" + "u" * 70, "pass=%0D", "auth=", "auth=none",
    "type=ipv9", "hold=-1", "confirm=operator", "hold=9999", "sn=%00", "-", "--", ",", ",,", ".", "/", "*", "#",
    "#PIN", "on", "off", "pulse", "every", "24h", "-1h", "h", "every24h", "modem", "board", "list", "at", "A", "Z",
    "AA", "short:", "short:12345", "alnum:", "alnum:EMnify", "+", "+0", "+49", "+491511234567", "viewer", "admin",
    "Admin", "__class__", "{0.__class__}", "%s%n", "None", "True",
)  # fmt: skip
pytestmark = pytest.mark.slow

LONG = ("1",) * 60
PAIRS = 30  # of each verb, by chance; and as many with three words
ENDS = {"reboot"}  # restarts the board or the modem


def cases(name: str) -> list[list[str]]:
    chance = random.Random(name)
    pairs = list(itertools.product(WORDS, WORDS))
    more = [list(pair) for pair in chance.sample(pairs, PAIRS)]
    more += [chance.choices(WORDS, k=3) for _ in range(PAIRS)]
    known = [[row[0], word] for row in SETTINGS for word in chance.sample(WORDS, 25)] if name == "set" else []
    return [[], list(LONG), *([word] for word in WORDS), *more, *known]


def is_told(words: str) -> bool:
    """May it go out: printable, and in one piece behind `OK `?"""
    return isinstance(words, str) and all(" " <= char <= "~" for char in envelope.escape(words))


@pytest.mark.parametrize("name", verbs.names())
def test_a_verb_answers_whatever_the_words(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        agent = world.agent
        entry = Entry("A", 5, "00" * 8, "short:12345", "", True, name, 1)
        for args in cases(name):
            verb, _ = verbs.find(name.split(" "))
            try:
                words = await verb.run(Context(agent, entry), args)
            except VerbError as error:
                assert CANARY not in str(error), args
                words = str(error)
            except Power:
                assert name in ENDS and args[:1] in ([], ["board"])
                continue
            except Exception as error:
                raise AssertionError(f"{name} {args}: {error!r}") from error
            assert is_told(words), (args, words)
            assert len(words) < 600, (args, len(words))
        world.modem.violations.clear()  # nobody types that fast

    live(tmp_path, story, **{"trace-octets": 512})


def test_a_body_that_is_no_command_is_an_error_with_fixed_words() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        body = chance.choice((" ", ";", "; ", "")).join(
            chance.choices((*WORDS, *verbs.names()), k=chance.randint(0, 6))
        )
        try:
            steps = plan(envelope.canonical(body))
        except VerbError as error:
            assert error.code in (10, 11)
            assert CANARY not in str(error)
        else:
            assert 1 <= len(steps) <= 4
