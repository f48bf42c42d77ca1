"""PDP contexts of a modem: what is stored for each cid, what is active, and asking the network (TS 27.007 §10.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mtmo_host.emulator.radio import Auth, PdpRequest, PdpResult

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

NO_SERVICE = 0  # cause of a result that the network never saw


@dataclass
class Context:
    """One context: as stored, and `result` while it is active."""

    cid: int
    pdp_type: str = "IP"
    apn: str = ""
    address: str = ""
    auth: Auth = Auth.NONE
    user: str = ""
    password: str = ""
    result: PdpResult | None = None
    active_type: str = "IP"

    @property
    def active(self) -> bool:
        """The network has granted it."""
        return self.result is not None


class Contexts:
    """All contexts. Stored values outlive resets; what is active does not."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.default_cid = modem.personality.pdp.default_cid
        self._contexts: dict[int, Context] = {self.default_cid: Context(self.default_cid)}
        self._sessions: dict[str, Context] = {}

    def all(self) -> list[Context]:
        """The defined contexts by cid."""
        return [self._contexts[cid] for cid in sorted(self._contexts)]

    def get(self, cid: int) -> Context | None:
        """The context `cid`, if defined."""
        return self._contexts.get(cid)

    def define(self, cid: int) -> Context:
        """The context `cid`, made if need be."""
        return self._contexts.setdefault(cid, Context(cid))

    def session(self, name: str) -> Context:
        """A context of a vendor's own, beside those with a number; forgotten without power."""
        return self._sessions.setdefault(name, Context(self.default_cid))

    def delete(self, cid: int) -> None:
        """Forget what is stored for `cid`."""
        self._contexts.pop(cid, None)

    def activate(self, cid: int, *, default_bearer: bool = False) -> PdpResult:
        """Ask the network for the context; the result is kept when it is granted, its cause for +CEER when not."""
        return self.request(self.define(cid), default_bearer=default_bearer)

    def request(self, context: Context, *, default_bearer: bool = False) -> PdpResult:
        """The same for any context, a vendor's session too."""
        request = PdpRequest(
            context.cid, context.pdp_type, context.apn, context.auth, context.user, context.password, default_bearer
        )
        if not default_bearer:
            self._modem.power_saving.activity()
        faults = self._modem.faults.bearer
        if faults is None:
            result, active = self._modem.network.activate(self._modem, request), True
        else:
            result, active = faults.activate(context, request)
        if result.ok and active:
            context.result, context.active_type = result, context.pdp_type
        self._modem.last_sm_cause = None if result.ok else result.cause
        return result

    @property
    def data_flows(self) -> bool:
        """Data has a way to go, and back."""
        contexts = (*self._contexts.values(), *self._sessions.values())
        return any(context.result is not None and context.result.flows for context in contexts)

    def deactivate(self, cid: int) -> None:
        """The context is no longer active."""
        context = self._contexts.get(cid)
        if context is not None:
            context.result = None

    def deactivate_all(self) -> None:
        """As at a detach."""
        for context in (*self._contexts.values(), *self._sessions.values()):
            context.result = None

    def power_lost(self) -> None:
        """Nothing is active, and the vendor's sessions are forgotten."""
        self.deactivate_all()
        self._sessions.clear()

    def dump(self) -> list[dict[str, Any]]:
        """What is stored, as JSON values."""
        return [
            {
                "cid": c.cid,
                "pdp_type": c.pdp_type,
                "apn": c.apn,
                "address": c.address,
                "auth": int(c.auth),
                "user": c.user,
                "password": c.password,
            }
            for c in self.all()
        ]

    def load(self, state: list[Mapping[str, Any]]) -> None:
        """Put back what dump() gave."""
        self._contexts = {
            int(c["cid"]): Context(
                int(c["cid"]), c["pdp_type"], c["apn"], c["address"], Auth(c["auth"]), c["user"], c["password"]
            )
            for c in state
        }
