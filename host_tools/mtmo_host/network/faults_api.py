"""/emulator/v1: the faults of a device's emulated modem, and what its driver did against the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtmo_host.emulator.faults import MENU, PROFILES
from mtmo_host.emulator.faults.menu import find
from mtmo_host.emulator.faults.profiles import find as find_profile
from mtmo_host.emulator.modem import Modem
from mtmo_host.errors import MtmoError
from mtmo_host.network.core import Core, UnknownEndpoint
from mtmo_host.network.web import Gate, int_of, invalid, not_found, read_object, text_of

_WHAT = "Faults validation error"
_FIELDS = ("profile", "faults", "seed")
Wanted = list[tuple[str, Mapping[str, object] | None]]  # fault and its parameters; None: off


class FaultsApi:
    """As the rest of /emulator: open to callers on this machine. `{id}` is a device's id, name or number."""

    def __init__(self, core: Core, gate: Gate) -> None:
        self._core = core
        self._gate = gate

    def routes(self) -> list[Route]:
        """Menu, faults and violations."""
        faults = "/emulator/v1/endpoint/{id}/faults"
        return [
            Route("/emulator/v1/faults", self.menu),
            Route(faults, self.show, methods=["GET"]),
            Route(faults, self.replace, methods=["PUT"]),
            Route(faults, self.change, methods=["PATCH"]),
            Route(faults, self.clear, methods=["DELETE"]),
            Route(faults + "/{fault}/fire", self.fire, methods=["POST"]),
            Route("/emulator/v1/endpoint/{id}/violations", self.violations, methods=["GET"]),
            Route("/emulator/v1/endpoint/{id}/violations", self.forget, methods=["DELETE"]),
        ]

    async def menu(self, request: Request) -> Response:
        """The fault menu with its parameters, and the profiles."""
        self._gate.require_local(request)
        profiles = [
            {"name": one.name, "help": one.help, "faults": {key: dict(values) for key, values in one.faults.items()}}
            for one in PROFILES
        ]
        return JSONResponse({"faults": [fault.describe() for fault in MENU], "profiles": profiles})

    async def show(self, request: Request) -> Response:
        """What is on, how often each fault acted, and what is still going on."""
        return JSONResponse(_state(self._modem(request)))

    async def replace(self, request: Request) -> Response:
        """{"profile", "faults": {"F3": {"rate": 0.1}}, "seed"}: these and no others."""
        modem = self._modem(request)
        wanted, seed = await _wanted(request)
        modem.faults.clear()
        return self._switch(modem, wanted, seed)

    async def change(self, request: Request) -> Response:
        """The same beside what is on; a fault that is null is switched off."""
        modem = self._modem(request)
        wanted, seed = await _wanted(request)
        return self._switch(modem, wanted, seed)

    async def clear(self, request: Request) -> Response:
        """All off, and what is still going on ends."""
        self._modem(request).faults.clear()
        return Response(status_code=204)

    async def fire(self, request: Request) -> Response:
        """Let it happen now, with the parameters of the body or those it was switched on with."""
        modem = self._modem(request)
        body = await read_object(request)
        try:
            modem.faults.fire(str(request.path_params["fault"]), **body)
        except MtmoError as error:
            raise _refusal(error) from error
        return JSONResponse(_state(modem))

    async def violations(self, request: Request) -> Response:
        """What the driver did against the rules, counts by rule, and what the modem's state says of it."""
        modem = self._modem(request)
        found = [
            {"at_ms": one.at_ms, "rule": one.rule.name, "text": one.rule.value, "detail": one.detail}
            for one in modem.violations
        ]
        counts = {rule.name: count for rule, count in modem.violations.counts.items()}
        symptoms = modem.watch.symptoms()
        return JSONResponse({
            "now_ms": modem.now_ms, "counts": counts, "violations": found, "symptoms": symptoms,
        })  # fmt: skip

    async def forget(self, request: Request) -> Response:
        """Forget the violations."""
        self._modem(request).violations.clear()
        return Response(status_code=204)

    def _switch(self, modem: Modem, wanted: Wanted, seed: int | None) -> Response:
        if seed is not None:
            modem.faults.reseed(seed)
        for key, parameters in wanted:
            modem.faults.switch(key, parameters is not None, **(parameters or {}))
        return JSONResponse(_state(modem))

    def _modem(self, request: Request) -> Modem:
        """The device's modem, at the present time."""
        self._gate.require_local(request)
        try:
            return self._core.modem(self._core.find(str(request.path_params["id"])).id)
        except UnknownEndpoint as error:
            raise not_found(error.message) from error


def _state(modem: Modem) -> dict[str, Any]:
    acted = {fault.id: modem.faults.acted[fault.id] for fault in MENU if modem.faults.acted[fault.id]}
    lasting = {fault_id: what.describe(modem.now_ms) for fault_id, what in modem.faults.lasting().items()}
    return {
        "active": modem.faults.active(),
        "lasting": lasting,
        "acted": acted,
        "violations": modem.violations.counts.total(),
    }


async def _wanted(request: Request) -> tuple[Wanted, int | None]:
    """What a body asks for, all of it checked before anything is switched."""
    body = await read_object(request)
    for name in body:
        if name not in _FIELDS:
            raise invalid(_WHAT, name, "is not known; there are " + ", ".join(_FIELDS))
    faults = body.get("faults", {})
    if not isinstance(faults, dict):
        raise invalid(_WHAT, "faults", "is not an object")
    profile = text_of(body, "profile", _WHAT)
    seed = int_of(body.get("seed"), "seed", _WHAT, 0, 2**53)
    wanted: Wanted = []
    try:
        if profile is not None:
            wanted += find_profile(profile).faults.items()
        for key, parameters in faults.items():
            if parameters is not None and not isinstance(parameters, dict):
                raise invalid(_WHAT, f"faults.{key}", "is neither an object nor null")
            find(key).values(parameters or {})
            wanted.append((key, parameters))
    except MtmoError as error:
        raise _refusal(error) from error
    return wanted, seed


def _refusal(error: MtmoError) -> Exception:
    message = error.message + (f" ({error.fix})" if error.fix else "")
    return invalid(_WHAT, error.field or "faults", message)
