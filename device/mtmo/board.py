"""The board the agent runs on: UART, power pins, watchdog, service window; the only importer of `machine` (L5)."""

import asyncio
import os
import time

import machine

import micropython
from micropython import const

from . import log, once
from .errors import ConfigError
from .settings import stored
from .store import Store, checked

_SERVICE_WINDOW_MS = const(900000)  # a person or mpremote has that long before the watchdog takes over again
_TIMER_MS = const(1000)
_RESTART_S = const(5)
_CTRL_C = const(3)
_TXBUF = const(512)  # more than any one write: a PDU takes 352 octets
_HELD_MS = const(2000)  # a modem's own pauses are shorter
_LOOK_MS = const(20)
_MIN_RXBUF = const(2048)  # a PDU line takes 31 ms at 115,200 baud, and flash or the collector may take more
_OFF_S = const(10)  # a modem leaves the network before it goes off
_REST_S = const(3)

_KEYS = "board,inputs,mcu,modem,outputs,pins,power,uart,watchdog_ms"

_RESET_CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")
_CAUSE_NAMES = ("power", "reset", "watchdog", "sleep", "soft")

_window = None  # the running service window; a Timer that nobody holds would be collected


def read_config(path: str = "/board.json") -> dict:
    """What the board profile says. Raises ConfigError when there is no usable file."""
    try:
        with open(path, "rb") as file:
            return checked(path, file.read(), _KEYS)
    except OSError:
        raise ConfigError(path, "missing: flash the board with `mtmo flash`")


class Window:
    """Feeds the watchdog from a timer while the agent does not run, for a bounded time.

    Once started, a watchdog cannot be stopped (RP2), so it must be fed under a person's hands and during a transfer.
    """

    def __init__(self, watchdog):
        self._feed = watchdog.feed
        self._left = _SERVICE_WINDOW_MS // _TIMER_MS
        self._timer = _timer()
        self._timer.init(period=_TIMER_MS, mode=machine.Timer.PERIODIC, callback=self._tick)

    def _tick(self, timer) -> None:
        # in an interrupt: no allocation
        self._left -= 1
        if self._left >= 0:
            self._feed()

    def close(self) -> None:
        """The agent feeds by itself again."""
        self._timer.deinit()


def _timer():
    try:
        return machine.Timer(-1)  # a software timer; ESP32 and others number theirs
    except ValueError:
        return machine.Timer(0)


def open_window(config: dict) -> None:
    """Start the watchdog, if the profile has one, and feed it for the service window.

    Called at every boot and when the agent stops.
    """
    global _window
    close_window()
    if config.get("watchdog_ms"):
        _window = Window(machine.WDT(timeout=config["watchdog_ms"]))


def close_window() -> None:
    """End the service window, if one is open."""
    global _window
    if _window is not None:
        _window.close()
        _window = None


def listen_to_ctrl_c(on: bool) -> None:
    """Whether Ctrl-C interrupts, or is a key like any other: then nobody gets to the REPL."""
    micropython.kbd_intr(_CTRL_C if on else -1)


def is_locked() -> bool:
    """True if the setting `lock` is on, as far as the flash says."""
    return bool(stored(Store()).get("lock"))


def restart_soon(crashes: int = 0) -> None:
    """Reset the board in a few seconds, the later the more crashes in a row; Ctrl-C prevents it, where it is on.

    A watchdog that runs already does not wait longer than its time.
    """
    time.sleep(_RESTART_S << crashes)
    machine.reset()


class _Line:
    """A pin with its active level."""

    def __init__(self, config: dict, output: bool):
        self._active = config["active"]
        mode = machine.Pin.OUT if output else machine.Pin.IN
        if output:
            self._pin = machine.Pin(config["pin"], mode, value=1 - self._active)
        else:
            self._pin = machine.Pin(config["pin"], mode)

    def set(self, on: bool) -> None:
        self._pin.value(self._active if on else 1 - self._active)

    def get(self) -> bool:
        return self._pin.value() == self._active


class Port:
    """The UART as the chat wants it.

    A modem that holds CTS must not hold the interpreter: ESP32's write() blocks for ever on a full buffer, and says
    that there is room (ports/esp32/machine_uart.c). So each write finds an empty buffer, which is larger than it, or
    the flow control is given up.
    """

    def __init__(self, uart, give_up_flow):
        self.uart = uart
        self.uses_cts = False
        self._give_up_flow = give_up_flow
        self._reader = asyncio.StreamReader(uart)
        self._writer = asyncio.StreamWriter(uart, {})

    async def readinto(self, buf: bytearray) -> int:
        """Octets read into `buf`, at least one once there are any."""
        return await self._reader.readinto(buf) or 0

    async def write(self, octets: bytes) -> None:
        """Send all of `octets`."""
        if self.uses_cts and not await self._is_empty():
            log.warn("board", "the modem holds CTS: no flow control until it is set up again")
            self._give_up_flow()
        self._writer.write(octets)
        await self._writer.drain()

    async def _is_empty(self) -> bool:
        for _ in range(_HELD_MS // _LOOK_MS):
            if self.uart.txdone():
                return True
            await asyncio.sleep(_LOOK_MS / 1000)
        return False


class Board:
    """Everything the agent asks of the hardware, from board.json."""

    def __init__(self, config: dict):
        self.config = config
        once("wiring").check(config, getattr(os, "dupterm", None))
        uart = config["uart"]
        pins = {name: uart[name] for name in ("tx", "rx", "rts", "cts") if uart.get(name) is not None}
        self.has_flow = "rts" in pins and "cts" in pins
        if self.has_flow:
            pins["flow"] = machine.UART.RTS  # CTS once the modem has been told to use it
        self.wanted_baud = self.baud = uart["baud"]
        self._uart_options = pins
        pins["rxbuf"] = max(_MIN_RXBUF, uart["rxbuf"])
        pins["txbuf"] = _TXBUF
        self.port = Port(machine.UART(uart["id"], self.baud, **pins), self.without_cts)
        self._power = config["power"]
        lines = config["pins"]
        self._enable = [_Line(line, True) for line in lines.get("enable") or ()]
        for line in self._enable:
            line.set(True)
        if lines.get("dtr"):
            _Line(lines["dtr"], True).set(True)  # keeps the modem's UART awake
        self._pwrkey = _Line(lines["pwrkey"], True) if lines.get("pwrkey") else None
        self._reset = _Line(lines["reset"], True) if lines.get("reset") else None
        self._status = _Line(lines["status"], False) if lines.get("status") else None
        self._outputs = {name: _Line(line, True) for name, line in (config.get("outputs") or {}).items()}
        self._inputs = {name: _Line(line, False) for name, line in (config.get("inputs") or {}).items()}
        self._watchdog: "machine.WDT | None" = None

    def boot_ms(self) -> int:
        """How long the modem may take from power-on to its first answer."""
        return self._power["boot_ms"]

    def set_baud(self, baud: int) -> None:
        """Speed of the UART from now on."""
        if baud != self.baud:
            self.baud = baud
            self.port.uart.init(baud, **self._uart_options)

    def use_cts(self) -> None:
        """From now on the modem says when it can take octets, by a wire that the profile names."""
        self._set_cts(True)

    def without_cts(self) -> None:
        """A modem that has just started, or says nothing, may not drive that wire."""
        if self.port.uses_cts:
            self._set_cts(False)

    def _set_cts(self, used: bool) -> None:
        uart = machine.UART
        self.port.uses_cts = used
        self._uart_options["flow"] = uart.RTS | uart.CTS if used else uart.RTS
        self.port.uart.init(self.baud, **self._uart_options)

    def is_on(self) -> "bool | None":
        """Whether the STATUS pin says that the modem is on; None without one."""
        return self._status.get() if self._status else None

    async def power_on(self) -> None:
        """Pulse PWRKEY, unless the STATUS pin says that the modem is on: a second pulse would switch it off.

        Without a STATUS pin the caller has made sure that nothing answers.
        """
        self.without_cts()
        if self._pwrkey and not self.is_on():
            await self._pulse(self._pwrkey, self._power["on_pulse_ms"])

    async def reset_modem(self) -> None:
        """Pulse the reset pin, or power-cycle where there is none."""
        self.without_cts()
        if self._reset:
            await self._pulse(self._reset, self._power["reset_pulse_ms"])
        else:
            await self.power_cycle()

    async def power_cycle(self) -> None:
        """Off and on again by PWRKEY, or by the supply's switches; without either there is nothing to do."""
        self.without_cts()
        if self._pwrkey:
            if self.is_on() is not False:
                await self._pulse(self._pwrkey, self._power["off_pulse_ms"])
            await self._until_off()
            await self.power_on()
        elif self._enable:
            for line in self._enable:
                line.set(False)
            await asyncio.sleep(_REST_S)
            for line in self._enable:
                line.set(True)

    async def _until_off(self) -> None:
        if not self._status:
            await asyncio.sleep(_REST_S)
            return
        for _ in range(_OFF_S):
            await asyncio.sleep(1)
            if not self._status.get():
                return

    def outputs(self) -> "list[str]":
        """The names of the profile's outputs; each is inactive from boot on."""
        return sorted(self._outputs)

    def inputs(self) -> "list[str]":
        """The names of the profile's inputs."""
        return sorted(self._inputs)

    def release(self) -> None:
        """Every output is inactive from now on: nobody watches over what it switches."""
        for line in self._outputs.values():
            line.set(False)

    def set_output(self, name: str, on: bool) -> None:
        """Drive an output to its active level, or away from it."""
        self._outputs[name].set(on)

    def read_input(self, name: str) -> bool:
        """True if an input is at its active level."""
        return self._inputs[name].get()

    def start_watchdog(self) -> None:
        """From now on `feed()` must be called."""
        close_window()
        if self.config.get("watchdog_ms"):
            self._watchdog = machine.WDT(timeout=self.config["watchdog_ms"])

    def feed(self) -> None:
        """Feed the watchdog."""
        if self._watchdog:
            self._watchdog.feed()

    def reset_cause(self) -> str:
        """power, reset, watchdog, sleep, soft or "?"."""
        cause = machine.reset_cause()
        for i in range(len(_RESET_CAUSES)):
            if getattr(machine, _RESET_CAUSES[i], None) == cause:
                return _CAUSE_NAMES[i]
        return "?"

    def reset(self) -> None:
        """Restart the board; does not come back."""
        log.info("board", "reset")
        machine.reset()

    async def _pulse(self, line: _Line, width_ms: int) -> None:
        line.set(True)
        try:
            await asyncio.sleep(width_ms / 1000)
        finally:
            line.set(False)
