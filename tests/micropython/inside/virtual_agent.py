"""Runs the agent inside MicroPython on the host's virtual time: `virtual_agent.py DESCRIPTOR`; see virtual_rig.py.

The interpreter's asyncio is the real one; only its clock and what it polls are ours. Wherever it would sleep, the host
is asked how far time may go; the answer brings the time, octets for the UART, and until when nothing can happen there.
"""

import io
import json
import os
import struct
import sys
import time

import vfs

from micropython import const

_REQUEST = "<BIq"  # kind, octets that follow, our time
_REPLY = "<qqBI"  # the time, nothing will come before, measure?, octets that follow
_REPLY_OCTETS = const(21)
_ERASE = const(6)  # the block device's ioctl
# Ticks differ by less than half their period, 2**30 ms where an integer has 31 bits: a boot lives six days.
_FOREVER_MS = const((1 << 29) - 7_200_000)
# The C half of asyncio stamps what is to run at once with the real clock: behind ours, so it does run at once. By so
# much the host may be slower than the time that it simulates.
_AHEAD_MS = const(3_600_000)


class Clock:
    """Stands for the module `time`; asyncio and the agent take their ticks from it."""

    now_ms = 0  # since the boot
    start_ticks = 0  # when it was 0
    ticks_diff = time.ticks_diff
    ticks_add = time.ticks_add
    ticks_us = time.ticks_us
    gmtime = time.gmtime
    time = time.time

    def ticks_ms():
        """Virtual milliseconds; they wrap as the real ones do."""
        return time.ticks_add(Clock.start_ticks, Clock.now_ms)

    def begin():
        """Ticks are ahead of the real clock from now on."""
        Clock.start_ticks = time.ticks_add(time.ticks_ms(), _AHEAD_MS - Clock.now_ms)


def _vanish():
    # at once: SystemExit would be one more thing for the agent to deal with
    os.system("kill -9 $PPID")


class Host:
    """The channel to the rig. What it says is obeyed; when it is gone, so are we."""

    def __init__(self, fd):
        self._file = open(fd, "r+b")
        self._head = bytearray(_REPLY_OCTETS)
        self.quiet_ms = 0  # nothing comes before
        self.measure = None

    def tell(self, kind, octets=b""):
        """Report something; the host may want to stop there, so it says when to go on."""
        self._send(kind, octets)
        self.ask(b"s")

    def _send(self, kind, octets):
        self._file.write(struct.pack(_REQUEST, kind[0], len(octets), Clock.now_ms) + octets)

    def ask(self, kind, octets=b""):
        """Put a question, take the time from the answer, and return its octets."""
        self._send(kind, octets)
        if self._file.readinto(self._head) != _REPLY_OCTETS:
            _vanish()
        Clock.now_ms, self.quiet_ms, measure, length = struct.unpack(_REPLY, self._head)
        got = self._file.read(length) if length else b""
        if measure:
            self.tell(b"m", self.measure())
        return got

    def die(self, why):
        """The board is dead; wait to be killed."""
        self._send(b"x", why)
        while self._file.read(1):
            pass
        _vanish()


class Line:
    """What asyncio polls, with one thing in it: the UART. Its wait is where the time goes."""

    map = (1,)  # as an IOQueue's: something may always come

    def __init__(self, host, watchdog_ms):
        self._host = host
        self._reader = None
        self._rx = b""
        self._watchdog_ms = watchdog_ms
        self._starves_ms = _FOREVER_MS
        self._fed_ms = 0
        self.unfed_ms = 0

    def queue_read(self):
        """The running task waits for octets."""
        self._reader = core.cur_task
        self._reader.data = self

    def remove(self, task):
        """The task is cancelled: it waits no longer."""
        self._reader = None

    def wait_io_event(self, dt):
        """Called by asyncio: let at most `dt` ms pass (-1: any time), or wake the reader."""
        if dt and not (self._rx and self._reader):
            until = min(Clock.now_ms + dt if dt > 0 else _FOREVER_MS, self._starves_ms, _FOREVER_MS)
            if until <= self._host.quiet_ms:
                Clock.now_ms = until
            else:
                self._rx += self._host.ask(b"w", struct.pack("<q", until))
            if Clock.now_ms >= self._starves_ms:
                self._host.die(b"watchdog")
            if Clock.now_ms >= _FOREVER_MS:
                self._host.die(b"the clock of a boot ends after six days")
        if self._rx and self._reader:
            core._task_queue.push(self._reader, Clock.ticks_ms())  # as real polls do: behind a deadline that has passed
            self._reader = None

    def block(self, ms):
        """Nothing else runs for so long, while the modem goes on."""
        until = Clock.now_ms + ms
        while Clock.now_ms < until:
            if until <= self._host.quiet_ms:
                Clock.now_ms = until
            else:
                self._rx += self._host.ask(b"w", struct.pack("<q", until))

    def write(self, octets):
        """To the modem, which may answer at once."""
        self._rx += self._host.ask(b"t", octets)

    def read_into(self, buf):
        """Up to len(buf) octets; how many."""
        count = min(len(buf), len(self._rx))
        buf[:count] = self._rx[:count]
        self._rx = self._rx[count:]
        return count

    def feed(self, start=False):
        """The watchdog is fed, or started."""
        if not start:
            self.unfed_ms = max(self.unfed_ms, Clock.now_ms - self._fed_ms)
        self._fed_ms = Clock.now_ms
        self._starves_ms = self._fed_ms + self._watchdog_ms


class Port:
    """The agent's UART, as board.Port."""

    def __init__(self, line):
        self._line = line

    def readinto(self, buf):
        """Octets read into `buf`, at least one."""
        # a generator, as the one of StreamReader, which cannot be told what to poll
        while True:
            yield self._line.queue_read()
            count = self._line.read_into(buf)
            if count:
                return count

    async def write(self, octets):
        """Send all of `octets`, then let others run, as StreamWriter.drain()."""
        self._line.write(octets)
        await core.sleep_ms(0)


class Board:
    """What the agent asks of the hardware."""

    def __init__(self, host, line, cause):
        self.port = Port(line)
        self._host = host
        self._line = line
        self._cause = cause

    baud = wanted_baud = 115200
    has_flow = False

    def without_cts(self):
        """There is no such wire."""

    def release(self):
        """There are no outputs."""

    def set_baud(self, baud):
        self.baud = baud

    def is_on(self):
        return None

    def boot_ms(self):
        """How long the modem may take from power-on to its first answer."""
        return 20000

    async def power_on(self):
        """Switch the modem on."""
        self._host.ask(b"p", b"on")

    async def reset_modem(self):
        """Its reset pin."""
        self._host.ask(b"p", b"reset")

    async def power_cycle(self):
        """Off and on again."""
        self._host.ask(b"p", b"off")
        await core.sleep(3)
        await self.power_on()

    def start_watchdog(self):
        """From now on it must be fed."""
        self._line.feed(True)

    def feed(self):
        """Feed it."""
        self._line.feed()

    def reset_cause(self):
        """power, reset or watchdog."""
        return self._cause

    def reset(self):
        """Restart the board; does not come back."""
        self._host.tell(b"m", self._host.measure())
        self._host.die(b"reset")


def _flash(options, host):
    # the image as the only flash, and the agent's code beside it
    sys.path.append(options["inside"])
    import bdev

    class Flash(bdev.CutFileBdev):
        """An image file that counts; the octets of an erase are those of its block."""

        written = 0
        wear = bytearray(2 * options["blocks"])  # erases of each block, little endian: a list would be heap

        def ioctl(self, operation, argument):
            if operation == _ERASE:
                worn = self.wear
                worn[2 * argument] = (worn[2 * argument] + 1) & 255
                if not worn[2 * argument]:
                    worn[2 * argument + 1] += 1
            return super().ioctl(operation, argument)

        def hottest(self):
            """How often the block was erased that was erased most."""
            return max([self.wear[i] + 256 * self.wear[i + 1] for i in range(0, len(self.wear), 2)])

        def _prog(self, address, data, n):
            self.written += n
            self._put(address, data, n)

    class Card(Flash):
        """Sectors that are written without being erased: an SD card, or flash behind a translation layer."""

        def writeblocks(self, block, buf, offset=0):
            return super().writeblocks(block, buf, offset)

    flash = (Card if options["filesystem"] == "fat" else Flash)(
        options["image"], options["blocks"], options["block_size"],
        cut=options.get("cut", 0), torn=options.get("torn", 0), on_cut=lambda: host.die(b"cut"),
    )  # fmt: skip
    sys.path[:] = [".frozen", "/rom"]
    code = vfs.VfsPosix(options["code"])
    vfs.umount("/")
    kind = vfs.VfsLfs2 if options["filesystem"] == "lfs" else vfs.VfsFat
    if options.get("provision"):
        kind.mkfs(flash)
    vfs.mount(kind(flash), "/")
    vfs.mount(code, "/rom")
    if options.get("provision"):
        with open("/provision.json", "w") as file:
            file.write(options["provision"])
    return flash


def _traceback(error):
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue().encode()


def _agent(host, board):
    from mtmo import heap

    heap.keep_compact()
    from mtmo import log
    from mtmo.agent import Agent
    from mtmo.store import Store

    log.say = lambda line: host.tell(b"l", line.encode())
    agent = Agent(board, Store())

    @agent.verb("count")
    def count(args):
        host.tell(b"v", args[0].encode())
        return "counted"

    @agent.verb("hang")
    async def hang(args):
        await core.sleep(86400)

    @agent.verb("fill")
    def fill(args):
        # the flash, to the last block, for so many seconds
        count = 0
        try:
            while True:
                with open("/ballast%d" % count, "wb") as file:
                    count += 1
                    file.write(bytes(2048))
        except OSError:
            core.create_task(_free(count, int(args[0])))
            return "full"

    @agent.verb("doom")
    def doom(args):
        # every boot from now on ends by a defect, or hangs, unless it is a minimal one
        with open("/doom", "w") as file:
            file.write(args[0])
        return "doomed"

    return agent


async def _free(count, seconds):
    await core.sleep(seconds)
    for i in range(count):
        os.remove("/ballast%d" % i)


def _main():
    import trouble

    host = Host(int(sys.argv[1]))
    options = json.loads(host.ask(b"o"))
    Clock.begin()
    gc.collect()
    emulation = gc.mem_alloc()
    flash = _flash(options, host)
    line = Line(host, options["watchdog_ms"])
    core._io_queue = line
    agent = _agent(host, Board(host, line, options["cause"]))

    def measure():
        gc.collect()
        gc.collect()
        found = (
            gc.mem_free(), gc.mem_alloc(), flash.operations, flash.programs, flash.written, flash.erases,
            line.unfed_ms, agent.modem.chat.errors, emulation, flash.hottest(),
        )  # fmt: skip
        return struct.pack("<10q", *found)

    host.measure = measure
    trouble.doom(agent)
    core.Loop.set_exception_handler(lambda loop, context: host.tell(b"e", _traceback(context["exception"])))
    if options.get("busy"):
        core.create_task(trouble.keep_busy(line, *options["busy"]))
    try:
        core.run(agent.run())
        host.die(b"the agent came to an end")
    except trouble.Defect:
        host.tell(b"m", measure())
        host.die(b"reset")
    except Exception as error:
        host.die(_traceback(error))


sys.modules["time"] = Clock
import gc  # noqa: E402
from asyncio import core  # noqa: E402

_main()
