"""The fleet file: `fleet.csv`, which ties name, IMEI, ICCID, MSISDN and the platform's id together."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from mtmo_host.durable import locked, write_whole
from mtmo_host.errors import MtmoError

_IMEI = re.compile(r"[0-9]{15}", re.ASCII)
_ICCID = re.compile(r"[0-9]{18,20}[Ff]?", re.ASCII)
_MSISDN = re.compile(r"\+?[0-9]{3,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Device:
    """A row. `imei` is the SC1 device id; `platform_id` is what the SMS platform calls the device (its endpoint id)."""

    name: str
    imei: str
    iccid: str = ""
    msisdn: str = ""
    platform_id: str = ""
    board: str = ""
    notes: str = ""


COLUMNS = tuple(column.name for column in fields(Device))


def load_fleet(path: str | Path) -> list[Device]:
    """All rows. Raises MtmoError that names file, line and column."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MtmoError("no such fleet file", field=str(path), fix="`mtmo up` and `mtmo flash` write one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MtmoError(f"cannot be read: {error}", field=str(path)) from None
    return _parse(text, str(path))


def upsert(path: str | Path, *devices: Device) -> None:
    """Adds rows, or replaces those of the same IMEI; makes the file if there is none. Written whole or not at all."""
    path = Path(path)
    with locked(path):
        rows = {device.imei: device for device in (load_fleet(path) if path.exists() else [])}
        for device in devices:
            rows[device.imei] = device
        fleet = list(rows.values())
        _check_all([(str(path), device) for device in fleet])
        write_whole(path, _format(fleet), 0o600)


def find(fleet: Iterable[Device], key: str) -> Device:
    """The device of this name, or else IMEI, ICCID, MSISDN or platform id. Raises MtmoError for none or several."""
    fleet = list(fleet)
    for device in fleet:
        if device.name == key:
            return device
    number = key.removeprefix("+")
    matches = [
        device
        for device in fleet
        if number and number in (device.imei, device.iccid, device.msisdn.removeprefix("+"), device.platform_id)
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise MtmoError(f"{key!r} means several devices: {_names(matches)}", field="device", fix="use a name")
    known = f"known: {_names(fleet)}" if fleet else "the fleet file is empty"
    raise MtmoError(f"no device {key!r}", field="device", fix=known)


def _names(fleet: list[Device]) -> str:
    names = [device.name for device in fleet]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _parse(text: str, name: str) -> list[Device]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[str, Device]] = []
    try:
        header = [column.strip().lower().replace(" ", "_") for column in next(reader, [])]
        missing = [column for column in ("name", "imei") if column not in header]
        if missing:
            what = f"the first line lacks {' and '.join(missing)}"
            raise MtmoError(what, field=name, fix=f"write: {','.join(COLUMNS)}")
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise MtmoError(f"{len(cells)} cells under {len(header)} columns", field=where)
            row = {column: cell.strip() for column, cell in zip(header, cells, strict=False) if column in COLUMNS}
            rows.append((where, Device(**{"name": "", "imei": "", **row})))
    except csv.Error as error:
        raise MtmoError(f"is no CSV: {error}", field=f"{name}:{reader.line_num}") from None
    _check_all(rows)
    return [device for _, device in rows]


def _check_all(rows: list[tuple[str, Device]]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for where, device in rows:
        if not device.name or any(ord(character) < 0x20 for character in device.name):
            raise MtmoError("a device needs a name without control characters", field=where)
        if not _IMEI.fullmatch(device.imei):
            raise MtmoError(f"IMEI {device.imei!r} is not 15 digits", field=where)
        if device.iccid and not _ICCID.fullmatch(device.iccid):
            raise MtmoError(f"ICCID {device.iccid!r} is not 18 to 20 digits", field=where)
        if device.msisdn and not _MSISDN.fullmatch(device.msisdn):
            raise MtmoError(f"MSISDN {device.msisdn!r} is no number", field=where)
        for kind, value in (("name", device.name), ("IMEI", device.imei)):
            if (kind, value) in seen:
                raise MtmoError(f"{kind} {value!r} stands twice, first in {seen[kind, value]}", field=where)
            seen[kind, value] = where


def _format(fleet: list[Device]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(device) for device in fleet)
    return out.getvalue()
