"""Opens a serial port, and says clearly why it cannot."""

from __future__ import annotations

import errno
import termios
from typing import NoReturn

import serial
from serial.tools import list_ports

from mtmo_host.errors import MtmoError

_WRITE_TIMEOUT_S = 5.0  # a board that stopped reading must not hold us


def open_port(port: str, baud: int = 115_200, timeout_s: float = 1.0) -> serial.Serial:
    """The open port, locked for us alone; every read and write ends by a time-out.

    Raises MtmoError for a missing, busy or forbidden port and for what is no serial port.
    """
    try:
        line: serial.Serial = serial.serial_for_url(
            port, baudrate=baud, timeout=timeout_s, write_timeout=_WRITE_TIMEOUT_S, exclusive=True
        )
    except OSError as error:  # pyserial's SerialException is one
        _refuse(port, error)
    except (ValueError, termios.error) as error:
        raise MtmoError(f"not a serial port: {error}", field=port, fix=_choices()) from None
    return line


def close_port(line: serial.Serial) -> None:
    """Closes; a port that is gone already is closed too."""
    try:
        line.close()
    except (OSError, termios.error):
        return


def _refuse(port: str, error: OSError) -> NoReturn:
    number, text = error.errno, str(error)
    if number in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in text:
        fix = "close the other program: a serial console, mpremote, ModemManager"
        raise MtmoError("the port is in use by another program", field=port, fix=fix) from None
    if number in (errno.EACCES, errno.EPERM):
        fix = "add yourself to its group, usually: sudo usermod -aG dialout $USER, then log in again"
        raise MtmoError("no permission to open the port", field=port, fix=fix) from None
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        raise MtmoError("no such port", field=port, fix=_choices()) from None
    if number in (errno.ENOTTY, errno.EISDIR, errno.EINVAL) or "configure port" in text:
        raise MtmoError("not a serial port", field=port, fix=_choices()) from None
    raise MtmoError(f"cannot open the port: {text}", field=port) from None


def _choices() -> str:
    found = sorted(item.device for item in list_ports.comports())
    return f"serial ports here: {', '.join(found)}" if found else "no serial port is plugged in here"
