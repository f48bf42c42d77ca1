"""`mtmo modem`: an emulated modem for somebody else's software."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mtmo_host.commands.lines import Line, line_options
from mtmo_host.commands.options import FAULTS, RealRange
from mtmo_host.commands.serving import run_until_stopped, say
from mtmo_host.durable import claim
from mtmo_host.emulator import personalities
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.sim import Sim
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.fleet.running import MODEM, Running, announced
from mtmo_host.fleet.session import default_state_dir
from mtmo_host.lab.device import SPEED
from mtmo_host.lab.identity import IDENTITIES, Identity, checked_msisdn, identity
from mtmo_host.lab.services import Address, AddressType, Services
from mtmo_host.network.core import Core
from mtmo_host.network.signer import Signer
from mtmo_host.network.store import Store
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.numbers import DEFAULT_OPERATOR

_ANY = "generic"  # as the specifications have it, without any maker's ways: every program that speaks AT fits it


@click.command(
    epilog="""\b
Examples:
  mtmo modem --pty /tmp/modem                  any program opens /tmp/modem
  mtmo modem a7670                             this one's prompt ends with CR LF: gammu to 1.44 waits past it
  mtmo modem sim7000 --tcp 127.0.0.1:7000      pyserial: socket://127.0.0.1:7000
  mtmo modem bg95 --serial /dev/ttyUSB1        this PC plays the modem for a real board
  mtmo modem sim800 --faults flaky --faults F8:rate=0.5   something goes wrong now and then
  mtmo modem ec25 --record run.jsonl           then: mtmo replay run.jsonl --as agent
  mtmo modem ours.toml                         a personality of your own
  mtmo modem sara_r5 --speed 1 --pin 1234      as slow as a real one, with a locked card
"""
)
@click.argument("name", required=False)
@click.option("--personality", type=click.Path(path_type=Path), help="a TOML file that changes or adds a personality")
@line_options
@click.option("--number", help="the SIM's MSISDN, for example +491511234567")
@click.option(
    "--number-of",
    "which",
    type=click.IntRange(1, IDENTITIES),
    default=1,
    show_default=True,
    help="which of the known identities",
)
@click.option(
    "--http", type=AddressType(), help="REST and console page; port 0 is any  [default: 127.0.0.1:8080 or next]"
)
@click.option("--smpp", type=AddressType(), help="SMPP 3.4; port 0 is any  [default: 127.0.0.1:2775 or next]")
@click.option("--keys", type=click.Path(path_type=Path), help="master key file: the console page signs with it")
@click.option(
    "--state", type=click.Path(path_type=Path), help="directory that keeps the log; without it nothing is kept"
)
@click.option("--pin", help="the SIM asks for this PIN")
@click.option(
    "--speed",
    type=RealRange(min=0, min_open=True),
    default=SPEED,
    show_default=True,
    help="how much faster than a real one it boots and answers; 1: just as slowly",
)
@click.option("--seed", type=int, default=0, show_default=True, help="of its delays and faults: the same again")
@FAULTS
@click.option("--record", type=click.Path(path_type=Path), help="write everything on the line to FILE, for mtmo replay")
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON when everything answers; log on stderr")
def command(
    name: str | None,
    personality: Path | None,
    line: Line,
    number: str | None,
    which: int,
    http: Address | None,
    smpp: Address | None,
    keys: Path | None,
    state: Path | None,
    pin: str | None,
    speed: float,
    seed: int,
    faults: tuple[str, ...],
    record: Path | None,
    as_json: bool,
) -> None:
    """An emulated modem NAME, with a small SMS network behind it.

    NAME is one of the built-in personalities or a TOML file (the README of the emulator shows one)  [default: generic].

    A transcript (--record) holds all that was said, so also passwords, PINs and texts; only its owner may read it.
    """
    modem = _modem(name, personality)
    personalities.find(modem)
    master = MasterKey.load(keys) if keys else None
    who = identity(which)
    sim = Sim(who.iccid, who.imsi, _number(number) or who.msisdn, pin=_pin(pin))

    def make(core: Core) -> Modem:
        return Modem(personalities.find(modem), sim, core, imei=who.imei, speed=speed, seed=seed, name=who.name)

    station = _Station(make, who, line, master, keys, state, faults, record)
    run_until_stopped(lambda: station.start(http, smpp), station.stop, lambda ready: _print(ready, as_json))


def _modem(name: str | None, personality: Path | None) -> str:
    if name is not None and personality is not None:
        raise UsageError("give NAME or --personality FILE, not both", field="NAME", fix="drop one")
    if personality is None:
        return name or _ANY
    if personality.suffix.lower() != ".toml":
        raise UsageError(f"{personality} is no .toml file", field="--personality", fix="name it something.toml")
    return str(personality)


def _number(number: str | None) -> str | None:
    try:
        return None if number is None else checked_msisdn(number)
    except MtmoError as error:
        raise UsageError(error.message, field="--number", fix=error.fix) from None


def _pin(pin: str | None) -> str | None:
    if pin is None or (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        return pin
    raise UsageError("is no PIN", field="--pin", fix="4 to 8 digits")


class _Station:
    """One modem on one line, and the network it is registered in."""

    def __init__(
        self,
        make: Callable[[Core], Modem],
        who: Identity,
        line: Line,
        master: MasterKey | None,
        keys: Path | None,
        state: Path | None,
        faults: tuple[str, ...],
        record: Path | None,
    ) -> None:
        self._make, self._who, self._line = make, who, line
        self._master, self._keys, self._state, self._record = master, keys, state, record
        self._faults = faults
        self._stack = contextlib.AsyncExitStack()

    async def start(self, http: Address | None, smpp: Address | None) -> dict[str, Any]:
        try:
            return await self._start(http, smpp)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self._stack.aclose()

    async def _start(self, http: Address | None, smpp: Address | None) -> dict[str, Any]:
        who = self._who
        if self._state is not None:
            self._stack.callback(os.close, claim(self._state, "lab.lock"))  # as `mtmo up`: one process, one database
        store = Store.open(self._state or ":memory:")
        self._stack.callback(store.close)
        core = Core(store)
        services = Services(core, self._signer(), DEFAULT_OPERATOR, say)
        self._stack.push_async_callback(services.stop)
        await services.start(http, smpp)
        modem = self._make(core)
        msisdn = modem.sim.msisdn
        endpoint = core.add_endpoint(who.name, imei=who.imei, iccid=who.iccid, imsi=who.imsi, msisdn=msisdn)
        line = self._line.listen(modem)
        if self._record is not None:
            self._stack.callback(Recorder(modem, self._record, now_ms=line.now_ms).close)
        await line.start()
        self._stack.push_async_callback(line.close)
        core.set_modem(endpoint.id, modem)
        modem.advance(line.now_ms)
        modem.faults.choose(*self._faults)
        modem.power_on(line.now_ms)
        row = {
            "id": endpoint.id,
            "name": who.name,
            "imei": who.imei,
            "iccid": who.iccid,
            "imsi": who.imsi,
            "msisdn": msisdn,
            "modem": modem.personality.name,
            "repl": None,
            "at": line.address,
        }
        ready = services.ready(str(self._keys.absolute()) if self._keys else None, [row])
        self._stack.enter_context(announced(Running(MODEM, os.getpid(), ready["http"], "")))
        return ready

    def _signer(self) -> Signer | None:
        if self._master is None:
            return None
        folder = self._state or default_state_dir()  # beside the counters of `mtmo sms`
        return Signer(self._master, CounterStore(folder / "counters.json"))


def _print(ready: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(ready))
        return
    device = ready["devices"][0]
    click.echo(f"modem    {device['modem']}  {device['msisdn']}  imei {device['imei']}")
    click.echo(f"line     {device['at']}")
    click.echo(f"console  {ready['http']}/")
    click.echo(f"REST     {ready['http']}/api/v1   application token {ready['token']}")
    phone = f"{ready['http']}/emulator/v1/phone/4915112345678/sms"
    body = json.dumps({"payload": "hello", "dest": device["name"]})
    click.echo(f"text it  curl --json '{body}' {phone}")
    click.echo("Ctrl-C ends it.")
