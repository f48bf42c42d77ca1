"""Brings a board's files to what they should be: by hash, only what changed, verified after writing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from mtmo_host.errors import MtmoError
from mtmo_host.flash.files import MAIN, PACKAGE_DIR, PROVISION

TEMPORARY = "/~mtmo.part"  # what is being written; the same name for all, so that a cut leaves one at most
PARKED = "/~main.py"  # main.py sleeps here while the modules change: no boot runs a mixture

_HASH_TIMEOUT_S = 60.0  # 100 kB on a slow board

# _h prints "H path sha256"; _t does so for a tree; _rd removes empty folders: one named mtmo would hide another agent
_PRELUDE = """
import os,hashlib,gc
from binascii import hexlify
gc.collect()
_b=memoryview(bytearray(512))
def _h(p):
 try:
  f=open(p,'rb')
 except OSError:
  return
 s=hashlib.sha256()
 while 1:
  n=f.readinto(_b)
  if not n:
   break
  s.update(_b[:n])
 f.close()
 print('H',p,hexlify(s.digest()).decode())
def _t(d):
 try:
  e=list(os.ilistdir(d))
 except OSError:
  return
 for i in e:
  p=d+'/'+i[0]
  if i[1]&0x4000:
   _t(p)
  else:
   _h(p)
def _rm(p):
 try:
  os.remove(p)
 except OSError:
  pass
def _mk(d):
 p=''
 for x in d.split('/')[1:]:
  p+='/'+x
  try:
   os.mkdir(p)
  except OSError:
   pass
def _rd(d):
 try:
  for i in list(os.ilistdir(d)):
   if i[1]&0x4000:
    _rd(d+'/'+i[0])
  os.rmdir(d)
 except OSError:
  pass
def _mv(a,b):
 try:
  os.rename(a,b)
 except OSError:
  _rm(b)
  os.rename(a,b)
"""


class RawRepl(Protocol):
    """What is needed of a board: `transport.Board`."""

    port: str

    def run(self, program: str, timeout_s: float = ...) -> str: ...
    def write_octets(self, path: str, data: bytes) -> Iterator[int]: ...
    def soft_reset(self) -> None: ...


@dataclass
class Changes:
    """What a run did to the board."""

    copied: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)

    def note(self, path: str, copied: bool) -> None:
        """One more that was copied, or was as it should be."""
        if copied:
            self.copied.append(path)
        else:
            self.unchanged += 1


def sync(
    board: RawRepl,
    files: dict[str, bytes],
    progress: Callable[[int], object] = lambda octets: None,
    announce: Callable[[list[str], list[str]], object] = lambda different, stale: None,
) -> Changes:
    """Writes what differs, in the order of `files`, main.py last; removes what no longer belongs.

    `announce` gets both lists before anything is written, `progress` the octets that were dealt with. Raises
    MtmoError; running it again resumes.
    """
    board.run(_PRELUDE)
    present = _hashes(board, [*files, PARKED], tree=True)
    changes = Changes()
    stale = [path for path in present if path.startswith(PACKAGE_DIR + "/") and path not in files]
    different = [path for path, data in files.items() if present.get(path) != digest(data)]
    announce(different, stale)
    if stale or any(path != MAIN and path != PROVISION for path in different):
        _park_main(board, present)
    for path, data in files.items():
        if path == MAIN:
            continue
        _put(board, path, data, path in different, changes, progress)
    if stale:
        board.run(f"for p in {sorted(stale)!r}:\n _rm(p)\n_rd({PACKAGE_DIR!r})")
        changes.removed = sorted(stale)
    if MAIN in files:
        _put_main(board, files[MAIN], present, changes, progress)
    board.run(f"_rm({TEMPORARY!r});_rm({PARKED!r})\nif hasattr(os,'sync'):\n os.sync()")
    return changes


def write_file(board: RawRepl, path: str, data: bytes, progress: Callable[[int], object] = lambda octets: None) -> None:
    """Writes one file under a temporary name, compares its hash, then gives it its own name."""
    board.run(_PRELUDE)
    _write(board, path, data, progress)


def hash_of(board: RawRepl, path: str) -> str:
    """SHA-256 in hex of a file on the board; empty where there is none."""
    board.run(_PRELUDE)
    return _hashes(board, [path]).get(path, "")


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def _hashes(board: RawRepl, paths: list[str], tree: bool = False) -> dict[str, str]:
    """SHA-256 in hex of those `paths` that exist; with `tree`, of every file of the package too."""
    wanted = [path for path in paths if not (tree and path.startswith(PACKAGE_DIR + "/"))]
    walk = f"\n_t({PACKAGE_DIR!r})" if tree else ""
    out = board.run(f"for p in {wanted!r}:\n _h(p){walk}", _HASH_TIMEOUT_S)
    lines = [line.split(" ") for line in out.splitlines()]
    return {words[1]: words[2] for words in lines if len(words) == 3 and words[0] == "H" and len(words[2]) == 64}


def _write(board: RawRepl, path: str, data: bytes, progress: Callable[[int], object]) -> None:
    for octets in board.write_octets(TEMPORARY, data):
        progress(octets)
    if _hashes(board, [TEMPORARY]).get(TEMPORARY) != digest(data):
        fix = "run this again; if it stays, the board's flash is worn out or the cable is bad"
        raise MtmoError(f"{path} reads back different from what was written", field=board.port, fix=fix)
    board.run(f"_mk({path.rpartition('/')[0]!r});_mv({TEMPORARY!r},{path!r})")


def _put(
    board: RawRepl, path: str, data: bytes, differs: bool, changes: Changes, progress: Callable[[int], object]
) -> None:
    if not differs:
        changes.unchanged += 1
        progress(len(data))
        return
    _write(board, path, data, progress)
    changes.copied.append(path)


def _park_main(board: RawRepl, present: dict[str, str]) -> None:
    if MAIN in present:
        board.run(f"_mv({MAIN!r},{PARKED!r})")
        present[PARKED] = present.pop(MAIN)


def _put_main(
    board: RawRepl, data: bytes, present: dict[str, str], changes: Changes, progress: Callable[[int], object]
) -> None:
    if present.get(MAIN) == digest(data):
        _put(board, MAIN, data, False, changes, progress)
    elif present.get(PARKED) == digest(data):
        board.run(f"_mv({PARKED!r},{MAIN!r})")
        _put(board, MAIN, data, False, changes, progress)
    else:
        _put(board, MAIN, data, True, changes, progress)
