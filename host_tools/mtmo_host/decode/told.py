"""What the verbs of mtmo print, as the lines of a trace: results and logs in JSON, columns, the answer to `log at`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mtmo_host.decode.sc1_text import looks_like_sc1

# where JSON of ours holds lines and texts: sms sign, send and watch; the log of a device; the messages of a platform
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_KEYS = frozenset({"sms", "reply", "text", "payload", "log", "lines", "raw"})
_COLUMNS = re.compile(r" {2,}")
_LOG_AT = re.compile(r"\d+\.\d{3} [<>] ")  # `log at` answers the newest line first
_LOG_AT_LIMIT = " / "


def lines(text: str) -> Iterator[str]:
    """The lines that one line of output stands for; the line itself where it is none of ours."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            found = list(_texts(json.loads(text), ""))
        except (ValueError, RecursionError):
            found = []
        if found:
            for one in found:
                yield from _told(one)
            return
    yield from _told(text)


def ends_early(text: str) -> bool:
    """Whether it is JSON of which the end is missing: a string or a bracket is still open."""
    rest = _STRING.sub("", text.strip())
    opened = sum(rest.count(bracket) for bracket in "{[") - sum(rest.count(bracket) for bracket in "}]")
    return rest[:1] in ("{", "[") and (opened > 0 or '"' in rest)


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str) and key in _KEYS:
        yield from value.splitlines()


def _told(line: str) -> Iterator[str]:
    columns = _COLUMNS.split(line)
    told = next((at for at, column in enumerate(columns) if at and looks_like_sc1(column)), None)
    if told is not None:
        yield "  ".join(columns[told:])
        return
    begun = _LOG_AT.search(line)
    if begun and _LOG_AT_LIMIT in line[begun.start() :]:
        yield from reversed(line[begun.start() :].split(_LOG_AT_LIMIT))
        return
    yield line
