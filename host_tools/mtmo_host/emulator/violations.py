"""What the side that drives the modem did against the rules: recorded, never punished here."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_KEPT = 1000


class Rule(StrEnum):
    """The rules that are watched, and where they come from."""

    OVERLAP = "a command was begun before the last one had its final result (V.250 §5.2.1)"
    EARLY_BODY = "a message body was begun before the prompt (TS 27.005 §4.3)"
    NOT_HEX = "a PDU held something else than hexadecimal digits (TS 27.005 §4.3)"
    HALF_OCTET = "a PDU had an odd number of hexadecimal digits: half an octet is left over (TS 27.005 §4.3)"
    CONTROL = "a control character stood in a command line (V.250 §5.2.2)"
    TOO_LONG = "a command line was longer than the modem takes"
    AFTER_ESC = "something was written after ESC before the modem answered"
    NOT_ACKNOWLEDGED = "a routed message was not acknowledged in time (TS 27.005 §3.4.4)"
    IN_PROMPT = "a command was written while the modem waited for a message body (TS 27.005 §4.3)"
    NO_GAP = "a command followed the last result sooner than the family allows"
    BUSY_POLLING = "the same command was given twenty times in five seconds"
    DELETED_UNREAD = "a message was deleted whose content never reached the driver"
    LEFT_UNREAD = "a stored message was not read for an hour"
    BLIND_RESEND = "a text was sent again though what became of the first is unknown"
    OVERRUN = "more was written to a busy modem than it can hold"


@dataclass(frozen=True)
class Violation:
    """One breach: when, which rule, and what was seen."""

    at_ms: int
    rule: Rule
    detail: str

    def __str__(self) -> str:
        return f"{self.at_ms} ms: {self.rule.value}: {self.detail}"


class Violations:
    """The last thousand breaches in order, and a count of all by rule."""

    def __init__(self) -> None:
        self.counts: Counter[Rule] = Counter()
        self._kept: deque[Violation] = deque(maxlen=_KEPT)

    def add(self, at_ms: int, rule: Rule, detail: str) -> None:
        """Record one breach."""
        self.counts[rule] += 1
        self._kept.append(Violation(at_ms, rule, detail))

    def clear(self) -> None:
        """Forget all."""
        self.counts.clear()
        self._kept.clear()

    def __iter__(self) -> Iterator[Violation]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
