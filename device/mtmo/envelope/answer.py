"""How the words of an answer are joined, and cut into texts (L1; SC1 §8)."""

from .. import envelope

SMS_SEPTETS = 160


def room(kid: str, ctr: int, part: int, encrypted: bool) -> int:
    """How much of an answer or, with ctr 0, of a notice fits an SMS: a dctr is taken as long as it can become."""
    return envelope.room(ctr or 0xFFFFFFFF, encrypted, part) if kid else SMS_SEPTETS


def cut(entry, text: str, count: int, first: int = 0) -> "tuple[list[str], str]":
    """`text` in at most `count` pieces that fit an SMS each, and what is left of it.

    Cut behind whole words, so that no half of a %HH or of a number is read as the whole.
    """
    parts = []
    for part in range(first, first + count):
        most = room(entry.kid, entry.ctr, part, entry.encrypted)
        end = len(text) if len(text) <= most else text[: most + 1].rfind(" ")
        if end <= 0 < len(text):
            end = most
        parts.append(text[:end])
        text = text[end:].lstrip()
        if not text:
            break
    return parts, text


def joined(answers: str, answer: str) -> str:
    """The answers of several verbs as one."""
    return answers + "; " + answer if answers else answer
