"""The `machine` module of the virtual board, run inside MicroPython."""

import _thread
import json
import sys
import time

import machine as _port
from unixuart import UART as UART
from unixuart import wire

from micropython import const

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_FLOATING = const(0xFF)  # in the file of levels: nobody drives this pin
_FEED = b"\n"  # on the control channel an empty line feeds the watchdog
_FEED_GAP_MS = const(10)

_control = None
_options = {}
_levels = None

idle = _port.idle
time_pulse_us = _port.time_pulse_us
Signal = _port.Signal
PinBase = _port.PinBase


class Control:
    """The channel to the supervisor: one JSON text a line."""

    def __init__(self, fd):
        self.file = open(fd, "r+b")

    def send(self, **kw):
        """Report something; one write, so that another thread's report cannot get inside it."""
        self.file.write(json.dumps(kw) + "\n")

    def ask(self, **kw):
        """Report something and wait until the supervisor has seen it."""
        self.file.write(json.dumps(kw) + "\n")
        self.file.read(1)

    def die(self, why, **kw):
        """Ask the supervisor to kill this process; never comes back."""
        self.send(die=why, **kw)
        while True:
            self.file.read(1)


def setup(control, options):
    """Called once by vboot with the control channel and what the supervisor decided for this start."""
    global _control, _options, _levels
    _control = control
    _options = options
    _levels = open(options["levels"], "r+b")
    wire({int(k): v for k, v in options["uarts"].items()}, options["quiet"])


def reset():
    """A hard reset."""
    _control.die("reset")


def soft_reset():
    """End the program; the supervisor starts the next one."""
    raise SystemExit


def bootloader(timeout=None):
    """There is no boot loader here: a hard reset."""
    _control.die("reset")


def deepsleep(ms=None):
    """Sleep without memory, then boot; without a time until somebody resets the board."""
    _control.die("deepsleep", ms=ms)


def lightsleep(ms=0):
    """Sleep with memory; no pin wakes this board early."""
    time.sleep_ms(ms)


def reset_cause():
    """Why this program was started."""
    return _options["cause"]


def unique_id():
    """Eight octets, the same at every start of this board."""
    return bytes.fromhex(_options["uid"])


def freq(hz=None):
    """A clock rate in Hz; setting it changes nothing."""
    return 160000000


def disable_irq():
    """There are no interrupts here; a Timer's callback is not held back."""
    return 0


def enable_irq(state):
    """The other half of disable_irq()."""


class Pin(PinBase):
    """A pin whose level lies in a file shared with the supervisor, so that it outlives a soft reset."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __init__(self, id, mode=-1, pull=-1, *, value=None, **kw):
        if not isinstance(id, int) or not 0 <= id < 256:
            raise ValueError("invalid pin")
        self.id = id
        self.mode = -1  # as it was
        self.pull = -1
        self._buf = bytearray(1)
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, **kw):
        """Set direction and pull; a new output without a value is low."""
        if mode != -1:
            self.mode = mode
            self.pull = pull
        if value is not None:
            self.value(value)
        elif self.mode == self.OUT and self._read() == _FLOATING:
            self.value(0)

    def value(self, level=None):
        """The level, or set it and tell the supervisor."""
        if level is None:
            level = self._read()
            return (1 if self.pull == self.PULL_UP else 0) if level == _FLOATING else level
        if self.mode == self.IN:
            return None  # as a board: the output latch of an input drives nothing
        level = 1 if level else 0
        if level == self._read():
            return None
        self._buf[0] = level
        _levels.seek(self.id)
        _levels.write(self._buf)
        _control.send(pin=self.id, level=level)
        return None

    __call__ = value

    def on(self):
        """Drive high."""
        self.value(1)

    def off(self):
        """Drive low."""
        self.value(0)

    high = on
    low = off

    def toggle(self):
        """Drive the other level."""
        self.value(not self.value())

    def irq(self, handler=None, trigger=3, **kw):
        """Refused: an interrupt that never comes would be worse."""
        raise NotImplementedError("the virtual board has no pin interrupts: poll value()")

    def _read(self):
        _levels.seek(self.id)
        _levels.readinto(self._buf)
        return self._buf[0]

    def __repr__(self):
        return "Pin(%d)" % self.id


class WDT:
    """The supervisor's watchdog; once armed it stays so until a hard reset, over soft resets too."""

    def __init__(self, id=0, timeout=5000):
        if timeout <= 0:
            raise ValueError("WDT timeout must be positive")
        self._fed = time.ticks_ms()
        _control.send(wdt=timeout)

    def feed(self):
        """Feed it; allocates nothing, and says nothing when it was fed a moment ago."""
        now = time.ticks_ms()
        if time.ticks_diff(now, self._fed) >= _FEED_GAP_MS:
            self._fed = now
            _control.file.write(_FEED)


class RTC:
    """Reads the host's clock; a new time is not kept."""

    def __init__(self, id=0):
        pass

    def datetime(self, value=None):
        """(year, month, day, weekday, hour, minute, second, 0)."""
        if value is not None:
            return None
        t = time.gmtime()
        return (t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0)

    def init(self, value=None):
        """As datetime(value)."""


class Timer:
    """Calls back from a background thread, also while the main thread sits in the REPL.

    The port's threads share no lock: a callback should be short, allocate nothing, and change no container
    that the main thread changes. Feeding a watchdog, driving a pin and setting a flag are fine.
    """

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **kw):
        self.period_ms = 0
        self.due_ms = 0
        self.active = False
        if kw:
            self.init(**kw)

    def init(self, *, mode=PERIODIC, freq=-1, period=-1, callback=None, hard=False):
        """Start, or start again, with a period in ms or a frequency in Hz."""
        if freq != -1:
            period = int(1000 / freq)
        if period <= 0:
            raise ValueError("period must be positive")
        self.active = False
        self.callback = callback
        self.mode = mode
        self.period_ms = period
        self.due_ms = time.ticks_add(time.ticks_ms(), period)
        self._claim_slot()
        self.active = True
        _start_ticker()

    def deinit(self):
        """Stop it; a callback under way ends by itself."""
        self.active = False

    def _claim_slot(self):
        for i in range(len(_timers)):
            if _timers[i] is self:
                return
        for i in range(len(_timers)):
            if _timers[i] is None or not _timers[i].active:
                _timers[i] = self
                return
        raise OSError("no timer left")

    def _expire(self, now):
        # the thread calls this when the timer is due
        if self.mode == self.ONE_SHOT:
            self.active = False
        else:
            self.due_ms = time.ticks_add(self.due_ms, self.period_ms)
            if time.ticks_diff(now, self.due_ms) > 0:  # late by a whole period: no burst
                self.due_ms = time.ticks_add(now, self.period_ms)
        if self.callback:
            self.callback(self)


_timers = [None] * 16  # never grows: the thread reads it while the main thread may be in it
_ticking = False
# ready-made sleeps in seconds, longest first: the thread must not make a float
_NAPS = ((100, 0.1), (20, 0.02), (5, 0.005), (1, 0.001))


def _start_ticker():
    global _ticking
    if not _ticking:
        _ticking = True
        _thread.start_new_thread(_tick, ())


def _nap_until_due(now):
    rest = 100
    for timer in _timers:
        if timer is not None and timer.active:
            left = time.ticks_diff(timer.due_ms, now)
            if left < rest:
                rest = left
    for nap in _NAPS:
        if rest >= nap[0]:
            time.sleep(nap[1])
            return


def _tick():
    # One thread for all timers. It allocates nothing as long as the callbacks do not.
    while True:
        try:
            now = time.ticks_ms()
            for timer in _timers:
                if timer is not None and timer.active and time.ticks_diff(now, timer.due_ms) >= 0:
                    timer._expire(now)
            _nap_until_due(now)
        except KeyboardInterrupt:  # meant for the main thread
            pass
        except Exception as error:
            sys.print_exception(error)
