"""Modem families as data: one record each, loaded by name so that RAM pays for one (L1; at_dialects §4–§6)."""

from . import generic


def load(name: str) -> dict:
    """The record called `name`: the family's own with the generic one behind it."""
    record = __import__("mtmo.dialects." + name, None, None, ("RECORD",)).RECORD
    for field in generic.RECORD:
        if field not in record:
            record[field] = generic.RECORD[field]
    record["name"] = name
    return record
