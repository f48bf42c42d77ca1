"""One line of a terminal: board octets in, lines of harmless text out; pure.

MicroPython's line editor needs a cursor, backspace and erase-to-end; these are understood. Whatever else a board sends
is shown as text, so that it cannot move the cursor, change a title or answer for the person at the keyboard.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MAX_COLUMNS = 4096  # a board that never ends its line gets it ended
_CSI = re.compile(r"\x1b\[([0-9;?]*)([@-~])")
_CSI_BEGINNING = re.compile(r"\x1b(\[[0-9;?]{0,15})?\Z")


@dataclass(frozen=True)
class Partial:
    """The line that has not ended: its text, and the cursor's column."""

    text: str
    column: int


class Screen:
    """Feed it what the board sends."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._cells: list[str] = []
        self._column = 0
        self._escape = ""

    @property
    def partial(self) -> Partial:
        """The line that has not ended yet."""
        return Partial("".join(self._cells), self._column)

    def feed(self, octets: bytes) -> list[str]:
        """The lines that ended within `octets`, without their ends."""
        lines: list[str] = []
        text = self._escape + self._decoder.decode(octets)
        self._escape = ""
        position = 0
        while position < len(text):
            character = text[position]
            if character == "\x1b":
                if _CSI_BEGINNING.match(text, position):
                    self._escape = text[position:]
                    break
                sequence = _CSI.match(text, position)
                if sequence and self._control(sequence):
                    position = sequence.end()
                    continue
            position += 1
            if self._character(character):
                lines.append(self.end_line())
        return lines

    def end_line(self) -> str:
        """Ends the line where it is, as when the port goes away, and returns it."""
        line = "".join(self._cells).rstrip()
        self._cells, self._column = [], 0
        return line

    def _character(self, character: str) -> bool:
        """Takes one character; True when it ended the line."""
        if character == "\n":
            return True
        if character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character == "\t":
            self._put(" " * (8 - self._column % 8))
        elif character != "\x07":  # a bell is no text
            self._put(visible(character))
        return len(self._cells) >= MAX_COLUMNS

    def _put(self, text: str) -> None:
        self._cells[self._column : self._column + len(text)] = text
        self._column += len(text)

    def _control(self, sequence: re.Match[str]) -> bool:
        count, final = sequence.group(1), sequence.group(2)
        if final == "K" and count in ("", "0"):
            del self._cells[self._column :]
        elif final in "CD" and (count == "" or count.isdigit()):
            step = min(int(count or 1), MAX_COLUMNS)
            self._column = min(max(0, self._column + (step if final == "C" else -step)), len(self._cells))
        else:
            return False
        return True


def visible(character: str) -> str:
    """The character, or its escape when a terminal would act on it."""
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
