"""Ping under each vendor's name: what comes before OK and after it. A host answers when a context's data flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, Reply, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_HOST = "198.51.100.7"  # what every name resolves to (RFC 5737)
_NO_SERVICE = 30


@dataclass(frozen=True)
class _Style:
    """Where the parameters stand and what the lines look like."""

    test: str
    line: Callable[[int, str, int], str]  # number from 1, host, round trip in ms
    lost: Callable[[int, str], str]
    host_at: int = 0
    count_at: int | None = 1
    count: int = 4
    summary: Callable[[int, int, int], str] | None = None  # sent, received, average ms
    after_ok: bool = True  # as URCs; else they stand before OK


def _quectel(sent: int, received: int, average: int) -> str:
    return f"+QPING: 0,{sent},{received},{sent - received},{average},{average},{average}"


_STYLES = {
    "+CIPPING": _Style(
        '"IP address",(1-100),(0-1024),(1-600),(1-255)',
        lambda n, host, ms: f'+CIPPING: {n},"{host}",{ms // 100},64',
        lambda n, host: f'+CIPPING: {n},"{host}",600,255',
        after_ok=False,
    ),
    "+SNPING4": _Style(
        '"URL",(1-500),(1-1400),(1-60000)',
        lambda n, host, ms: f"+SNPING4: {n},{host},{ms}",
        lambda n, host: f"+SNPING4: {n},{host},60000",  # OneOS sim7070x_ping.c: the longest time there is
        after_ok=False,
    ),
    "+CPING": _Style(
        '"IP address",(1,2),(1-100)',
        lambda n, host, ms: f"+CPING: 1,{host},64,{ms},255",
        lambda n, host: "+CPING: 2",
        count_at=2,
        summary=lambda sent, received, ms: f"+CPING: 3,{sent},{received},{sent - received},{ms},{ms},{ms}",
    ),
    "+QPING": _Style(
        "(1-16),<host>,(1-255),(1-10)",
        lambda n, host, ms: f'+QPING: 0,"{host}",32,{ms},255',
        lambda n, host: "+QPING: 569",
        host_at=1,
        count_at=3,
        summary=_quectel,
    ),
    "+UPING": _Style(
        '"remote_host",(1-2147483647),(4-1472),(10-60000),(1-255)',
        lambda n, host, ms: f'+UUPING: {n},32,"{host}","{host}",64,{ms}',
        lambda n, host: "+UUPINGER: 11",
    ),
    "#PING": _Style(
        '"IPaddr",(1-64),(32-1460),(1-600),(1-255)',
        lambda n, host, ms: f'#PING: {n:02d},"{host}",{ms // 100},64',
        lambda n, host: f'#PING: {n:02d},"{host}",600,255',
        after_ok=False,
    ),
    "+PING": _Style(
        '"host",(1-64)',
        lambda n, host, ms: f"+PING: {n},{host},{ms},64",
        lambda n, host: f"+PING: {n},{host},-1,-1",  # Renesas' driver of the Monarch-based RYZ014A
        after_ok=False,
    ),
    "#XPING": _Style(
        "<url>,<length>,<timeout>[,<count>[,<interval>[,<pdn>]]]",
        lambda n, host, ms: f"#XPING: {ms / 1000:.3f} seconds",
        lambda n, host: "#XPING: timeout",
        count_at=3,
        count=1,
        summary=lambda sent, received, ms: f"#XPING: average {ms / 1000:.3f} seconds",
    ),
    "^SISX": _Style(
        '"Ping",(1-16),"address",(1-30),(200-10000)',
        lambda n, host, ms: f'^SISX: "Ping",1,1,"{host}",{ms}',
        lambda n, host: '^SISX: "Ping",2,1,"timeout"',
        host_at=2,
        count_at=3,
        summary=lambda sent, received, ms: f'^SISX: "Ping",3,1,{sent},{received},{sent - received},0',
        after_ok=False,
    ),
}


@command(" ".join(_STYLES), "= =?", vendor=True)
def ping(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """Each echo takes a round trip; none comes back where no data flows."""
    style = _STYLES[call.name]
    if call.kind is Kind.TEST:
        return [f"{call.name}: {style.test}"]
    arguments = Arguments(call)
    host = arguments.text(style.host_at, limit=200)
    if not host or not modem.registration.ps_attached:
        raise arguments.error if not host else cme(_NO_SERVICE)
    count = style.count if style.count_at is None else arguments.number(style.count_at, range(1, 501), style.count)
    if not style.after_ok:
        return Reply(wait_ms=modem.latency("ping") * count, then=lambda: Reply(_lines(modem, style, count)))

    def report() -> None:
        for line in _lines(modem, style, count):
            modem.urc(line)

    def later() -> None:
        modem.after(modem.latency("ping"), report)

    return Reply(after=later)


def _lines(modem: Modem, style: _Style, count: int) -> list[str]:
    alive = modem.contexts.data_flows
    trip_ms = max(1, modem.latency("ping"))
    if alive:
        lines = [style.line(number, _HOST, trip_ms) for number in range(1, count + 1)]
    else:
        lines = [style.lost(number, _HOST) for number in range(1, count + 1)]
    if style.summary is not None:
        lines.append(style.summary(count, count if alive else 0, trip_ms if alive else 0))
    return lines
