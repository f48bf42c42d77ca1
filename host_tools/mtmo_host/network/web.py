"""What all HTTP handlers share: error bodies, bounded JSON bodies, bearer tokens, and who may call without one."""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import time
from typing import Any
from urllib.parse import urlsplit

import jwt
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mtmo_host.network.store import Store

log = logging.getLogger(__name__)

_BODY_MAX = 64 * 1024
_TOKEN_S = 4 * 3600
PAGE_TOKEN_S = 30 * 86_400
_ALGORITHM = "HS256"
_FRAMEWORK_ERRORS = {404: (1401, "InvalidReference"), 405: (1000, "BadRequest")}
_LOCAL_NAMES = frozenset({"localhost", "testserver"})

UNAUTHORISED = "token contains an invalid number of segments"  # the words of the platform's gateway


class ApiError(Exception):
    """An answer other than success; `errors` lists fields as (name, message)."""

    def __init__(self, status: int, code: int, token: str, message: str, errors: list[tuple[str, str]] | None = None):
        super().__init__(message)
        self.status, self.code, self.token, self.message = status, code, token, message
        self.errors = errors or []


def bad_request(message: str) -> ApiError:
    """400: the request cannot be read."""
    return ApiError(400, 1000, "BadRequest", message)


def not_found(message: str) -> ApiError:
    """404: the id names nothing."""
    return ApiError(404, 1401, "InvalidReference", message)


def invalid(what: str, field: str, message: str) -> ApiError:
    """422: a field cannot be used."""
    return ApiError(422, 1400, "InputValidationFailed", what, [(field, message)])


async def error_response(_request: Request, error: Exception) -> Response:
    """The platform's error body, for our errors, the framework's (no such path or method), and a store that fails."""
    if isinstance(error, HTTPException):
        code, token = _FRAMEWORK_ERRORS.get(error.status_code, (1000, "BadRequest"))
        error = ApiError(error.status_code, code, token, error.detail)
    elif isinstance(error, SQLAlchemyError):
        log.error("the store does not answer: %s", str(error).splitlines()[0])
        error = ApiError(503, 1601, "Unavailable", "The store does not answer; try again.")
    if not isinstance(error, ApiError):
        raise error
    if error.status == 401:
        return JSONResponse({"message": error.message}, 401)
    body: dict[str, Any] = {"error_code": error.code, "error_token": error.token, "message": error.message}
    if error.status == 422:
        body["errors"] = [
            {"error_code": error.code, "error_token": error.token, "message": f"{field}: {message}", "field": field}
            for field, message in error.errors
        ]
    return JSONResponse(body, error.status)


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; 400 when it is none, 413 when it is longer than 64 KiB."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _BODY_MAX:
            raise ApiError(413, 1000, "BadRequest", f"The body is longer than {_BODY_MAX} bytes.")
        chunks.append(chunk)
    try:
        value = json.loads(b"".join(chunks), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request("The body is not JSON.") from error
    if not isinstance(value, dict):
        raise bad_request("The body is not a JSON object.")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def text_of(body: dict[str, Any], name: str, what: str, *, required: bool = False) -> str | None:
    """A text field; numbers are taken for text, as the platform does with `source_address`."""
    value = body.get(name)
    if value is None:
        if required:
            raise invalid(what, name, "is missing")
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = _integral(value, name, what)
        return str(value)
    if not isinstance(value, str):
        raise invalid(what, name, "is not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise invalid(what, name, "holds half a surrogate pair") from error
    if "\0" in value:  # PostgreSQL keeps no NUL in a text
        raise invalid(what, name, "holds a NUL character")
    return value


def int_of(value: Any, name: str, what: str, low: int, high: int) -> int | None:
    """A whole number from a number, a float without fraction, or digits; None stays None."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(what, name, "is not a number")
    number = _integral(value, name, what)
    if not low <= number <= high:
        raise invalid(what, name, f"is not within {low} to {high}")
    return number


def _integral(value: float, name: str, what: str) -> int:
    if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
        raise invalid(what, name, "is not a whole number")
    return int(value)


def path_id(request: Request, name: str) -> int:
    """An id in the path; 400 in the platform's words when it is no number."""
    text = str(request.path_params[name])
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise bad_request(f'Cannot parse parameter id as Long: For input string: "{text}"')
    return int(text)


class Gate:
    """Bearer tokens (HS256, secret in the store), and the rule for callers on this machine."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secret = store.jwt_secret()

    def token(self, seconds: int = _TOKEN_S) -> str:
        """A new bearer token."""
        now = int(time.time())
        return jwt.encode({"sub": "application", "iat": now, "exp": now + seconds}, self._secret, _ALGORITHM)

    def require(self, request: Request) -> None:
        """401 unless the request carries a bearer token of ours."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._valid(token.strip()):
            raise ApiError(401, 0, "", UNAUTHORISED)

    def require_local(self, request: Request) -> None:
        """Lets a caller on this machine pass without a token, but no page of a foreign site in its browser."""
        if "authorization" in request.headers or not is_local(request):
            self.require(request)
            return
        if request.method not in ("GET", "HEAD"):
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":  # a form of a foreign page can send anything else
                raise ApiError(415, 1000, "BadRequest", "Send Content-Type: application/json.")

    def _valid(self, token: str) -> bool:
        try:
            jwt.decode(token, self._secret, [_ALGORITHM], options={"require": ["exp", "sub"]})
        except jwt.InvalidTokenError:
            return False
        return True


def is_local(request: Request) -> bool:
    """Whether the caller is on this machine and no page of another site makes the call."""
    if not is_local_host(request) or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def is_local_host(request: Request) -> bool:
    """Whether the caller is on this machine and names it by a local name: another name is DNS rebinding or a proxy."""
    client = request.client
    return client is not None and _is_loopback(client.host) and _is_local_name(request.headers.get("host", ""))


def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _LOCAL_NAMES or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "testclient"
