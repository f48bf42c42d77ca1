"""Writes host_tools/mtmo_host/emulator/COMMANDS.md: every command × personality, its ranges, and each quirk's source.

What a modem answers is read off no table: each command is really sent to one of each personality. The clauses are those
of `personalities/clauses.py`. `--check` compares
instead and ends with 1 on a difference.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from emulator_rig import Rig  # noqa: E402

from mtmo_host.emulator import personality, personality_names, registry  # noqa: E402
from mtmo_host.emulator.personalities.clauses import CLAUSES, How  # noqa: E402
from mtmo_host.emulator.personality import Personality, Sure  # noqa: E402

TABLE = ROOT / "host_tools" / "mtmo_host" / "emulator" / "COMMANDS.md"
# what a command is asked with, when it has neither =?, ? nor a form without parameters
_ASKS = {"S": "3?", "D": "1;"}
_SETS = {"+CGAUTH": ("=0,0",)}  # of a family that has neither =? nor ? (nRF91)
# what programs probe for and no modem here has (seen from eleven of them)
PROBES = (
    "+MODE=2", "$TSSPCSW=?", "+CPROT=?", "+SYNCML=?", "+CHUP=?", "^CVOICE", "^DTMF", "^USSDMODE", "+ZPAS", "+WIND",
    "+DDET", "+VTS", "+SIMSTATE", "+PTTY", "+CUAD", "+CDIP", "+CNAP", "+CAOC", "+CCWE", "+CPOS", "+CLVL", "+CMUT",
    "+VTD", "+CPCMREG=?", "+AUTOCSQ=?", "#BND", "#PSNT", "#SWPKGV", "$GPSP", "+SERVICE", "*CNTI", "+KPING=?",
)  # fmt: skip
_SURE = {Sure.SEEN: "", Sure.KNOWN: " (not checked in a source)", Sure.DOUBTFUL: " (doubtful)"}


def all_commands() -> list[str]:
    """Every name the emulator knows, basic ones first."""
    names = registry.all_names()
    return [name for name in names if name[0] not in "+#%^"] + sorted(name for name in names if name[0] in "+#%^")


class Asked(NamedTuple):
    """What one personality answered to one command."""

    supported: bool
    ranges: str = ""


def ask(rig: Rig, name: str) -> Asked:
    """Send the test, read and plain form until one is not an error."""
    for form in (_ASKS[name],) if name in _ASKS else ("=?", "?", "", *_SETS.get(name, ())):
        answer = _send(rig, f"AT{name}{form}")
        if "ERROR" not in answer:
            return Asked(True, _ranges(answer, name) if form == "=?" else "")
    return Asked(False)


def _send(rig: Rig, line: str) -> str:
    if not rig.modem.powered or not rig.modem.uart_ready:
        rig.modem.power_on(rig.now_ms)
        rig.pass_ms(120_000)
    rig.at(b"\x1b")
    answer = rig.at(line.encode() + b"\r", 60_000).decode("latin-1")
    assert answer.strip(), f"{rig.modem.personality.name} was silent to {line}"
    rig.at(b"\x1b", 10_000)
    rig.at(b"ATV1Q0E0S3=13+CMEE=0\r", 1000)
    return answer


def _ranges(answer: str, name: str) -> str:
    lines = [line for line in answer.split("\r\n") if line and line != "OK"]
    return "; ".join(line.removeprefix(f"{name}:").strip() for line in lines)


def rig_of(name: str) -> Rig:
    """A modem of that personality: on the air, echo off, with a bearer, so that what needs one can answer."""
    rig = Rig(name, speed=1000)
    rig.at(b"ATE0\r", 1000)
    rig.at(b"AT\r", 1000)
    rig.at(b"AT+CPSMS=0\r", 1000)
    rig.at(b"AT+CFUN=1\r", 10_000)
    return rig


def measured() -> dict[str, dict[str, Asked]]:
    """By personality and command, what was answered."""
    found = {}
    for name in personality_names():
        rig = rig_of(name)
        found[name] = {command: ask(rig, command) for command in all_commands()}
    return found


def written(found: dict[str, dict[str, Asked]]) -> str:
    """The page."""
    parts = [
        "# Commands of the emulated modems",
        "Made by `tests/tools/emulator_commands.py`, which sends each command to a modem of each personality: `+` it "
        "answers with something else than an error to `=?`, `?` or the plain command, `·` with an "
        "error. None is silent.",
        _matrix(found),
        "These are an error on all of them: " + ", ".join(f"`{probe}`" for probe in PROBES) + ".",
        "## Parameter ranges\n\nThe answer to `=?`; where families differ, who says what.",
        _all_ranges(found),
        "## What is verified\n\nOf all that the agent and the usual clients say to a family and hear of it, where the "
        "maker's manual says it: the section's text was *read*, its name was seen in the manual's *contents* or an "
        "index of it, or its syntax is *quoted* by others. The rest is unverified.",
        _verified(),
        "## What each family does its own way",
        *(_family(personality(name)) for name in personality_names()),
    ]
    return "\n\n".join(parts) + "\n"


def _matrix(found: dict[str, dict[str, Asked]]) -> str:
    names = list(found)
    rows = ["| command | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for command in all_commands():
        cells = ["+" if found[name][command].supported else "·" for name in names]
        rows.append(f"| `{command}` | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _all_ranges(found: dict[str, dict[str, Asked]]) -> str:
    rows = ["| command | ranges | personalities |", "|---|---|---|"]
    for command in all_commands():
        by_range: dict[str, list[str]] = {}
        for name, answers in found.items():
            if answers[command].ranges:
                by_range.setdefault(answers[command].ranges, []).append(name)
        supporting = [name for name in found if found[name][command].supported]
        for ranges, names in by_range.items():
            who = "all that have it" if names == supporting else ", ".join(names)
            rows.append(f"| `{command}` | `{_cell(ranges)}` | {who} |")
    return "\n".join(rows)


def _verified() -> str:
    rows = ["| family | read | contents | quoted | unverified | why |", "|---|---|---|---|---|---|"]
    parts = []
    for name in personality_names():
        family = CLAUSES[name]
        counts = [sum(len(list(one.sections())) for one in family.sources if one.how is how) for how in How]
        unverified = family.unverified()
        cells = [name, *map(str, counts), str(len(unverified)), family.missing]
        rows.append("| " + " | ".join(cells) + " |")
        lines = [f"### {name}: clauses", ""]
        for source in family.sources:
            found = ", ".join(
                f"`{command}`" + f" §{section}" * (section != "-") for command, section in source.sections()
            )
            lines.append(f"- {source.manual} ({source.how.value}): {found}")
        lines.append("- unverified: " + ", ".join(f"`{command}`" for command in unverified))
        parts.append("\n".join(lines))
    return "\n\n".join(["\n".join(rows), *parts])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _family(record: Personality) -> str:
    lines = [f"### {record.name}: {record.title}", ""]
    lines += ["| quirk | what | shows at | source |", "|---|---|---|---|"]
    for quirk in record.quirks:
        shown = ", ".join(f"`{command}`" for command in quirk.commands)
        lines.append(f"| {quirk.name} | {_cell(quirk.what)} | {shown} | {quirk.source}{_SURE[quirk.sure]} |")
    lines += ["", *(f"- {noun}: {source}" for noun, source in record.sources.items())]
    return "\n".join(lines)


def main() -> int:
    """Write or compare."""
    text = written(measured())
    if "--check" not in sys.argv:
        TABLE.write_text(text, encoding="utf-8")
        return 0
    if TABLE.exists() and TABLE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TABLE} is out of date: run tests/tools/emulator_commands.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
