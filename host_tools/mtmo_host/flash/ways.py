"""Which way the agent goes onto a board: as files, in a ROMFS partition, or frozen into the firmware.

A port looks for a module in the working folder, then in what is frozen, then in ROMFS, then in /lib; so it is said
before anything is written what hides what, and whether the heap is large enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mtmo_host.errors import MtmoError
from mtmo_host.flash.sync import RawRepl

# Smallest heap in which the main job works (docs/ways_onto_a_board.md says how each was measured), in kB
NEEDS_KIB = {
    32: {"files": 132, "ROMFS": 80, "frozen": 43},
    64: {"files": 188, "ROMFS": 132},
}
_PAGE = "docs/ways_onto_a_board.md"
FROZEN = ".frozen"
ROM = "/rom/lib"
FILES = "/lib"

_FED_S = 900  # as long as the agent's own service window

# A watchdog cannot be stopped; the agent's own timer holds a good part of the agent
FEED = f"""
try:
 import json,machine
 _ms=json.load(open('/board.json')).get('watchdog_ms')
except Exception:
 _ms=None
if _ms:
 _dog=machine.WDT(timeout=_ms)
 _left={_FED_S}
 def _bone(t):
  global _left
  _left-=1
  if _left>=0:
   _dog.feed()
 try:
  _clock=machine.Timer(-1)
 except ValueError:
  _clock=machine.Timer(0)
 _clock.init(period=1000,mode=machine.Timer.PERIODIC,callback=_bone)
"""
_TAKE_OVER = f"""
import sys
_b=sys.modules.get('mtmo.board')
if _b:
 _b.close_window()
_b=None
{FEED}"""

# What is found at /rom is listed without the agent's folder. An image's length stands behind its three octets of
# magic, seven bits an octet. Not dir(): it asks a module's __getattr__ for every interned string. Interned
# strings are never let go, and the next agent uses them again: those of a loaded one count as free.
_ASK = """
import gc,os,sys
_p=sys.modules.get('mtmo')
_was=_p is not None
for n in list(_p.__dict__) if _p else ():
 if type(_p.__dict__[n]) is type(sys):
  delattr(_p,n)
for n in list(sys.modules):
 if n.split('.')[0]=='mtmo':
  del sys.modules[n]
_p=None
def _frozen(n):
 s=sys.path[:]
 sys.path[:]=['.frozen']
 try:
  __import__(n)
  return True
 except ImportError:
  return False
 finally:
  sys.path[:]=s
  sys.modules.pop(n,None)
for d in sys.path:
 try:
  if d=='.frozen':
   if not _frozen(%r):
    continue
  else:
   os.stat((d+'/' if d else '')+'mtmo')
  print('AT',d)
 except OSError:
  pass
def _rom():
 import vfs,hashlib
 if not hasattr(vfs,'rom_ioctl'):
  return 'off'
 n=vfs.rom_ioctl(1)
 d=vfs.rom_ioctl(2,0) if n>0 else n
 if isinstance(d,int):
  return 'none'
 m=memoryview(d)
 n=0
 i=2
 if bytes(m[:3])==b'\\xd2\\xcd1':
  while i<12:
   i+=1
   n=n<<7|m[i]&127
   if m[i]<128:
    break
 n=n+i+1 if 0<n<=len(m)-i-1 else 0
 o=[]
 for f in ('/rom','/rom/lib'):
  try:
   o+=[f+'/'+e for e in os.listdir(f) if n and f+'/'+e not in ('/rom/lib','/rom/lib/mtmo')]
  except OSError:
   pass
 from binascii import hexlify
 return '%%d %%d %%s %%s'%%(len(m),n,hexlify(hashlib.sha256(m[:n]).digest()).decode(),','.join(o))
print('ROM',_rom())
gc.collect()
print('HEAP',gc.mem_free(),64 if sys.maxsize>>31 else 32)
if _was:
 try:
  import micropython
  micropython.qstr_info()
 except AttributeError:
  pass
"""


@dataclass(frozen=True)
class Partition:
    """A ROMFS partition: its size, its image's octets and SHA-256, and what is in the image beside the agent."""

    octets: int
    image_octets: int
    digest: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Ground:
    """What a board offers: free heap in octets, width, places that hold an agent, first come first served."""

    free: int
    bits: int
    places: tuple[str, ...]
    partition: Partition | None
    has_romfs: bool  # is ROMFS enabled in the firmware?


def read_ground(board: RawRepl) -> Ground:
    """What the board at the raw REPL offers."""
    if board.run("import sys; print('mtmo.board' in sys.modules)").strip() == "True":
        board.run(_TAKE_OVER)
    return parse_ground(board.run(_ASK % "mtmo", 60.0))


def parse_ground(said: str) -> Ground:
    """What the lines AT, ROM and HEAP of the board mean."""
    places, partition, has_romfs, free, bits = [], None, False, 0, 32
    for line in said.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "AT":
            places.append(rest)
        elif kind == "ROM":
            has_romfs = rest != "off"
            words = rest.split(" ")
            if len(words) == 4:
                partition = Partition(int(words[0]), int(words[1]), words[2], tuple(filter(None, words[3].split(","))))
        elif kind == "HEAP":
            free, bits = map(int, rest.split())
        elif line.startswith("qstr pool:"):
            free += int(line.rpartition("n_total_bytes=")[2])
    return Ground(free, bits, tuple(places), partition, has_romfs)


def check_way(ground: Ground, romfs: bool, image_octets: int, port: str, *, force: bool) -> None:
    """Raises MtmoError where the agent would not fit that way, or would be hidden by another one."""
    if "" in ground.places:
        fix = "mpremote fs rm -r :/mtmo"
        raise MtmoError("/mtmo on the board hides every other agent", field=port, fix=fix)
    if not romfs:
        if FROZEN not in ground.places and ROM in ground.places:
            raise MtmoError("the agent in its ROMFS hides the one at /lib", field=port, fix="add --romfs")
        return
    if FROZEN in ground.places:
        fix = "leave --romfs out: only the profile and settings are written then"
        raise MtmoError("the agent is frozen into the firmware and hides one in ROMFS", field=port, fix=fix)
    if ground.partition is None:
        why = "has no ROMFS partition" if ground.has_romfs else "has ROMFS switched off"
        fix = f"leave --romfs out, or build a firmware with a partition of {_blocks(image_octets)} kB or more: {_PAGE}"
        raise MtmoError(f"the firmware {why}", field=port, fix=fix)
    if image_octets > ground.partition.octets:
        fix = f"a firmware with a partition of {_blocks(image_octets)} kB or more: {_PAGE}"
        text = f"the image has {image_octets} octets, the ROMFS partition {ground.partition.octets}"
        raise MtmoError(text, field=port, fix=fix)
    if ground.partition.others and not force:
        found = ", ".join(ground.partition.others[:5])
        fix = "--force replaces it; put it into /lib instead"
        raise MtmoError(f"the ROMFS holds what is not the agent's: {found}", field=port, fix=fix)


def say_heap(ground: Ground, romfs: bool) -> Iterator[str]:
    """How much heap is free, what each way needs, and a warning where the chosen one does not fit."""
    needs = NEEDS_KIB[ground.bits]
    free = ground.free // 1024
    table = ", ".join(f"{way} {kib} kB" for way, kib in needs.items())
    yield f"heap: {free} kB free; the agent needs on {ground.bits} bits: {table}"
    chosen = "frozen" if FROZEN in ground.places else "ROMFS" if romfs else "files"
    if needs.get(chosen, 0) <= free:
        return
    fitting = [way for way, kib in needs.items() if kib <= free]
    if "ROMFS" in fitting and ground.partition is not None:
        advice = "from ROMFS it does: add --romfs"
    elif fitting:
        advice = f"{' or '.join(fitting)} would fit, with another firmware: {_PAGE}"
    else:
        advice = "no way fits: a board with more RAM, or an application that takes less of it"
    yield f"warning: as {chosen} the agent may not fit: {needs[chosen]} kB needed, {free} kB free; {advice}"


def _blocks(octets: int) -> int:
    return -(-octets // 4096) * 4
