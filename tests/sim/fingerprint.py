"""The whole state of an object graph as one digest: equal digests, equal futures, where everything is deterministic."""

from __future__ import annotations

import asyncio
import enum
import hashlib
import random
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

_ATOMS = (type(None), bool, int, float, str, bytes, bytearray, datetime, timedelta)
_NAMED = (type, ModuleType)


DIGEST_OCTETS = 64


def fingerprint(roots: Iterable[object], records: tuple[type, ...] = ()) -> bytes:
    """The digest of all that can be reached from `roots`; of `records`, and of asyncio's, only the kind counts.

    Objects met again count as the same by the order in which they were met, so graphs of equal shape are equal.
    """
    met: dict[int, int] = {}
    alive: list[object] = []
    digest = hashlib.blake2b(digest_size=DIGEST_OCTETS)
    todo = list(roots)
    while todo:
        it = todo.pop()
        if isinstance(it, _ATOMS):
            digest.update(repr(it).encode())
        elif id(it) in met:
            digest.update(b"@%d" % met[id(it)])
        else:
            met[id(it)] = len(met)
            alive.append(it)  # an id names nobody else as long as its owner lives
            digest.update(type(it).__qualname__.encode())
            todo += () if isinstance(it, records) else _inside(it)
        digest.update(b";")
    return digest.digest()


def _inside(it: Any) -> Iterable[object]:
    if isinstance(it, (list, tuple, deque)):
        return (len(it), *it)
    if isinstance(it, dict):
        return (len(it), *it.keys(), *it.values())
    if isinstance(it, (set, frozenset)):
        return sorted(map(repr, it))
    if isinstance(it, (enum.Enum, *_NAMED)):
        return (str(it),) if isinstance(it, enum.Enum) else (getattr(it, "__qualname__", it.__name__),)
    if isinstance(it, random.Random):
        return (repr(it.getstate()),)
    if isinstance(it, (MethodType, BuiltinMethodType)):
        return (it.__qualname__, it.__self__)
    if isinstance(it, FunctionType):
        cells = [cell.cell_contents for cell in it.__closure__ or ()]
        return (it.__qualname__, it.__code__.co_firstlineno, *cells, *(it.__defaults__ or ()))
    if isinstance(it, partial):
        return (it.func, *it.args, it.keywords)
    if type(it).__module__.partition(".")[0] in (asyncio.__name__, "_asyncio"):
        return ()
    if not hasattr(it, "__dict__") and not hasattr(type(it), "__slots__"):
        raise TypeError(f"what is inside a {type(it).__qualname__}?")
    slots = [name for kind in type(it).__mro__ for name in getattr(kind, "__slots__", ())]
    return (vars(it) if hasattr(it, "__dict__") else {}, *(getattr(it, name, None) for name in slots))
