"""Decode and encode rates of both codecs beside every installable Python peer; the device's on MicroPython too.

The peers are installed below build/, not into the project: they are measured, never used. Rates are of CPU time, the
best of several rounds in which all take turns.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
for folder in ("device", "tests/both/shim", "tests/both", "tests/support", "tests"):
    sys.path.insert(0, str(ROOT / folder))

# What follows is found by the path above.
from mpy import run_micropython  # noqa: E402

from mtmo import tpdu as device  # noqa: E402
from mtmo_host.sms import pdu as host_pdu  # noqa: E402
from mtmo_host.sms import tpdu as host  # noqa: E402
from mtmo_host.sms.address import Address  # noqa: E402

PEERS_FOLDER = ROOT / "build" / "bench-peers"
FASTER_THAN_PEERS = 1.3
MICROPYTHON_BYTES = 4096  # a decode must allocate less
ROUNDS, ROUND_S = 7, 0.06

GSM7 = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore "
GSM7 = (GSM7 + "magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco")[:160]
UCS2 = ("Съешь же ещё этих мягких французских булок, да выпей чаю. " * 2)[:70]
NUMBER = "+15551234567"
_OA = Address(NUMBER, 1)
_SCTS = host.Scts(bytes.fromhex("52304190623540"))
_SCA = Address("+491710760000", 1)


class Peer(NamedTuple):
    """What pip installs, and the reason for each pin."""

    requirements: tuple[str, ...]
    why: str


PEERS = {
    "python-gsmmodem-new": Peer(("python-gsmmodem-new==0.13.0",), "its last release"),
    "python-messaging": Peer(("python-messaging==0.5.13",), "its last release"),
    "pdusms": Peer(("pdusms==1.0",), "its only release"),
    "smspdudecoder": Peer(("smspdudecoder==2.2.0", "bitstring<5"), "does not import with bitstring 5"),
}


def workloads() -> dict[str, tuple[str, str]]:
    """Name -> PDU to decode with its text, or ("", text) to encode."""

    def deliver(**fields: Any) -> str:
        return host_pdu.join_pdu(host.encode_deliver(oa=_OA, scts=_SCTS, **fields), _SCA)[0]

    return {
        "decode GSM7 160": (deliver(text=GSM7), GSM7),
        "decode UCS2 70": (deliver(text=UCS2, dcs=8), UCS2),
        "decode segment 153": (deliver(text=GSM7[:153], header=bytes.fromhex("0500030A0201")), GSM7[:153]),
        "encode GSM7 160": ("", GSM7),
        "encode UCS2 70": ("", UCS2),
    }


def _host_decode(pdu: str) -> str | None:
    sca, octets = host_pdu.split_pdu(pdu)
    message = host.decode_deliver(octets)
    # the peers make all of these at once
    _ = (sca, message.oa, message.scts.time, message.concat)
    return message.text


def _host_encode(text: str) -> str:
    octets = host.encode_submit(da=_OA, text=text, dcs=0 if text is GSM7 else 8)
    return host_pdu.join_pdu(octets)[0]


def _device_encode(text: str) -> str:
    return device.encode_submit(_DA, text)[0]


_DA = device.Address(1, 1, NUMBER[1:])
Coders = tuple[Callable[[str], Any], Callable[[str], Any] | None]


def _gsmmodem() -> Coders:
    from gsmmodem import pdu

    return (
        lambda data: pdu.decodeSmsPdu(data)["text"],
        lambda text: pdu.encodeSmsSubmitPdu(NUMBER, text, requestStatusReport=False)[0].data.hex().upper(),
    )


def _messaging() -> Coders:
    from messaging.sms import SmsDeliver, SmsSubmit

    return lambda data: SmsDeliver(data).data["text"], lambda text: SmsSubmit(NUMBER, text).to_pdu()[0].pdu


def _pdusms() -> Coders:
    from smspdu.pdu import SMS_DELIVER, SMS_SUBMIT

    skip = 2 + 2 * int(_some_pdu()[:2], 16)  # it takes no service-centre address
    return (
        lambda data: SMS_DELIVER.fromPDU(data[skip:], "").user_data,
        lambda text: SMS_SUBMIT.create("", NUMBER, text).toPDU(),
    )


def _smspdudecoder() -> Coders:
    from smspdudecoder.easy import read_incoming_sms

    return lambda data: read_incoming_sms(data)["content"], None


_OURS: dict[str, Coders] = {
    "mtmo network side": (_host_decode, _host_encode),
    "mtmo device": (lambda pdu: device.decode(pdu).text, _device_encode),
}
_LOADERS = {
    "python-gsmmodem-new": _gsmmodem,
    "python-messaging": _messaging,
    "pdusms": _pdusms,
    "smspdudecoder": _smspdudecoder,
}


def _some_pdu() -> str:
    return next(iter(workloads().values()))[0]


def installed_peers() -> tuple[dict[str, Coders], dict[str, str]]:
    """Coders of the peers that install and import, and why the others do not."""
    coders, missing = {}, {}
    for name, peer in PEERS.items():
        try:
            _install(name, peer)
            coders[name] = _LOADERS[name]()
        except (OSError, ImportError, subprocess.SubprocessError, AttributeError) as error:
            detail = getattr(error, "stderr", "") or str(error)
            missing[name] = detail.strip().splitlines()[-1] if detail.strip() else type(error).__name__
    return coders, missing


def _install(name: str, peer: Peer) -> None:
    folder = PEERS_FOLDER / f"{name}-py{sys.version_info[0]}{sys.version_info[1]}"
    if not (folder / ".installed").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--upgrade", "--target", folder]
        subprocess.run([*command, *peer.requirements], check=True, capture_output=True, text=True, timeout=300)
        (folder / ".installed").write_text("\n".join(peer.requirements))
    sys.path.append(str(folder))  # behind ours: what both have is taken from the project


def rate(function: Callable[[str], Any], argument: str) -> float:
    """Calls a second of CPU time, over ROUND_S."""
    calls = 0
    started = time.process_time()
    while (took := time.process_time() - started) < ROUND_S:
        for _ in range(10):
            function(argument)
        calls += 10
    return calls / took


def measure(coders: dict[str, Coders]) -> dict[str, dict[str, float | None]]:
    """Best rate of each implementation in each workload; None where it has none or gets the text wrong."""
    results: dict[str, dict[str, float | None]] = {name: {} for name in coders}
    for work, (pdu, text) in workloads().items():
        runners = {}
        for name, (decode, encode) in coders.items():
            function = decode if pdu else encode
            results[name][work] = None
            if function is not None and _right(function, pdu, text):
                runners[name] = function
        for _ in range(ROUNDS):
            for name, function in runners.items():
                results[name][work] = max(results[name][work] or 0.0, rate(function, pdu or text))
    return results


def _right(function: Callable[[str], Any], pdu: str, text: str) -> bool:
    try:
        if pdu:
            return bool(function(pdu) == text)
        made = function(text)
        start = 0 if made[:2] == "00" else None  # pdusms writes no service-centre address
        octets = host_pdu.split_pdu(made if start == 0 else f"00{made}")[1]
        return host.decode_submit(octets).text == text
    except Exception as error:  # noqa: BLE001  # a peer may raise anything
        print(f"  {type(error).__name__}: {error}")
        return False


def micropython() -> dict[str, Any]:
    """Rates and octets allocated by one call of the device's codec under MicroPython."""
    works = {name: [pdu, text] for name, (pdu, text) in workloads().items()}
    script = Path(__file__).resolve().parent / "codecs_micropython.py"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # an argument holds 255 octets at most
        json.dump(works, file)
        file.flush()
        status, output = run_micropython(script, [file.name], path=[ROOT / "device"])
    if status:
        raise RuntimeError(output)
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    return numbers


def run() -> dict[str, Any]:
    """Print the tables; the figures."""
    peers, missing = installed_peers()
    rates = measure({**_OURS, **peers})
    works = list(workloads())
    print(f"{'calls a second, CPython':24}" + "".join(f"{work:>20}" for work in works))
    for name, row in rates.items():
        print(f"{name:24}" + "".join(f"{row[work]:>20,.0f}" if row[work] else f"{'–':>20}" for work in works))
    for name, reason in missing.items():
        print(f"{name:24}not measured: {reason}")
    ratios = {ours: {name: _ratios(rates[ours], rates[name]) for name in peers} for ours in _OURS}
    least = {
        ours: min((min(row.values()) for row in table.values() if row), default=0) for ours, table in ratios.items()
    }
    for ours, table in ratios.items():
        for name, row in table.items():
            cells = "".join(f"{row[work]:>19.2f}×" if work in row else f"{'–':>20}" for work in works)
            print(f"{ours.removeprefix('mtmo ')[:7]:>7} : {name:14.14}" + cells)
        print(f"{ours}: at least {least[ours]:.2f}× every peer (limit {FASTER_THAN_PEERS})")
    board = micropython()
    most = max(figure["octets"] for work, figure in board.items() if work.startswith("decode"))
    for work, figure in board.items():
        print(f"MicroPython  {work:20}{figure['rate']:>10,.0f}/s {figure['octets']:>8} octets allocated")
    print(f"most octets a decode: {most}, {most / MICROPYTHON_BYTES:.2f} of {MICROPYTHON_BYTES}")
    return {
        "cpython_rates": rates, "ratios": ratios, "least_ratio": least, "limit_ratio": FASTER_THAN_PEERS,
        "not_measured": missing, "micropython": board, "micropython_octets_ratio": round(most / MICROPYTHON_BYTES, 3),
    }  # fmt: skip


def _ratios(ours: dict[str, float | None], theirs: dict[str, float | None]) -> dict[str, float]:
    found = {}
    for work, rate_ in ours.items():
        other = theirs[work]
        if rate_ and other:
            found[work] = round(rate_ / other, 2)
    return found


if __name__ == "__main__":
    run()
