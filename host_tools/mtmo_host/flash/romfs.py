"""Writes a ROMFS image into a board's partition, so that a cut of the cable leaves an agent that runs, where it can.

The image is staged as a file first, if there is room; the board then copies it by itself. Its first octets are written
last: until then the partition counts as empty, and an agent at /lib goes on serving. An agent that runs from the
partition cannot be kept while it is replaced: for these seconds boot.py and main.py sleep under other names.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from mtmo_host.errors import MtmoError
from mtmo_host.flash.sync import PARKED, RawRepl, digest, hash_of, write_file
from mtmo_host.flash.ways import FEED, ROM, Ground

STAGED = "/~mtmo.rom"
PARKED_BOOT = "/~boot.py"
PIECE = 512  # octets; divides every block
_SPARE = 16_384  # octets of the file system that staging leaves free
_SWITCH_S = 120.0

# Interned strings and code of an agent in the partition point into it: they are gone after a soft reset without boot.py
_PARK = f"""
import os
for a,b in (('/main.py',{PARKED!r}),('/boot.py',{PARKED_BOOT!r})):
 try:
  os.stat(a)
  try:
   os.remove(b)
  except OSError:
   pass
  os.rename(a,b)
 except OSError:
  pass
"""
_UNPARK = f"""
import os
for a,b in (({PARKED_BOOT!r},'/boot.py'),({PARKED!r},'/main.py')):
 try:
  os.stat(a)
 except OSError:
  continue
 try:
  os.remove(b)
 except OSError:
  pass
 os.rename(a,b)
"""
_WRITER = """
import vfs,hashlib
from binascii import a2b_base64,hexlify
try:
 vfs.umount('/rom')
except OSError:
 pass
_dev=vfs.rom_ioctl(2,0)
_is=hasattr(_dev,'ioctl')
_bs=_dev.ioctl(5,0) if _is else 0
def _ok(r):
 if isinstance(r,int) and r<0:
  raise OSError(-r)
def _erase(n):
 if _is:
  for i in range((n+_bs-1)//_bs):
   _ok(_dev.ioctl(6,i))
  return
 b=vfs.rom_ioctl(6,0)
 if 0<b<len(_dev):
  for i in range(0,n,b):
   _ok(vfs.rom_ioctl(3,0,i,b))
 else:
  _ok(vfs.rom_ioctl(3,0,n))
def _put(i,b):
 _ok(_dev.writeblocks(i//_bs,b,i%_bs) if _is else vfs.rom_ioctl(4,0,i,b))
def _sum(a,b):
 return hexlify(hashlib.sha256(memoryview(_dev)[a:b]).digest()).decode()
def _end():
 if not _is:
  vfs.rom_ioctl(5,0)
 vfs.mount(vfs.VfsRom(_dev),'/rom')
"""


def deploy(
    board: RawRepl,
    image: bytes,
    ground: Ground,
    tell: Callable[[str], object] = lambda line: None,
    progress: Callable[[int], object] = lambda octets: None,
) -> bool:
    """Whether the partition had to be written; its image is `image` then, read back and mounted.

    Raises MtmoError; running it again resumes.
    """
    if ground.partition is None:
        raise MtmoError("the firmware has no ROMFS partition", field=board.port)
    if ground.partition.digest == digest(image):
        board.run(_UNPARK)
        progress(len(image))
        return False
    padded = image.ljust(-(-len(image) // PIECE) * PIECE, b"\xff")
    room = int(board.run("import os;s=os.statvfs('/');print(s[0]*s[3])"))
    staged = _is_staged(board, padded) or room >= len(padded) + _SPARE
    runs_from_it = ROM in ground.places
    tell(_plan(len(image), staged, runs_from_it, room))
    if staged and not _is_staged(board, padded):
        _stage(board, padded, progress)
    if runs_from_it:
        board.run(_PARK)
        board.soft_reset()
        board.run(FEED)
    board.run(_WRITER)
    if staged:
        _copy(board, padded)
    else:
        _send(board, padded, progress)
    if board.run(f"print(_sum(0,{len(image)}))").strip() != digest(image):
        raise _unlike(board)
    board.run(f"_end()\n{_UNPARK}")
    return True


def _plan(octets: int, staged: bool, runs_from_it: bool, room: int) -> str:
    if not runs_from_it:
        return f"ROMFS: {octets} octets; what is on the board serves until they are all there"
    if staged:
        return (
            f"ROMFS: {octets} octets, first to a file: a broken cable does no harm, power that fails while it is copied"
        )
    return f"ROMFS: {octets} octets, and {room} free for a file: until all are there, the board has no agent"


def _is_staged(board: RawRepl, padded: bytes) -> bool:
    return hash_of(board, STAGED) == digest(padded)


def _stage(board: RawRepl, padded: bytes, progress: Callable[[int], object]) -> None:
    write_file(board, STAGED, padded, progress)


def _copy(board: RawRepl, padded: bytes) -> None:
    # one program: it goes on without the cable. The files come back only when the partition reads back well.
    size, body = len(padded), digest(padded[PIECE:])
    said = board.run(
        f"""
_erase({size})
with open({STAGED!r},'rb') as f:
 f.seek({PIECE})
 for i in range({PIECE},{size},{PIECE}):
  _put(i,f.read({PIECE}))
 if _sum({PIECE},{size})=={body!r}:
  f.seek(0)
  _put(0,f.read({PIECE}))
  print('written')
if _sum(0,{size})=={digest(padded)!r}:
 import os
 os.remove({STAGED!r})
{_indented(_UNPARK)}
""",
        _SWITCH_S,
    )
    if "written" not in said:
        raise _unlike(board)


def _send(board: RawRepl, padded: bytes, progress: Callable[[int], object]) -> None:
    board.run(f"_erase({len(padded)})", _SWITCH_S)
    for at in [*range(PIECE, len(padded), PIECE), 0]:
        piece = padded[at : at + PIECE]
        board.run(f"_put({at},a2b_base64({base64.b64encode(piece)!r}))")
        progress(len(piece))


def _indented(program: str) -> str:
    return "\n".join(" " + line for line in program.splitlines() if line)


def _unlike(board: RawRepl) -> MtmoError:
    fix = "run this again; if it stays, the board's flash is worn out or the cable is bad"
    return MtmoError("the ROMFS partition reads back different from what was written", field=board.port, fix=fix)
