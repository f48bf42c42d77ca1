"""/emulator/v1: what a real platform lacks: phones outside, and a look at the devices from within."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtmo_host.network.core import Core, FieldError, UnknownEndpoint
from mtmo_host.network.items import format_time
from mtmo_host.network.schema import STATUS_NAMES, Message
from mtmo_host.network.web import Gate, bad_request, int_of, invalid, not_found, path_id, read_object, text_of
from mtmo_host.sms.cbs import encode_pages
from mtmo_host.sms.errors import PduError

_PHONE = "Send from phone validation error"
_BROADCAST = "Broadcast validation error"
_MID = 50  # "general", the channel of local information in many networks
_NEXT_MESSAGE_CODE = 0x10  # a serial number counts messages above the four bits of an update (TS 23.041 §9.4.1.2.1)
_INBOX_MAX = 500


class EmulatorApi:
    """Open to callers on this machine; others need a bearer token."""

    def __init__(self, core: Core, gate: Gate) -> None:
        self._core = core
        self._gate = gate
        self._next_sn = 0

    def routes(self) -> list[Route]:
        """Everything below /emulator."""
        phone = "/emulator/v1/phone/{number}/sms"
        return [
            Route(phone, self.phone_send, methods=["POST"]),
            Route(phone, self.phone_inbox, methods=["GET"]),
            Route("/emulator/v1/broadcast", self.broadcast, methods=["POST"]),
            Route("/emulator/v1/endpoint/{id}", self.endpoint),
            Route("/emulator/v1/endpoint/{id}/log", self.log),
        ]

    async def phone_send(self, request: Request) -> Response:
        """A text from an external phone: {"payload", "dest": name, number or id} → 201 {"id", "endpoint_id"}."""
        self._gate.require_local(request)
        number = _number(request)
        return JSONResponse(send_from_phone(self._core, number, await read_object(request)), 201)

    async def phone_inbox(self, request: Request) -> Response:
        """What devices have sent to the phone."""
        self._gate.require_local(request)
        found = self._core.store.messages.to_number(_number(request), _INBOX_MAX)
        return JSONResponse([_phone_item(message) for message in found])

    async def broadcast(self, request: Request) -> Response:
        """A cell broadcast to every modem: {"payload", "mid", "sn", "dcs"} → 201 {"sn", "pages", "modems"}.

        Without `sn` each has a new serial number, as a new text has; the same one again is a repeat.
        """
        self._gate.require_local(request)
        body = await read_object(request)
        payload = text_of(body, "payload", _BROADCAST, required=True) or ""
        mid = int_of(body.get("mid"), "mid", _BROADCAST, 0, 0xFFFF)
        dcs = int_of(body.get("dcs"), "dcs", _BROADCAST, 0, 0xFF)
        sn = int_of(body.get("sn"), "sn", _BROADCAST, 0, 0xFFFF)
        if sn is None:
            sn = self._next_sn = (self._next_sn + _NEXT_MESSAGE_CODE) % 0x10000
        try:
            pages = encode_pages(payload, mid=_MID if mid is None else mid, sn=sn, dcs=dcs)
        except PduError as error:
            raise invalid(_BROADCAST, "payload", error.message) from error
        modems = self._core.modems()
        for modem in modems:
            for page in pages:
                modem.broadcast(page, modem.now_ms)
        return JSONResponse({"sn": sn, "pages": len(pages), "modems": len(modems)}, 201)

    async def endpoint(self, request: Request) -> Response:
        """The emulator's view of a device: reachable, modem, pins."""
        self._gate.require_local(request)
        try:
            return JSONResponse(self._core.inspect(path_id(request, "id")))
        except UnknownEndpoint as error:
            raise not_found(error.message) from error

    async def log(self, request: Request) -> Response:
        """The device's console lines behind `?after=N`."""
        self._gate.require_local(request)
        return JSONResponse(log_lines(self._core, request))


def send_from_phone(core: Core, number: str, body: dict[str, Any]) -> dict[str, int]:
    """Sends {"payload", "dest"} from the number: {"id", "endpoint_id"}."""
    payload = text_of(body, "payload", _PHONE, required=True) or ""
    dest = text_of(body, "dest", _PHONE, required=True) or ""
    try:
        message_id = core.phone_send(number, payload, dest)
        return {"id": message_id, "endpoint_id": core.find(dest).id}
    except UnknownEndpoint as error:
        raise not_found(error.message) from error
    except FieldError as error:
        raise invalid(_PHONE, error.field or "payload", error.message) from error


def log_lines(core: Core, request: Request) -> dict[str, Any]:
    """{"lines": [{"n", "time", "text"}]} of the device in the path, behind `?after=N`."""
    after = int_of(request.query_params.get("after", "0"), "after", "Log", 0, 2**53) or 0
    try:
        endpoint = core.endpoint(path_id(request, "id"))
    except UnknownEndpoint as error:
        raise not_found(error.message) from error
    lines = core.device_log(endpoint.id).after(after)
    return {"lines": [{"n": number, "time": format_time(moment), "text": text} for number, moment, text in lines]}


def check_number(text: str) -> str:
    """The digits of a phone number, without '+'; 400 when it is none."""
    digits = text.strip().removeprefix("+").removeprefix("00")
    if not (digits.isascii() and digits.isdigit()) or not 3 <= len(digits) <= 15:
        raise bad_request("A phone number has 3 to 15 digits.")
    return digits


def _number(request: Request) -> str:
    return check_number(str(request.path_params["number"]))


def _phone_item(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "source_address": message.source_address,
        "dest_address": message.dest_address,
        "payload": message.payload,
        "dcs": message.dcs,
        "udh": message.udh or "",
        "submit_date": format_time(message.submit_date),
        "status": STATUS_NAMES[message.status_id],
    }
