"""The local prompt: verbs, log, AT trace and the modem itself for the person at the cable (L3; design 4.9).

Loaded with the first key, forgotten when the keyboard has been quiet for five minutes. Whoever holds the cable is
admin, unless the board is locked; nothing goes through the journal, since the answer is here at once.
"""

import asyncio

from micropython import const

from . import log, once
from .clock import now_ms
from .envelope import canonical
from .errors import AtError, AtRefused, StoreError, VerbError
from .journal import Entry

_QUIET_S = const(300)
_MAX_LINE = const(160)
_LINES = const(20)
_MAX_LINES = const(200)
_MODEM_MS = const(30000)
_MODEM_OCTETS = const(8192)  # at 9,600 baud more would take longer than a modem's buffer lasts
_AT = "] debug at: "
_MARK = "mtmo> "
_ERASE = "\r\x1b[K"
_HELP = "here also: log (N), trace on/off/(N), modem AT..., repl"


async def talk(agent, keyboard, octet: bytes) -> None:
    """Serve the person who pressed `octet` until `keyboard`, a stream, has been quiet for long.

    Raises KeyboardInterrupt where the person leaves for the REPL.
    """
    prompt = Prompt(agent)
    say = log.say
    log.say = prompt.say  # type: ignore[assignment]
    try:
        while octet:
            await prompt.take(octet[0])
            try:
                await asyncio.wait_for(prompt.listen(keyboard), _QUIET_S)
            except asyncio.TimeoutError:
                if not prompt.octet:
                    print()
            octet = prompt.octet
    finally:
        log.say = say


class Prompt:
    """A line that is typed, and what it asks for."""

    def __init__(self, agent):
        self._agent = agent
        self._line = ""
        self._last = 0  # octet
        self._escape = False  # within a sequence of a cursor key or its like
        self._at_work = False  # nothing is typed
        self.octet = b""  # the newest, b"" when none came
        self._asked = ""  # the modem, as the trace shows it
        self._heard = False  # what comes now answers that
        self._room = 0  # octets of an answer that may still be shown
        self._more = 0  # lines beyond them

    async def listen(self, keyboard) -> None:
        """Wait for the next octet. It is kept here, for wait_for() may forget one that came just before its end."""
        self.octet = b""
        self.octet = await keyboard.read(1)

    def say(self, line: str) -> None:
        """Print a line of the agent's log above the one that is typed."""
        if self._at_work:
            print(line)
        else:
            print(_ERASE + line)
            self._show()

    async def take(self, octet: int) -> None:
        """One octet from the keyboard; echoed here."""
        last, self._last = self._last, octet
        if self._escape:
            self._escape = not 0x40 <= octet <= 0x7E or octet == 0x5B
        elif octet == 0x1B:
            self._escape = True
        elif octet == 0x0D or (octet == 0x0A and last != 0x0D):
            await self._enter()
        elif octet in (0x08, 0x7F) and self._line:
            self._line = self._line[:-1]
            print("\b \b", end="")
        elif octet == 0x15:  # Ctrl-U
            self._line = ""
            print(_ERASE, end="")
            self._show()
        elif 0x20 <= octet < 0x7F and len(self._line) < _MAX_LINE:
            if not self._line and not last:
                print(_MARK, end="")
            self._line += chr(octet)
            print(chr(octet), end="")

    def _show(self) -> None:
        print(_MARK + self._line, end="")

    async def _enter(self) -> None:
        line, self._line = canonical(self._line), ""
        print()
        self._at_work = True
        if self._agent.settings["lock"]:
            print("locked; to open it: set lock off, signed")
        elif line:
            for words in await self._answer(line):
                print(log.masked(words))
        self._at_work = False
        self._show()

    async def _answer(self, line: str) -> "list[str]":
        name, _, rest = line.partition(" ")
        try:
            if name == "repl":
                raise KeyboardInterrupt
            if name == "log":
                return log.last(_count(rest))
            if name == "trace":
                return _trace(rest)
            if name == "modem":
                return await self._modem(rest)
            return await self._verbs(line)
        except (VerbError, AtError) as error:
            return [str(error)]

    async def _verbs(self, line: str) -> "list[str]":
        agent = self._agent
        entry = Entry("", 0, "%016x" % now_ms(), "", "", True, line)
        answers = []
        try:
            for verb, args in once("gate.judge").plan(line):
                log.info("cable", "%s", verb.name)
                words = await agent.dispatcher.run(verb, args, entry)
                answers.append(words if words.startswith("Q ") else ("OK " + words).strip())
        except VerbError as error:
            answers.append(str(error))
        except StoreError:
            answers.append("E20 flash fails")
        if agent.apn.busy():
            agent.transaction().answer_sent()
        agent.wake()
        return answers + [_HELP] if line == "help" else answers

    async def _modem(self, line: str) -> "list[str]":
        # its own words, as the trace has them; the agent looks at its settings again by itself
        if line[:2].upper() != "AT":
            raise VerbError(12, "modem AT...")
        self._asked = log.masked(line)
        self._heard, self._room, self._more = False, _MODEM_OCTETS, 0
        level = log.level
        if level > log.DEBUG:  # else all of it passes by
            log.say, log.level = self._overhear, log.DEBUG  # type: ignore[assignment]
        try:
            await self._agent.modem.chat.request(line, _MODEM_MS)
        except AtRefused:
            pass  # it was shown as the modem said it
        finally:
            log.say, log.level = self.say, level  # type: ignore[assignment]
        return ["... %d more lines" % self._more] if self._more else []

    def _overhear(self, line: str) -> None:
        at = line.find(_AT)
        if at < 0:
            self.say(line)
            return
        words = line[at + len(_AT) + 2 :]
        if line[at + len(_AT)] == ">":
            self._heard = words == self._asked
        elif self._heard and words != self._asked:  # that is its echo
            self._room -= len(words)
            if self._room >= 0:
                print(words)
            else:
                self._more += 1


def _trace(rest: str) -> "list[str]":
    if rest in ("on", "off"):
        log.level = log.DEBUG if rest == "on" else log.INFO
        return ["trace " + rest]
    return once("at.trace_text").lines(_count(rest))


def _count(text: str) -> int:
    if not text:
        return _LINES
    if not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= _MAX_LINES:
        raise VerbError(12, "1 to %d lines" % _MAX_LINES)
    return int(text)
