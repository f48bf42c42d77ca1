"""What the SMS verbs share: which platform, fleet, key and counters to use, by option or from the running session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device, find, load_fleet
from mtmo_host.fleet.sender import Signing
from mtmo_host.fleet.session import Session, default_state_dir, load_session
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import DeviceKeys, KeySource, load_keys

DEFAULT_OPERATOR = "12345"
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
        """The desk of a state directory (the default one without); reads its `session.json` if there is one."""
        folder = Path(state) if state else default_state_dir()
        return cls(folder, load_session(folder), url, token, fleet, keys)

    @property
    def operator(self) -> str:
        """The address that commands come from."""
        return self.session.operator if self.session else DEFAULT_OPERATOR

    @property
    def counters(self) -> CounterStore:
        """The counters of this state directory."""
        return CounterStore(self.state / "counters.json")

    def platform(self) -> tuple[str, str]:
        """URL and application token. Raises MtmoError."""
        url = self.url or (self.session.http if self.session else None)
        # the session's token belongs to the session's URL; it is not shown to any other
        own = self.session and (self.url is None or self.url.rstrip("/") == self.session.http.rstrip("/"))
        token = self.token or (self.session.token if self.session and own else None)
        if not url:
            raise MtmoError("no platform is known", field="url", fix="start `mtmo up`, or give --url and --token")
        if not token:
            raise MtmoError(f"no application token for {url}", field="token", fix="give --token, or set MTMO_TOKEN")
        return url, token

    def devices(self, names: tuple[str, ...]) -> list[Device]:
        """The devices named, or all of the fleet file. Raises MtmoError."""
        path = self.fleet_path or (self.session.fleet if self.session else None)
        if not path:
            raise MtmoError("no fleet file is known", field="fleet", fix="start `mtmo up`, or give --fleet FILE")
        fleet = load_fleet(path)
        chosen = [find(fleet, name) for name in dict.fromkeys(names)] if names else fleet
        return list({device.imei: device for device in chosen}.values())

    def keys(self) -> KeySource:
        """The master key, or the device keys exported from one. Raises MtmoError."""
        source = self.keys_path or (self.session.keys if self.session else None)
        if not source:
            raise MtmoError("no key is known", field="keys", fix="give --keys FILE; `mtmo keys init FILE` makes one")
        return load_keys(source)

    def signing(self, slot: str | None, epoch: int | None, encrypt: bool = False) -> Signing:
        """How to sign; the slot is A, or the one of exported keys, unless it is named. Raises MtmoError."""
        keys = self.keys()
        exported = keys if isinstance(keys, DeviceKeys) else None
        kid = slot.upper() if slot else exported.kid if exported else DEFAULT_SLOT
        return Signing(keys, self.counters, kid, epoch, encrypt)
