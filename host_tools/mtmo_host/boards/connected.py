"""The boards and modems at this computer's serial ports, found by USB id."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from serial.tools import list_ports

from mtmo_host.boards.ask import Answer, ask
from mtmo_host.boards.usb_ids import LOADER, MODEM, REPL, UsbId, known
from mtmo_host.errors import MtmoError

MAX_PORTS = 64
_AT_ONCE = 16


@dataclass(frozen=True)
class Found:
    """A port: its USB id and what that is, who answers, or why nobody was asked."""

    port: str
    vid: int | None
    pid: int | None
    usb: str
    serial_number: str
    answer: Answer | None
    why_not: str

    def record(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "port": self.port,
            "usb": f"{self.vid:04x}:{self.pid:04x}" if self.vid is not None and self.pid is not None else None,
            "is": self.usb,
            "serial": self.serial_number,
            "answers": self.answer.who if self.answer else None,
            "says": self.answer.says if self.answer else "",
            "not_asked": self.why_not,
        }

    def line(self) -> str:
        """The same for a person."""
        said = self.why_not
        if self.answer:
            said = f"{self.answer.who}: {self.answer.says}" if self.answer.says else f"{self.answer.who} answers"
        number = f" {self.serial_number}" if self.serial_number else ""
        return f"{self.port}  {self.usb}{number}  {said}"


def find(named: Sequence[str] = ()) -> list[Found]:
    """Every USB serial port, or those named; MAX_PORTS at most, asked side by side.

    A port of this computer that is not on USB is left out, one with an unknown USB id is listed and not spoken to.
    A port that is named is asked for everything.
    """
    ports = {item.device: item for item in list_ports.comports()}
    wanted = list(dict.fromkeys(named)) or sorted(name for name, item in ports.items() if item.vid is not None)
    if len(wanted) > MAX_PORTS:
        raise MtmoError(f"{len(wanted)} serial ports", field="--connected", fix=f"name {MAX_PORTS} at most: --port")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda name: _look(name, ports.get(name), bool(named)), wanted))


def _look(port: str, item: Any, by_name: bool) -> Found:
    vid, pid, number = (item.vid, item.pid, item.serial_number or "") if item else (None, None, "")
    row = known(vid, pid)
    usb = row.name if row else (item.product or item.description or "unknown") if item else "no USB port"
    answer, why_not = None, "not asked: its USB id is not in the table; --port asks it all the same"
    asks = _asks(row, by_name)
    if asks:
        try:
            answer, why_not = ask(port, asks), ""
        except MtmoError as error:
            why_not = f"{error.message} ({error.fix})" if error.fix else error.message
    return Found(port, vid, pid, usb, number, answer, why_not)


def _asks(row: UsbId | None, by_name: bool) -> Sequence[str]:
    if row is not None:
        return row.asks
    return (REPL, MODEM, LOADER) if by_name else ()
