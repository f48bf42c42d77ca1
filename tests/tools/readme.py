"""Writes the generated parts of README.md and boards/README.md: tables from the code, figures from make bench.

`--check` compares instead and ends with 1 on a difference; the figures and the tour are written only, being measured.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mtmo_host import profile, profile_schema
from mtmo_host.boards import told

ROOT = Path(__file__).resolve().parent.parent.parent
BOARDS = ROOT / "boards" / "README.md"
README = ROOT / "README.md"
BENCH = ROOT / "build" / "bench.json"
TOUR = ROOT / "build" / "tour.txt"


def device_table(module: str) -> Any:
    """The literal TABLE of a device module."""
    tree = ast.parse((ROOT / "device" / "mtmo" / module).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TABLE":
            return ast.literal_eval(node.value)
    raise LookupError(module)


def verbs() -> str:
    """The commands by SMS."""
    rows = ["| verb | class | form |", "|---|---|---|"]
    for line in device_table("verbs/table.py"):
        name, verb_class, *_, form = line.split("|")
        rows.append(f"| `{name}` | {verb_class} | {form} |")
    return "\n".join(rows)


CHANGED_BY = {"write": "operator", "danger": "admin"}


def settings() -> str:
    """The operator's settings."""
    rows = ["| setting | values | default | changed by | meaning |", "|---|---|---|---|---|"]
    for name, kind, default, allowed, verb_class, meaning in device_table("settings/table.py"):
        values = {
            "choice": lambda allowed=allowed: ", ".join(f"`{choice}`" if choice else "empty" for choice in allowed),
            "int": lambda allowed=allowed: f"{allowed[0]} to {allowed[1]}",
            "bool": lambda: "on, off",
            "number": lambda: "3 to 20 digits, + before an international number",
            "secret": lambda allowed=allowed: f"{allowed[0]} to {allowed[1]} letters and digits",
        }.get(kind, lambda kind=kind: kind)()
        rows.append(f"| `{name}` | {values} | {_shown(default)} | {CHANGED_BY[verb_class]} | {meaning} |")
    return "\n".join(rows)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    return f"`{default}`" if default != "" else "empty"


def make() -> str:
    """What `make` lists."""
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return f"```\n{listed.stdout.rstrip()}\n```"


def bench() -> str:
    """The figures of the last `make bench`."""
    found = json.loads(BENCH.read_text())
    device = found["device"]
    rows = [
        "| figure | measured | limit | ratio |",
        "|---|---|---|---|",
        f"| smallest heap for the main job (64-bit, agent from files) | {device['smallest_heap_kib']} kB | 192 kB "
        f"| {device['smallest_heap_ratio']:.2f} |",
        f"| the agent's `.mpy` files without dialects | {device['core_mpy_octets']} octets | 40960 octets "
        f"| {device['core_mpy_ratio']:.2f} |",
    ]
    if "turnaround" in found:
        ratios = [figures["ratio"] for figures in found["turnaround"].values()]
        rows.append(
            "| from an indication to the answer's last octet, over the time its octets take at 115,200 Bd; flash apart "
            f"| {min(ratios):.2f} to {max(ratios):.2f} times, by modem | 1.10 times | |"
        )
    if "flash" in found:
        rows += _flash(found["flash"])
    if "codecs" in found:
        slowest = min(min(rates.values()) for rates in _rated(found["codecs"]["ratios"]["mtmo network side"]))
        rows.append(
            f"| SMS codec of the network side, beside the fastest Python peer | {slowest:.2f} times | 1.3 times | |"
        )
    if "emulator" in found:
        fleet = found["emulator"]
        rows += [
            f"| memory of an emulated modem, {fleet['modems']} in one process | {fleet['kib_per_modem']} kB | | |",
            f"| AT round trips of those a second, beside a bare pty that echoes | {fleet['fleet_per_s']} "
            f"| {fleet['bare_pty_per_s']} | {fleet['fleet_per_s'] / fleet['bare_pty_per_s']:.2f} |",
            f"| the same beside python-gsmmodem's mock, a table of answers | {fleet['fleet_per_s']} "
            f"| {fleet['mock_per_s']} | {fleet['fleet_to_mock']:.2f} |",
        ]
    return "\n".join(rows)


def _flash(found: dict[str, Any]) -> list[str]:
    cpu = found["cpu_us"]
    rejected = [us for name, us in cpu.items() if name != "verified"]
    rows = []
    for filesystem, kind in (("lfs", "LittleFS"), ("fat-bare", "FAT on bare flash")):
        body, worst = min(found[filesystem].items(), key=lambda item: item[1]["years"])
        rows.append(
            f"| octets written and blocks erased by the dearest command, `{body}`; {kind} | {worst['written']:.0f}; "
            f"{worst['erases']:.1f} | | |\n"
            f"| life of {found['blocks']} blocks of {found['block_octets']} octets and 100,000 erases with ten of them "
            f"a day, by the block erased most | {worst['years']:.0f} years | 10 years | {worst['years'] / 10:.1f} |"
        )
    rows.append(
        f"| processor time under MicroPython until a text is verified; rejected | {cpu['verified']} µs; "
        f"{min(rejected)} to {max(rejected)} µs | | |"
    )
    return rows


def _rated(ratios: dict[str, dict[str, float | None]]) -> list[dict[str, float]]:
    return [{name: value for name, value in rates.items() if value is not None} for rates in ratios.values()]


def tour() -> str:
    """The last tour."""
    return f"```\n{TOUR.read_text().rstrip()}\n```"


def boards() -> str:
    """The boards that there are profiles for."""
    return told.readme_table(map(profile.load, profile.names())).rstrip()


def keys() -> str:
    """The keys of a profile."""
    return profile_schema.reference_table().rstrip()


Parts = dict[str, Callable[[], str]]
PAGES: dict[Path, Parts] = {
    README: {"verbs": verbs, "settings": settings, "make": make},
    BOARDS: {"boards": boards, "keys": keys},
}
MEASURED: dict[str, tuple[Path, Callable[[], str]]] = {"bench": (BENCH, bench), "tour": (TOUR, tour)}


def written(page: Path, *, measured: bool) -> str:
    """The text of `page` with its generated parts made anew."""
    text = page.read_text(encoding="utf-8")
    parts = {name: make_part() for name, make_part in PAGES[page].items()}
    if measured and page == README:
        parts |= {name: make_part() for name, (source, make_part) in MEASURED.items() if source.exists()}
    for name, part in parts.items():
        pattern = rf"(<!-- {name}\b[^\n]*-->\n).*?(\n<!-- /{name} -->)"
        text, count = re.subn(pattern, lambda found, part=part: found[1] + part + found[2], text, flags=re.S)
        assert count == 1, name
    return text


def main() -> int:
    """Write or compare."""
    if "--check" in sys.argv:
        behind = [page for page in PAGES if written(page, measured=False) != page.read_text(encoding="utf-8")]
        for page in behind:
            print(f"{page.relative_to(ROOT)} is behind the code: run tests/tools/readme.py")
        return 1 if behind else 0
    for page in PAGES:
        page.write_text(written(page, measured=True), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
