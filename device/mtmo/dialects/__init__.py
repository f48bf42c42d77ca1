"""Modem families as data: one record each, loaded by name so that RAM pays for one (L1; at_dialects §4–§6)."""

from . import generic

# Part of the model and its dialect, matched without case, longer before shorter (at_dialects §4.1)
_MODELS = (
    "SIM7670 a7670 SIM7080 sim7080 SIM7070 sim7080 SIM7000 sim7000 A7670 a7670 GM02S gm02s "
    "BG95 bg95 BG96 bg95 BG77 bg95 A76 a7670"
)


def match(model: str) -> str:
    """The dialect for what AT+CGMM answered; "generic" for an unknown modem, never a guess."""
    words = _MODELS.split(" ")
    for i in range(0, len(words), 2):
        if words[i] in model.upper():
            return words[i + 1]
    return "generic"


def load(name: str) -> dict:
    """The record called `name`: the family's own with the generic one behind it."""
    record = __import__("mtmo.dialects." + name, None, None, ("RECORD",)).RECORD
    for field in generic.RECORD:
        if field not in record:
            record[field] = generic.RECORD[field]
    record["name"] = name
    return record
