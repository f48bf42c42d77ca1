"""The HTTP face of the network: the REST API in the platform's shape, the emulator's own calls, and the console."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtmo_host.network import console_api, emulator_api, faults_api
from mtmo_host.network.core import Core, FieldError, UnknownEndpoint
from mtmo_host.network.items import endpoint_item, format_time, parse_time, sms_item
from mtmo_host.network.schema import MT, Endpoint, Message
from mtmo_host.network.signer import Signer
from mtmo_host.network.sse import Broadcaster
from mtmo_host.network.web import (
    ApiError,
    Gate,
    bad_request,
    error_response,
    int_of,
    invalid,
    not_found,
    path_id,
    read_object,
    text_of,
)
from mtmo_host.sms.numbers import DEFAULT_OPERATOR

_SMS = "Create sms validation error"
_ERRORS = (ApiError, HTTPException, SQLAlchemyError)
_PER_PAGE = 1000
_PER_PAGE_MAX = 5000
_SORT_FIELDS = ("id", "name", "created", "last_updated")


def create_app(
    core: Core, *, signer: Signer | None = None, operator: str = DEFAULT_OPERATOR, run_core: bool = True
) -> Starlette:
    """The web application over a core.

    `signer` lets the console sign and verify; `operator` is the console's usual source address. With `run_core` the
    application drives the core for as long as it is served; without, the caller does.
    """
    gate = Gate(core.store)
    events = Broadcaster(core)
    if signer is not None:
        signer.watch(core)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(core.run()) if run_core else None
        try:
            yield
        finally:
            events.close()
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    routes = [
        *Rest(core, gate).routes(),
        *emulator_api.EmulatorApi(core, gate).routes(),
        *faults_api.FaultsApi(core, gate).routes(),
        *console_api.ConsoleApi(core, gate, events, signer, operator).routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=dict.fromkeys(_ERRORS, error_response))
    app.state.events = events
    return app


class Rest:
    """/api/v1: authenticate, devices, their SMS and connectivity."""

    def __init__(self, core: Core, gate: Gate) -> None:
        self._core = core
        self._store = core.store
        self._gate = gate

    def routes(self) -> list[Route]:
        """Everything below /api."""
        sms = "/api/v1/endpoint/{id}/sms"
        return [
            Route("/api/v1/authenticate", self.authenticate, methods=["POST"]),
            Route("/api/v1/endpoint", self.endpoint_list),
            Route("/api/v1/endpoint/{id}", self.endpoint),
            Route("/api/v1/endpoint/{id}/connectivity", self.connectivity),
            Route(sms, self.sms_list, methods=["GET"]),
            Route(sms, self.sms_create, methods=["POST"]),
            Route(sms + "/{sms_id}", self.sms, methods=["GET"]),
            Route(sms + "/{sms_id}", self.sms_cancel, methods=["DELETE"]),
        ]

    async def authenticate(self, request: Request) -> Response:
        """Application token in, bearer token out; 401 with an empty body for a wrong one."""
        body = await read_object(request)
        token = body.get("application_token")
        if not isinstance(token, str):
            raise bad_request("application_token is missing.")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._store.application_token().encode()):
            return Response(status_code=401)
        return JSONResponse({"auth_token": self._gate.token()})

    async def endpoint_list(self, request: Request) -> Response:
        """All devices, by pages; `q=field:value,…` filters, `sort=field` or `sort=-field` orders."""
        self._gate.require(request)
        query = request.query_params
        items = [endpoint_item(endpoint) for endpoint in self._store.endpoints()]
        if query.get("q"):
            items = [item for item in items if _matches(item, query["q"])]
        sort = query.get("sort", "id")
        field = sort.lstrip("-")
        if field not in _SORT_FIELDS:
            raise bad_request(f"Cannot sort by {field!r}; one of {', '.join(_SORT_FIELDS)}.")
        items.sort(key=lambda item: item[field], reverse=sort.startswith("-"))
        per_page = _query_int(request, "per_page", _PER_PAGE, _PER_PAGE_MAX)
        page = _query_int(request, "page", 1, 10**6)
        headers = {
            "X-Total-Count": str(len(items)),
            "X-Total-Pages": str(max(1, -(-len(items) // per_page))),
            "X-Current-Page": str(page),
            "X-Count-Per-Page": str(per_page),
            "X-Sort": sort,
        }
        return JSONResponse(items[(page - 1) * per_page : page * per_page], headers=headers)

    async def endpoint(self, request: Request) -> Response:
        """One device."""
        return JSONResponse(endpoint_item(self._endpoint(request), expanded=True))

    async def connectivity(self, request: Request) -> Response:
        """Whether the device is attached."""
        endpoint = self._endpoint(request)
        if endpoint.status_id != 0:
            status = "BLOCKED"
        else:
            status = "ATTACHED" if self._core.reachable(endpoint.id) else "OFFLINE"
        return JSONResponse({"status": {"description": status}, "location": None, "pdp_context": None, "services": []})

    async def sms_list(self, request: Request) -> Response:
        """All messages of a device, oldest first."""
        endpoint = self._endpoint(request)
        found = self._store.messages.of_endpoint(endpoint.id)
        return JSONResponse([sms_item(message, endpoint.name) for message in found])

    async def sms_create(self, request: Request) -> Response:
        """Takes an MT: 201 with an empty body and the new message's address."""
        endpoint = self._endpoint(request)
        values = _sms_values(await read_object(request))
        try:
            message_id = self._core.submit_mt(endpoint.id, **values)
        except FieldError as error:
            raise invalid(_SMS, error.field or "payload", error.message) from error
        base = f"{request.base_url}api/v1/endpoint/{endpoint.id}/sms/{message_id}"
        return Response(status_code=201, media_type="text/html", headers={"Location": base})

    async def sms(self, request: Request) -> Response:
        """One message."""
        endpoint = self._endpoint(request)
        return JSONResponse(sms_item(self._message(request, endpoint), endpoint.name))

    async def sms_cancel(self, request: Request) -> Response:
        """Cancels an MT that has not been handed over; 409 when it is too late."""
        message = self._message(request, self._endpoint(request))
        if message.sms_type != MT or not self._core.cancel(message.id):
            raise ApiError(409, 1405, "Conflict", f"SMS with Id '{message.id}' can no longer be canceled.")
        return Response(status_code=200)

    def _endpoint(self, request: Request) -> Endpoint:
        self._gate.require(request)
        try:
            return self._core.endpoint(path_id(request, "id"))
        except UnknownEndpoint as error:
            raise not_found(error.message) from error

    def _message(self, request: Request, endpoint: Endpoint) -> Message:
        message_id = path_id(request, "sms_id")
        message = self._store.messages.get(message_id)
        if message is None or message.endpoint_id != endpoint.id:
            raise not_found(f"SMS with Id '{message_id}' not found.")
        return message


def _sms_values(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of submit_mt; 422 names the field that is wrong."""
    kind = body.get("source_address_type")
    if isinstance(kind, dict):
        kind = kind.get("id")
    return {
        "payload": text_of(body, "payload", _SMS, required=True),
        "source_address": text_of(body, "source_address", _SMS),
        "source_address_type": int_of(kind, "source_address_type", _SMS, 0, 255),
        "udh": _udh(text_of(body, "udh", _SMS)),
        "dcs": int_of(body.get("dcs"), "dcs", _SMS, 0, 255),
        "pid": int_of(body.get("pid"), "pid", _SMS, 0, 255) or 0,
        "expiry_date": _expiry(text_of(body, "expiry_date", _SMS)),
    }


def _udh(text: str | None) -> bytes | None:
    """A header in hex, its length octet first."""
    if not text:
        return None
    try:
        header = bytes.fromhex(text)
    except ValueError as error:
        raise invalid(_SMS, "udh", "is not hex") from error
    if header[0] != len(header) - 1:
        raise invalid(_SMS, "udh", f"its first octet says {header[0]}, but {len(header) - 1} follow")
    return header


def _expiry(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except (ValueError, OverflowError) as error:
        example = format_time(0.0)
        raise invalid(_SMS, "expiry_date", f"is not a time like {example}") from error


def _query_int(request: Request, name: str, default: int, high: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= high:
        raise bad_request(f"{name} is not within 1 to {high}.")
    return int(text[:9])


def _matches(item: dict[str, Any], query: str) -> bool:
    """`q=field:value,field:value`, all of them; nested values by id or description, those of the SIM by their name."""
    return all(_matches_one(item, part) for part in query.split(","))


def _matches_one(item: dict[str, Any], part: str) -> bool:
    field, colon, wanted = part.partition(":")
    sim = item.get("sim", {})
    if not colon or (field not in item and field not in ("sim", "iccid", "imsi", "msisdn")):
        raise bad_request(f"Cannot filter by {part!r}; write field:value.")
    value = item[field] if field in item else sim.get(field)
    if isinstance(value, dict):
        return wanted.lower() in (str(value.get("id")), str(value.get("description", value.get("name"))).lower())
    return wanted.lower() == ("null" if value is None else str(value).lower())
