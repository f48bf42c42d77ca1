"""What the SMS verbs share: which platform, fleet, key and counters to use, by option or from the running session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device, find, load_fleet
from mtmo_host.fleet.platform import Platform
from mtmo_host.fleet.running import UP, said_of_others, the_one
from mtmo_host.fleet.sender import Signing
from mtmo_host.fleet.session import SESSION_FILE, Session, default_state_dir, load_session
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import DeviceKeys, KeySource, load_keys
from mtmo_host.sms.numbers import DEFAULT_OPERATOR

DEFAULT_SLOT = "A"


@dataclass(frozen=True, slots=True)
class Desk:
    """Options of the command line over the session of `mtmo up`; a missing one is named when it is first needed."""

    state: Path
    session: Session | None
    url: str | None = None
    token: str | None = None
    fleet_path: str | None = None
    keys_path: str | None = None

    @classmethod
    def open(
        cls,
        *,
        state: str | None = None,
        url: str | None = None,
        token: str | None = None,
        fleet: str | None = None,
        keys: str | None = None,
    ) -> Desk:
        """The desk of a state directory: the one named, else that of the `mtmo up` that runs, else the default one.

        Reads its `session.json` if there is one. Raises UsageError where several run.
        """
        folder = _folder(state, alone=url is not None)
        return cls(folder, load_session(folder), url, token, fleet, keys)

    @classmethod
    def offline(cls, *, state: str | None, keys: str | None, fleet: str | None = None) -> Desk:
        """The same for what talks to nobody: with a key that is named it needs no `mtmo up`."""
        folder = _folder(state, alone=keys is not None)
        return cls(folder, load_session(folder), None, None, fleet, keys)

    @property
    def looked(self) -> str:
        """Where the session was looked for, for an error."""
        there = self.state / SESSION_FILE
        return f"there is no {there}; {said_of_others()}" if self.session is None else f"looked in {there}"

    @property
    def operator(self) -> str:
        """The address that commands come from."""
        return self.session.operator if self.session else DEFAULT_OPERATOR

    @property
    def counters(self) -> CounterStore:
        """The counters of this state directory."""
        return CounterStore(self.state / "counters.json")

    def connect(self) -> Platform:
        """A client of the platform; not connected yet. Raises MtmoError."""
        source = None if self.url or not self.session else f"{self.state / SESSION_FILE} says so; {said_of_others()}"
        return Platform(*self.platform(), source=source)

    def platform(self) -> tuple[str, str]:
        """URL and application token. Raises MtmoError."""
        url = self.url or (self.session.http if self.session else None)
        # the session's token belongs to the session's URL; it is not shown to any other
        own = self.session and (self.url is None or self.url.rstrip("/") == self.session.http.rstrip("/"))
        token = self.token or (self.session.token if self.session and own else None)
        if not url:
            raise MtmoError(
                f"no platform is known: {self.looked}", field="url", fix="start `mtmo up`, or give --url and --token"
            )
        if not token:
            raise MtmoError(f"no application token for {url}", field="token", fix="give --token, or set MTMO_TOKEN")
        return url, token

    def devices(self, names: tuple[str, ...]) -> list[Device]:
        """The devices named, or all of the fleet file. Raises MtmoError."""
        path = self.fleet_path or (self.session.fleet if self.session else None)
        if not path:
            raise MtmoError(
                f"no fleet file is known: {self.looked}", field="fleet", fix="start `mtmo up`, or give --fleet FILE"
            )
        fleet = load_fleet(path)
        chosen = [find(fleet, name) for name in dict.fromkeys(names)] if names else fleet
        return list({device.imei: device for device in chosen}.values())

    def keys(self) -> KeySource:
        """The master key, or the device keys exported from one. Raises MtmoError."""
        source = self.keys_path or (self.session.keys if self.session else None)
        if not source:
            raise MtmoError(
                f"no key is known: {self.looked}", field="keys", fix="give --keys FILE; `mtmo keys init FILE` makes one"
            )
        return load_keys(source)

    def signing(self, slot: str | None, epoch: int | None, encrypt: bool = False) -> Signing:
        """How to sign; the slot is A, or the one of exported keys, unless it is named. Raises MtmoError."""
        keys = self.keys()
        exported = keys if isinstance(keys, DeviceKeys) else None
        kid = slot if slot else exported.kid if exported else DEFAULT_SLOT
        return Signing(keys, self.counters, kid, epoch, encrypt)


def _folder(state: str | None, *, alone: bool) -> Path:
    if state:
        return Path(state)
    one = None if alone else the_one(UP, option="--state")
    return Path(one.state) if one else default_state_dir()
