"""Client of an SMS platform's REST API in the shape of emnify's: send, list, poll."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

from mtmo_host.errors import MtmoError

STATE_DELIVERED, STATE_FAILED, STATE_EXPIRED, STATE_CANCELED = 4, 5, 6, 7
LOST = {STATE_FAILED, STATE_EXPIRED, STATE_CANCELED}
_TYPE_MO = 2
_ERROR_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Sms:
    """An entry of the platform's log. `state` is its status id (4 delivered, 5 failed, …), `status` in words."""

    id: int
    mo: bool
    payload: str
    state: int
    status: str
    source: str
    udh: bytes
    submit_date: str


class Platform:
    """A session with the platform; authenticates by itself, once more when the token has expired. Use with `with`.

    `source` says where the URL was found, for the error of one where nobody answers.
    """

    def __init__(self, url: str, token: str, *, timeout_s: float = 10.0, source: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._client = httpx.Client(base_url=self._url, timeout=timeout_s, headers={"Accept": "application/json"})
        self._authenticated = False
        self._source = source

    def __enter__(self) -> Platform:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def send(
        self, endpoint_id: str, payload: str, *, source: str, udh: bytes = b"", expiry: datetime | None = None
    ) -> int:
        """Submits one SMS to a device and returns the platform's id of it. `udh` begins with its UDHL."""
        body: dict[str, Any] = {"payload": payload, "source_address": source}
        if udh:
            body["udh"] = udh.hex().upper()
        if expiry is not None:
            body["expiry_date"] = expiry.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        response = self._call("POST", f"/api/v1/endpoint/{endpoint_id}/sms", body)
        tail = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if response.status_code != 201 or not tail.isdecimal():
            raise self._unexpected(response, "no Location of the new SMS")
        return int(tail)

    def log(self, endpoint_id: str) -> list[Sms]:
        """All SMS of a device, by rising id."""
        response = self._call("GET", f"/api/v1/endpoint/{endpoint_id}/sms")
        try:
            return sorted((_sms(item) for item in response.json()), key=lambda sms: sms.id)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._unexpected(response, "not a list of SMS") from None

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        if not self._authenticated:
            self._authenticate()
        response = self._request(method, path, body)
        if response.status_code == 401:
            self._authenticate()
            response = self._request(method, path, body)
        if response.is_success:
            return response
        if response.status_code == 404:
            what = f"has no {path.removeprefix('/api/v1/')}"
            raise MtmoError(what, field=self._url, fix="check platform_id in the fleet file")
        raise self._unexpected(response, _reason(response))

    def _authenticate(self) -> None:
        response = self._request("POST", "/api/v1/authenticate", {"application_token": self._token})
        if response.status_code in (400, 401, 403, 404):
            raise MtmoError("refused the application token", field=self._url, fix="--token, or MTMO_TOKEN")
        try:
            self._client.headers["Authorization"] = f"Bearer {response.raise_for_status().json()['auth_token']}"
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise self._unexpected(response, "no auth_token") from None
        self._authenticated = True

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.ConnectError:
            what = f"nobody answers ({self._source})" if self._source else "nobody answers"
            raise MtmoError(what, field=self._url, fix="start `mtmo up`, or name its --state") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise MtmoError(f"request failed: {error}", field=self._url) from None

    def _unexpected(self, response: httpx.Response, what: str) -> MtmoError:
        return MtmoError(f"answered {response.status_code}: {what}", field=self._url)


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])[:_ERROR_CHARACTERS]
    except (ValueError, KeyError, TypeError):
        return response.text[:_ERROR_CHARACTERS] or response.reason_phrase


def _sms(item: dict[str, Any]) -> Sms:
    status = item["status"]
    return Sms(
        id=int(item["id"]),
        mo=int(item["sms_type"]["id"]) == _TYPE_MO,
        payload=str(item["payload"] or ""),
        state=int(status["id"]),
        status=str(status["description"]),
        source=str(item.get("source_address") or ""),
        udh=bytes.fromhex(item.get("udh") or ""),
        submit_date=str(item.get("submit_date") or ""),
    )
