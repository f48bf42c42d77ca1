"""The console page and the calls it makes; all need a bearer token, which the page carries only on this machine."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mtmo_host.errors import MtmoError
from mtmo_host.network.core import Core, FieldError, UnknownEndpoint
from mtmo_host.network.emulator_api import check_number, log_lines, send_from_phone
from mtmo_host.network.items import format_time
from mtmo_host.network.schema import (
    BUFFERED,
    CANCELED,
    DELIVERED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    LOCAL,
    MT,
    PENDING,
    Endpoint,
)
from mtmo_host.network.signer import Signer, Text, is_whole, payload_of, place_of, whole_texts
from mtmo_host.network.sse import Broadcaster
from mtmo_host.network.web import PAGE_TOKEN_S, Gate, invalid, is_local_host, not_found, path_id, read_object, text_of
from mtmo_host.sms.verdict import REPEATED, UNVERIFIED, VERIFIED, Judgement

_SHOWN = 200
_NOTE = 60  # characters of a command beside its answer
_SEND = "Send validation error"
# everything comes from this server; no inline script, no foreign frame, no form that leaves
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STATUS_WORDS = {
    PENDING: "Waiting for delivery",
    IN_PROGRESS: "Sending",
    BUFFERED: "Waiting for delivery",
    DELIVERED: "Delivered",
    FAILED: "Failed",
    EXPIRED: "Expired",
    CANCELED: "Canceled",
}
_LOST = (FAILED, EXPIRED, CANCELED)
_VERDICT_CHIPS = {
    VERIFIED: ("ok", "✓ VERIFIED"),
    REPEATED: ("bad", "REPEATED"),
    UNVERIFIED: ("bad", "NOT VERIFIED"),
}
_ASSETS = {"console.js": "text/javascript", "faults.js": "text/javascript", "console.css": "text/css"}


class ConsoleApi:
    """The page at / and everything below /console."""

    def __init__(self, core: Core, gate: Gate, events: Broadcaster, signer: Signer | None, operator: str) -> None:
        self._core = core
        self._gate = gate
        self._events = events
        self._signer = signer
        self._operator = operator

    def routes(self) -> list[Route]:
        """The page, its files, its calls and its event stream."""
        one = "/console/api/endpoint/{id}"
        return [
            Route("/", self.page),
            Route("/console/{name:str}.{kind:str}", self.asset),
            Route("/console/events", self.events),
            Route("/console/api/state", self.state),
            Route(one + "/messages", self.messages, methods=["GET"]),
            Route(one + "/messages", self.send, methods=["POST"]),
            Route(one + "/messages/{sms_id}/cancel", self.cancel, methods=["POST"]),
            Route(one + "/seen", self.seen, methods=["POST"]),
            Route(one + "/log", self.log),
            Route("/console/api/phone", self.phone, methods=["POST"]),
            Route("/console/api/phone/{number}", self.inbox),
        ]

    async def page(self, request: Request) -> Response:
        """The page; with a token in it for a browser on this machine, else it asks for the application token."""
        token = self._gate.token(PAGE_TOKEN_S) if is_local_host(request) else ""
        text = _file("console.html").replace("{{token}}", html.escape(token))
        return Response(text, media_type="text/html", headers=_HEADERS)

    async def asset(self, request: Request) -> Response:
        """The page's script and style."""
        name = f"{request.path_params['name']}.{request.path_params['kind']}"
        if name not in _ASSETS:
            raise not_found("No such file.")
        return Response(_file(name), media_type=_ASSETS[name], headers=_HEADERS)

    async def events(self, request: Request) -> Response:
        """What changes, as it changes."""
        self._gate.require(request)
        return StreamingResponse(self._events.stream(), media_type="text/event-stream", headers=_HEADERS)

    async def state(self, request: Request) -> Response:
        """The devices with what waits, and what this console can do."""
        self._gate.require(request)
        counts = self._core.store.messages.counts()
        devices = [
            self._device(endpoint, *counts.get(endpoint.id, (0, 0))) for endpoint in self._core.store.endpoints()
        ]
        return JSONResponse({"operator": self._operator, "can_sign": self._signer is not None, "devices": devices})

    async def messages(self, request: Request) -> Response:
        """The newest texts of a device, in the clear where our key opens them."""
        endpoint = self._endpoint(request)
        store = self._core.store
        if self._signer is None:
            found = [(text, None) for text in whole_texts(store.messages.of_endpoint(endpoint.id, _SHOWN))]
            return JSONResponse([_bubble(*one) for one in found])
        return JSONResponse([_bubble(*one) for one in self._signer.read(store, endpoint, _SHOWN)])

    async def send(self, request: Request) -> Response:
        """{"text", "source", "sign", "encrypt"} → 201 {"id"}."""
        endpoint = self._endpoint(request)
        body = await read_object(request)
        text = text_of(body, "text", _SEND, required=True) or ""
        if not text.strip():
            raise invalid(_SEND, "text", "is empty")
        try:
            if body.get("sign"):
                if self._signer is None:
                    raise FieldError("there is no key to sign with", field="sign")
                text = self._signer.sign(endpoint, text, encrypted=bool(body.get("encrypt")))
            source = text_of(body, "source", _SEND) or self._operator
            message_id = self._core.submit_mt(endpoint.id, text, source_address=source, interface=LOCAL)
        except MtmoError as error:
            raise invalid(_SEND, error.field or "text", error.message) from error
        return JSONResponse({"id": message_id}, 201)

    async def cancel(self, request: Request) -> Response:
        """Cancels what of a text to the device still waits: {"canceled": true or false}."""
        endpoint = self._endpoint(request)
        message = self._core.store.messages.get(path_id(request, "sms_id"))
        if message is None or message.endpoint_id != endpoint.id:
            raise not_found("No such message.")
        texts = whole_texts(self._core.store.messages.of_endpoint(endpoint.id, 2 * _SHOWN))
        text = next((text for text in texts if message.id in [one.id for one in text]), [message])
        canceled = [self._core.cancel(one.id) for one in text]
        return JSONResponse({"canceled": any(canceled)})

    async def seen(self, request: Request) -> Response:
        """The operator has seen the device's messages."""
        self._core.store.messages.mark_seen(self._endpoint(request).id)
        return Response(status_code=204)

    async def log(self, request: Request) -> Response:
        """The device's console lines behind `?after=N`."""
        self._gate.require(request)
        return JSONResponse(log_lines(self._core, request))

    async def phone(self, request: Request) -> Response:
        """{"number", "dest", "payload"}: a text from an external phone."""
        self._gate.require(request)
        body = await read_object(request)
        number = check_number(text_of(body, "number", _SEND, required=True) or "")
        return JSONResponse(send_from_phone(self._core, number, body), 201)

    async def inbox(self, request: Request) -> Response:
        """What devices have sent to an external phone."""
        self._gate.require(request)
        found = self._core.store.messages.to_number(check_number(str(request.path_params["number"])), _SHOWN)
        return JSONResponse([{**_bubble([message], None), "chips": []} for message in found])

    def _endpoint(self, request: Request) -> Endpoint:
        self._gate.require(request)
        try:
            return self._core.endpoint(path_id(request, "id"))
        except UnknownEndpoint as error:
            raise not_found(error.message) from error

    def _device(self, endpoint: Endpoint, unread: int, queued: int) -> dict[str, Any]:
        return {
            "id": endpoint.id,
            "name": endpoint.name,
            "imei": endpoint.imei,
            "msisdn": "" if endpoint.sim is None else endpoint.sim.msisdn,
            "reachable": self._core.reachable(endpoint.id),
            "unread": unread,
            "queued": queued,
        }


def _bubble(text: Text, found: Judgement | None) -> dict[str, Any]:
    """A text as the page shows it; `chips` are (kind, text, time or None)."""
    first, payload = text[0], payload_of(text)
    mt = first.sms_type == MT
    note = _parts(text)
    if found is not None and found.answers:
        shown = found.answers if len(found.answers) <= _NOTE else found.answers[:_NOTE] + "…"
        note += f" · answers {shown}"
    return {
        "id": first.id,
        "mt": mt,
        "from": f"from {first.source_address}" if mt else f"+{first.source_address}",
        "time": format_time(first.submit_date),
        "text": payload if found is None else found.text,
        "raw": payload,
        "note": note,
        "chips": _mt_chips(text, found) if mt else _mo_chips(found),
        "can_cancel": mt and any(message.status_id in (PENDING, BUFFERED) for message in text),
    }


def _parts(text: Text) -> str:
    place = place_of(text[0])
    if place is not None and not is_whole(text):
        return f" · part {place[1].seq} of {place[1].total}"
    count = len(text) if place is not None else text[0].segments
    return f" · {count} SMS" if count > 1 else ""


def _mt_chips(text: Text, found: Judgement | None) -> list[tuple[str, str, str | None]]:
    # of several SMS the one that is behind speaks for all, one that is lost before any
    message = min(text, key=lambda one: (one.status_id not in _LOST, one.status_id))
    words = _STATUS_WORDS[message.status_id]
    if message.gsm_map_error and message.status_id in (BUFFERED, FAILED):
        words += f" · {message.gsm_map_error.lower()}"
    chips = [(f"s{message.status_id}", words, format_time(message.final_date))]
    if found is not None and found.verdict == VERIFIED:
        chips.append(("ok", "signed", None))
    return chips + _encrypted(found)


def _mo_chips(found: Judgement | None) -> list[tuple[str, str, str | None]]:
    kind, words = _VERDICT_CHIPS[UNVERIFIED if found is None else found.verdict]
    if found is None or not found.looks_signed:
        kind = "plain"
    return [(kind, words, None), *_outcome(found), *_encrypted(found)]


def _outcome(found: Judgement | None) -> list[tuple[str, str, str | None]]:
    # what the first word of a device's answer says, to be seen without reading
    if found is None or found.verdict != VERIFIED:
        return []
    first = found.text.split(" ", 1)[0]
    if first == "Q":
        return [("wait", "result follows", None)]
    return [("bad", "error", None)] if first[:1] == "E" and first[1:].isdigit() else []


def _encrypted(found: Judgement | None) -> list[tuple[str, str, str | None]]:
    return [("plain", "encrypted", None)] if found is not None and found.encrypted else []


def _file(name: str) -> str:
    return (files("mtmo_host.network") / "page" / name).read_text(encoding="utf-8")
