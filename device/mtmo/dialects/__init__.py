"""Modem families as data: one record each, loaded by name so that RAM pays for one (L1; at_dialects §4–§6)."""

from . import generic

# Model substring -> dialect, matched without case, longer before shorter (at_dialects §4.1)
_MODELS = (
    ("SIM7670", "a7670"),
    ("SIM7080", "sim7080"),
    ("SIM7070", "sim7080"),
    ("SIM7000", "sim7000"),
    ("A7670", "a7670"),
    ("GM02S", "gm02s"),
    ("BG95", "bg95"),
    ("BG96", "bg95"),
    ("BG77", "bg95"),
    ("A76", "a7670"),
)


def match(model: str) -> str:
    """The dialect for what AT+CGMM answered; "generic" for an unknown modem, never a guess."""
    model = model.upper()
    for part, name in _MODELS:
        if part in model:
            return name
    return "generic"


def load(name: str) -> dict:
    """The record called `name`: the generic one with the family's differences laid over it."""
    record = dict(generic.RECORD)
    if name != "generic":
        module = __import__("mtmo.dialects." + name, None, None, ("RECORD",))
        record.update(module.RECORD)
    record["name"] = name
    return record
