"""Modem families as data: one record each, loaded by name so that RAM pays for one (L1; at_dialects §4–§6)."""

from .. import unload


def load(name: str) -> dict:
    """The record called `name`: the family's own with the generic one behind it."""
    record = dict(_record("generic"))
    record.update(_record(name))
    record["name"] = name
    record["own_cid"] = record["cid"]  # the setting `cid` may stand in for it: some carriers keep 1 for IMS
    return record


def _record(name: str) -> dict:
    record = __import__("mtmo.dialects." + name, None, None, ("RECORD",)).RECORD
    unload("dialects." + name)  # the merged record is all that is needed of it
    return record
