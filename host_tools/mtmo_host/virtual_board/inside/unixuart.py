"""machine.UART for the MicroPython unix port: a descriptor or a TCP connection as the line.

A line is an int (an inherited descriptor that the parent made O_NONBLOCK and, if it is a tty, raw) or "tcp:HOST:PORT".
There is no receive buffer in Python: what was not read stays in the kernel, so poll(2) is always right, and
ioctl(GET_FILENO) lets select.poll() and asyncio sleep in it (without a descriptor they wake each 1 ms).
When the other end is gone the line is silent for good, as a UART without its wire.
"""

import io
import select
import socket

from micropython import const

_CLOSE = const(4)
_GET_FILENO = const(10)
_EINVAL = const(-22)
_TX_TIMEOUT_MS = const(2000)

_lines = {}  # UART id -> line
_inherited = {}  # descriptor -> its stream
_quiet_fd = -1  # never readable, never hung up: what a dead line is polled as


def wire(lines, quiet_fd):
    """Say which line each UART id has, and which descriptor stands for a dead one."""
    global _quiet_fd
    _lines.update(lines)
    _quiet_fd = quiet_fd


def _open(line):
    # An inherited descriptor is opened once and kept: a UART object that is forgotten must not close it for the next.
    if isinstance(line, int):
        if line not in _inherited:
            _inherited[line] = open(line, "r+b")
        return _inherited[line]
    if line.startswith("tcp:"):
        host, port = line[4:].rsplit(":", 1)
        s = socket.socket()
        s.connect(socket.getaddrinfo(host, int(port))[0][-1])
        s.setblocking(False)
        return s
    raise ValueError(line)


class UART(io.IOBase):
    """As documented for machine.UART; pins, baud rate and buffer sizes are accepted and have no effect."""

    RTS = 1
    CTS = 2
    INV_TX = 4
    INV_RX = 8
    IRQ_RXIDLE = 1

    def __init__(self, id, baudrate=115200, bits=8, parity=None, stop=1, **kw):
        if id not in _lines:
            raise ValueError("UART(%s) doesn't exist" % id)
        self.id = id
        self._f = _open(_lines[id])
        self.fd = self._f.fileno()
        self._readable = select.poll()
        self._readable.register(self.fd, select.POLLIN)
        self._hung_up = 0
        self.init(baudrate, bits, parity, stop, **kw)
        while self._ready(0) and self._f.read(256):  # what came before the UART was set up is lost
            pass

    def init(
        self, baudrate=115200, bits=8, parity=None, stop=1, *, tx=None, rx=None, rts=None, cts=None,
        txbuf=256, rxbuf=256, timeout=0, timeout_char=0, invert=0, flow=0,
    ):  # fmt: skip
        """Set the time-outs in milliseconds; the rest is accepted."""
        self.baudrate = baudrate
        self.timeout = timeout
        self.timeout_char = timeout_char

    def deinit(self):
        """Leave the line; the next UART object takes it up."""
        if self._f and self._f not in _inherited.values():
            self._f.close()
        self._f = None

    close = deinit

    def any(self):
        """A positive number when something can be read."""
        return 1 if self._ready(0) else 0

    def read(self, n=None):
        """Up to n octets, or None after the time-out."""
        return self._collect(n, False)

    def readline(self):
        """A line, a part of one, or None after the time-out, as on a board."""
        return self._collect(None, True)

    def readinto(self, buf, n=None):
        """Octets read into buf, or None after the time-out."""
        if self.timeout == 0:  # the usual case allocates nothing
            if not self._ready(0):
                return None
            got = self._f.readinto(buf) if n is None else self._f.readinto(buf, n)
            return got or self._nothing(got)
        data = self.read(len(buf) if n is None else n)
        if data is None:
            return None
        buf[: len(data)] = data
        return len(data)

    def write(self, buf):
        """Octets written; waits while the line is full, as a UART with a full transmit buffer."""
        view = memoryview(buf)
        offset = 0
        while offset < len(view) and self.fd != _quiet_fd:
            try:
                n = self._f.write(view[offset:])
            except OSError:  # the other end is gone: the octets go nowhere
                self._go_quiet()
                break
            if n:
                offset += n
            elif not self._writable():
                break
        return len(view) if self.fd == _quiet_fd else offset

    def flush(self):
        """Nothing waits on this side of the line."""

    def txdone(self):
        """Nothing waits on this side of the line."""
        return True

    def sendbreak(self):
        """A break cannot be sent over a socket."""

    def ioctl(self, request, argument):
        """The stream protocol: hand out the descriptor, close."""
        if request == _GET_FILENO:
            return self.fd
        if request == _CLOSE:
            self.deinit()
            return 0
        return _EINVAL

    def __repr__(self):
        return "UART(%s, baudrate=%d)" % (self.id, self.baudrate)

    def _ready(self, timeout_ms):
        for item in self._readable.ipoll(timeout_ms):
            self._hung_up = item[1] & ~select.POLLIN
            return True
        return False

    def _writable(self):
        poller = select.poll()
        poller.register(self.fd, select.POLLOUT)
        return poller.poll(_TX_TIMEOUT_MS)

    def _collect(self, n, line):
        if not self._ready(self.timeout):
            return None
        out = self._take(n, line)
        if not out:
            return self._nothing(out)
        while self.timeout_char and not (out[-1] == 10 if line else n is not None and len(out) >= n):
            more = self._take(None if n is None else n - len(out), line) if self._ready(self.timeout_char) else None
            if not more:
                break
            out += more
        return out

    def _take(self, n, line):
        if line:
            return self._f.readline()
        return self._f.read() if n is None else self._f.read(n)

    def _nothing(self, got):
        # end of file or a hang-up: the other end is gone, and poll() would report it for ever
        if self._hung_up or got is not None:
            self._go_quiet()

    def _go_quiet(self):
        self._readable.unregister(self.fd)
        self.fd = _quiet_fd
        self._readable.register(self.fd, select.POLLIN)
