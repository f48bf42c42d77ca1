"""`mtmo faults`: what goes wrong with an emulated modem, switched while it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import httpx

from mtmo_host.commands.options import STATE, FaultType
from mtmo_host.emulator.faults import MENU, PROFILES, parse
from mtmo_host.emulator.faults.menu import find
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.fleet.running import MODEM, UP, said_of_others, the_one
from mtmo_host.fleet.session import SESSION_FILE, default_state_dir, load_session

_TIMEOUT_S = 10.0


@click.command(
    epilog="""\b
Examples:
  mtmo faults unit-1                        what is on, how often it acted, violations of the driver
  mtmo faults unit-1 flaky                  a profile: its faults and no others
  mtmo faults unit-1 F3:rate=0.01 no-cmti   these beside what is on
  mtmo faults unit-1 --fire F7              a restart, now
  mtmo faults unit-1 healthy                all is well again, at once
  mtmo faults --menu                        every fault with its parameters, and the profiles
"""
)
@click.argument("device", required=False)
@click.argument("wanted", nargs=-1, type=FaultType())
@click.option("--off", multiple=True, metavar="F…", help="switch this one off; repeatable")
@click.option("--fire", metavar="F…", help="let it happen now: F7, or F7:silent=yes")
@click.option("--violations", is_flag=True, help="list what the driver did against the rules")
@click.option("--menu", is_flag=True, help="list the faults and profiles there are")
@click.option("--http", metavar="URL", help="of the running emulator [default: the one that runs]")
@STATE
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON")
def command(
    device: str | None,
    wanted: tuple[str, ...],
    off: tuple[str, ...],
    fire: str | None,
    violations: bool,
    menu: bool,
    http: str | None,
    state: str | None,
    as_json: bool,
) -> None:
    """Faults of the modem of DEVICE (name, number or id): profiles and faults WANTED.

    A profile replaces what is on; a fault, as NAME or F3:rate=0.01,kind=drop, is added to it.
    """
    if menu:
        _print_menu(as_json)
        return
    if device is None:
        raise UsageError("is missing", field="DEVICE", fix="a name of `mtmo up`, for example unit-1; or --menu")
    body = _body(wanted, off)
    fired = None if fire is None else _fault(fire)
    with _Emulator(http or _found(state), device) as emulator:
        answer = emulator.change(*body) if body else emulator.call("GET", "faults")
        if fired is not None:
            answer = emulator.call("POST", f"faults/{fired[0]}/fire", fired[1])
        if violations:
            answer["found"] = emulator.call("GET", "violations")
    if fired is not None and not as_json:
        click.echo(f"fired: {find(fired[0]).id} {find(fired[0]).name}")
    _print(answer, as_json)


def _body(wanted: tuple[str, ...], off: tuple[str, ...]) -> tuple[str, dict[str, Any]] | None:
    """Method and body of the request; None when nothing is to change."""
    faults: dict[str, Any] = {}
    profile = None
    for name, parameters in map(parse, wanted):
        if parameters is not None:
            faults[name] = find(name).values(parameters)
        elif profile is not None:
            raise UsageError(f"two profiles: {profile} and {name}", field="WANTED", fix="name one")
        else:
            profile = name
    faults.update({find(key).id: None for key in off})
    if profile is not None:
        return "PUT", {"profile": profile, "faults": faults}
    return ("PATCH", {"faults": faults}) if faults else None


def _fault(text: str) -> tuple[str, dict[str, Any]]:
    name, parameters = parse(text)
    if parameters is None:
        raise UsageError(f"{name} is a profile", field="--fire", fix="name a fault, for example F7")
    values = find(name).values(parameters)
    return name, {key: values[key] for key in parameters}


def _found(state: str | None) -> str:
    """The URL of the emulator of a state directory, or of the one that runs."""
    one = None if state else the_one(UP, MODEM, option="--http")
    if one is not None:
        return one.http
    folder = Path(state) if state else default_state_dir()
    session = load_session(folder)
    if session is None:
        what = f"no emulator is known: there is no {folder / SESSION_FILE}; {said_of_others()}"
        raise UsageError(what, field="--http", fix="start `mtmo up` or `mtmo modem`, or give its URL")
    return session.http


class _Emulator:
    """The API of one device."""

    def __init__(self, url: str, device: str) -> None:
        self._url = url.rstrip("/")
        self._path = f"/emulator/v1/endpoint/{quote(device, safe='')}/"
        headers = {"Content-Type": "application/json"}
        try:
            self._client = httpx.Client(base_url=self._url, timeout=_TIMEOUT_S, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:
            raise UsageError(f"{url!r} is no URL: {error}", field="--http", fix="http://127.0.0.1:8080") from None

    def __enter__(self) -> _Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def change(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Switch."""
        return self.call(method, "faults", body)

    def call(self, method: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's object. Raises MtmoError."""
        fix = f"is `mtmo up` or `mtmo modem` running there? {said_of_others()}"
        try:
            response = self._client.request(method, self._path + what, json=body)
            answer = response.json()
        except httpx.ConnectError:
            raise MtmoError("nobody answers", field=self._url, fix=fix) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise MtmoError(f"request failed: {error}", field=self._url, fix=fix) from None
        if response.is_success and isinstance(answer, dict):
            return answer
        reasons = [one["message"] for one in answer.get("errors", ())] if isinstance(answer, dict) else []
        reason = "; ".join(reasons) or (answer.get("message") if isinstance(answer, dict) else None)
        raise MtmoError(str(reason or response.status_code), field=self._url)


def _print(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(state))
        return
    active, lasting, acted = state["active"], state["lasting"], state["acted"]
    for fault in MENU:
        if fault.id in active or fault.id in lasting:
            values = active.get(fault.id, {})
            shown = " ".join(f"{name}={_said(value)}" for name, value in values.items())
            click.echo(f"{fault.id:4} {fault.name:15} acted {acted.get(fault.id, 0):6}  {shown}".rstrip())
        if fault.id in lasting:
            click.echo(f"       {_goes_on(lasting[fault.id])}")
    if not active and not lasting:
        click.echo("healthy: no fault is on")
    over = {key: count for key, count in acted.items() if key not in active and key not in lasting}
    if over:
        click.echo("before: " + ", ".join(f"{key} {count}" for key, count in over.items()))
    _print_driver(state)


def _goes_on(lasting: dict[str, Any]) -> str:
    """`there is no coverage, for 598 s more`."""
    ends = [f"until {lasting['until']}"] if lasting["until"] else []
    if lasting["left_s"] is not None:
        ends.append(f"for {lasting['left_s']} s more")
    return ", ".join([lasting["what"], " or ".join(ends)])


def _print_driver(state: dict[str, Any]) -> None:
    click.echo(f"violations of the driver: {state['violations']}")
    for one in state.get("found", {}).get("violations", ()):
        click.echo(f"  {one['at_ms']} ms  {one['rule']}: {one['text']}: {one['detail']}")
    for name, value in state.get("found", {}).get("symptoms", {}).items():
        click.echo(f"  {name.replace('_', ' ')}: {_said(value)}")


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _print_menu(as_json: bool) -> None:
    if as_json:
        profiles = {one.name: {key: dict(values) for key, values in one.faults.items()} for one in PROFILES}
        click.echo(json.dumps({"faults": [fault.describe() for fault in MENU], "profiles": profiles}))
        return
    for fault in MENU:
        click.echo(f"{fault.id:4} {fault.name:15} {fault.help}" + (" (can be fired)" if fault.fires else ""))
        for one in fault.parameters:
            click.echo(f"       {one.name}={_said(one.default)}  {one.help} [{one.range}]")
    click.echo("profiles:")
    for profile in PROFILES:
        click.echo(f"     {profile.name:15} {profile.help}: {', '.join(profile.faults) or 'no fault'}")
