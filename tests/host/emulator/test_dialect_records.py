"""The agent's dialect records: small, sourced, and silent about what every modem does (design 4.10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtmo.dialects import generic
from mtmo_host.flash.compile import compile_package
from mtmo_host.profile_schema import MODEMS

BUDGET = 1536  # octets of .mpy


def own(name: str) -> tuple[dict[str, object], str]:
    """The fields that a record itself names, and its docstring."""
    source = __import__(f"mtmo.dialects.{name}", None, None, ("__file__",))
    scope: dict[str, object] = {}
    exec(compile(Path(str(source.__file__)).read_text(encoding="utf-8"), name, "exec"), scope)
    record = scope["RECORD"]
    assert isinstance(record, dict)
    return record, str(scope["__doc__"])


@pytest.mark.parametrize("name", MODEMS)
def test_every_family_of_the_profiles_has_a_record_with_its_sources(name: str) -> None:
    _, words = own(name)
    assert "at_dialects" in words or name == "generic"


@pytest.mark.parametrize("name", [name for name in MODEMS if name != "generic"])
def test_a_record_says_only_where_it_differs(name: str) -> None:
    record, _ = own(name)
    fields, _ = own("generic")
    assert set(record) <= set(fields)
    assert not {field for field in record if record[field] == fields[field]}
    assert generic.RECORD is not record


def test_no_record_is_larger_than_its_budget() -> None:
    sizes = {item.name: len(item.mpy) for item in compile_package() if "/dialects/" in item.name}
    assert len(sizes) == len(MODEMS) + 2
    assert not {name: size for name, size in sizes.items() if size > BUDGET}
