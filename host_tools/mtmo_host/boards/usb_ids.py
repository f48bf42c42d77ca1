"""USB ids behind which a board or a modem may answer, and what may be asked there: one table with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# what may be asked, in this order; a port that is not in the table is not spoken to
REPL, MODEM, LOADER = "REPL", "modem", "ROM bootloader"
_BRIDGE = (REPL, MODEM, LOADER)  # whatever hangs behind it
_ESPRESSIF = (REPL, LOADER)


@dataclass(frozen=True)
class UsbId:
    """One row; `pid` None stands for every product of the vendor."""

    vid: int
    pid: int | None
    name: str
    asks: tuple[str, ...]
    source: str


IDS: Final = (
    UsbId(0x10C4, 0xEA60, "CP210x bridge", _BRIDGE, "Linux: drivers/usb/serial/cp210x.c"),
    UsbId(0x1A86, 0x7523, "CH340 bridge", _BRIDGE, "Linux: drivers/usb/serial/ch341.c"),
    UsbId(0x1A86, 0x55D3, "CH343 bridge", _BRIDGE, "WCHSoftGroup/ch343ser_linux; seen in udev rules"),
    UsbId(0x1A86, 0x55D4, "CH9102 bridge", _BRIDGE, "esptool's and other lists; LilyGO's boards have it"),
    UsbId(0x0403, 0x6001, "FT232R bridge", _BRIDGE, "Linux: drivers/usb/serial/ftdi_sio_ids.h"),
    UsbId(0x0403, 0x6010, "FT2232 bridge", _BRIDGE, "Linux: drivers/usb/serial/ftdi_sio_ids.h"),
    UsbId(0x0403, 0x6015, "FT-X bridge", _BRIDGE, "Linux: drivers/usb/serial/ftdi_sio_ids.h"),
    UsbId(0x303A, 0x1001, "Espressif USB Serial/JTAG", _ESPRESSIF, "platformio-espressif32: boards, hwids"),
    UsbId(0x303A, None, "Espressif USB", _ESPRESSIF, "espressif/usb-pids: allocated-pids.txt"),
    UsbId(0x2E8A, 0x0005, "RP2 MicroPython", (REPL,), "micropython: ports/rp2/mpconfigport.h"),
    UsbId(0x05C6, 0x90B2, "u-blox SARA-R4", (MODEM,), "Linux: drivers/usb/serial/option.c UBLOX_PRODUCT_R410M"),
    UsbId(0x1E0E, 0x9001, "SIMCom SIM7500/SIM7600", (MODEM,), "Linux: drivers/usb/serial/option.c"),
    UsbId(0x1E0E, 0x9011, "SIMCom SIM7500/SIM7600, A76xx", (MODEM,), "Linux: drivers/usb/serial/option.c"),
    UsbId(0x1E0E, 0x9205, "SIMCom SIM7070/SIM7080", (MODEM,), "Linux: drivers/usb/serial/option.c"),
    UsbId(0x1E0E, 0x9206, "SIMCom SIM7070/SIM7080", (MODEM,), "Linux: drivers/usb/serial/option.c"),
    UsbId(0x2C7C, 0x0121, "Quectel EC21", (MODEM,), "Linux: drivers/usb/serial/option.c QUECTEL_PRODUCT_EC21"),
    UsbId(0x2C7C, 0x0125, "Quectel EC25", (MODEM,), "Linux: drivers/usb/serial/option.c QUECTEL_PRODUCT_EC25"),
    UsbId(0x2C7C, 0x0296, "Quectel BG96", (MODEM,), "Linux: drivers/usb/serial/option.c QUECTEL_PRODUCT_BG96"),
    UsbId(0x2C7C, 0x0700, "Quectel BG95", (MODEM,), "Linux: drivers/usb/serial/option.c QUECTEL_PRODUCT_BG95"),
    UsbId(0x1BC7, 0x1100, "Telit ME910", (MODEM,), "Linux: drivers/usb/serial/option.c TELIT_PRODUCT_ME910"),
    UsbId(0x1BC7, 0x1201, "Telit LE910", (MODEM,), "Linux: drivers/usb/serial/option.c TELIT_PRODUCT_LE910"),
)


def known(vid: int | None, pid: int | None) -> UsbId | None:
    """The row of a USB id, an exact one before one of a whole vendor; None where the table has none."""
    exact = [row for row in IDS if (row.vid, row.pid) == (vid, pid)]
    return next(iter([*exact, *(row for row in IDS if row.vid == vid and row.pid is None)]), None)
