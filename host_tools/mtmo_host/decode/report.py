"""What an explanation consists of: rows of a field each, and the damage, if any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One field: where it starts, what it consists of (hex of octets, or characters), what that means.

    `offset` counts octets in a PDU and characters in a text. `damage_at` is the offset of what is wrong in it, which
    is one behind its end for what is missing.
    """

    name: str
    offset: int
    raw: str
    meaning: str
    value: Any = None
    damage_at: int | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """Why something cannot be read: the field, the offset in it as in its rows, a short word, and a sentence."""

    name: str
    offset: int
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message} at {self.offset} [{self.reason}]"

    def as_json(self) -> dict[str, Any]:
        """The damage as a JSON object."""
        return {"field": self.name, "offset": self.offset, "reason": self.reason, "message": self.message}


@dataclass(slots=True)
class Report:
    """An explained PDU (`unit` "octet") or SC1 text (`unit` "character"); `inner` is the SC1 text in a PDU's text."""

    kind: str
    unit: str
    title: str
    rows: list[Row]
    damage: Damage | None = None
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    summary: str = ""
    inner: Report | None = None

    def damages(self) -> Iterator[Damage]:
        """What is wrong here and in the text inside."""
        if self.damage:
            yield self.damage
        if self.inner:
            yield from self.inner.damages()

    def as_json(self) -> dict[str, Any]:
        """The report as JSON objects."""
        found: dict[str, Any] = {"kind": self.kind, "title": self.title, **self.facts}
        found["fields"] = [
            {"field": row.name, "offset": row.offset, "raw": row.raw, "meaning": row.meaning, "value": row.value}
            for row in self.rows
        ]
        found["notes"] = self.notes
        found["error"] = self.damage.as_json() if self.damage else None
        if self.inner:
            found["sc1"] = self.inner.as_json()
        return found


def visible(text: str) -> str:
    """Text from outside with control characters escaped: it must not move the cursor."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
