"""What happens to contexts: not active after all (F23), with the old APN (F24), refused (F25)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.radio import SM_AUTH_FAILED, PdpRequest, PdpResult

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem
    from mtmo_host.emulator.pdp import Context

IDS = frozenset({FaultId.INACTIVE, FaultId.OLD_APN, FaultId.AUTH})


class Bearer:
    """Stands between the contexts and the network while one of these faults is on."""

    def __init__(self, faults: Faults, modem: Modem) -> None:
        self._faults, self._modem = faults, modem
        self._in_use: dict[str, set[str]] = {}  # fault -> APNs that still work
        self._frozen: dict[int, Context] = {}  # cid -> what is used instead of what is stored

    def switched_on(self, fault_id: str) -> None:
        """What is active now is the old state of things."""
        contexts = self._modem.contexts.all()
        old = [context for context in contexts if context.active] or contexts
        self._in_use[fault_id] = {context.apn.lower() for context in old}
        if fault_id == FaultId.OLD_APN:
            self._frozen = {context.cid: replace(context) for context in old}

    def activate(self, context: Context, request: PdpRequest) -> tuple[PdpResult, bool]:
        """The network's answer, and whether the context is active when it is a good one."""
        remains, default = self._faults.remains, request.default_bearer
        remains.forget_context(context)
        old = self._frozen.get(request.cid) if self._faults.get(FaultId.OLD_APN) is not None else None
        if old is not None and old.apn.lower() != request.apn.lower():
            self._faults.count(FaultId.OLD_APN)
            remains.add_context(FaultId.OLD_APN, context, default_bearer=default)
            request = replace(request, apn=old.apn, auth=old.auth, user=old.user, password=old.password)
        if self._acts(FaultId.AUTH, request):
            if default:
                remains.add_context(FaultId.AUTH, context, default_bearer=True)
            return PdpResult.reject(SM_AUTH_FAILED), False
        result = self._modem.network.activate(self._modem, request)
        inactive = result.ok and self._acts(FaultId.INACTIVE, request)
        if inactive:
            remains.add_context(FaultId.INACTIVE, context, default_bearer=default)
        return result, not inactive

    def _acts(self, fault_id: str, request: PdpRequest) -> bool:
        values = self._faults.get(fault_id)
        if values is None or (values["spare"] and request.apn.lower() in self._in_use[fault_id]):
            return False
        return self._faults.hit(fault_id) is not None
