"""`mtmo decode`: explains a PDU, an SC1 text or an AT trace."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from mtmo_host.decode import table, told
from mtmo_host.decode.page import BROADCAST, explain_page
from mtmo_host.decode.pdu import explain_pdu
from mtmo_host.decode.reading import DIRECTIONS
from mtmo_host.decode.report import Damage, Report, visible
from mtmo_host.decode.sc1_text import Verifier, explain_sc1, looks_like_sc1
from mtmo_host.decode.trace import Entry, Trace, is_at_line
from mtmo_host.decode.transcript_lines import entries as transcript_entries
from mtmo_host.emulator.transcript import MARK, Transcript, load
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.sms import sc1
from mtmo_host.sms.device_keys import load_keys

_MAX_LINE = 4096  # characters; a longer line is cut
_MAX_JSON = 1 << 22
_HEX = frozenset("0123456789abcdefABCDEF \t")


@click.command("decode")
@click.argument("words", nargs=-1, required=True, metavar="HEX|TEXT|FILE|-")
@click.option("--json", "as_json", is_flag=True, help="one line of JSON for each thing explained")
@click.option(
    "--direction", type=click.Choice((*DIRECTIONS, BROADCAST)), help="which message a PDU is [default: guessed]"
)
@click.option("--sca/--no-sca", "has_sca", default=None, help="whether a PDU begins with the SMSC [default: guessed]")
@click.option("--length", type=click.IntRange(0, 255), help="octets of TPDU as AT announced them: is it true?")
@click.option("--fields", is_flag=True, help="show each field of the PDUs in a trace")
@click.option("--keys", metavar="FILE", help="master key file, or fd:N: verify and decrypt SC1")
@click.option("--imei", help="the device's IMEI, its SC1 device id; with --keys")
@click.option("--epoch", default=1, show_default=True, type=click.IntRange(1, 255), help="epoch of the key slot")
@click.option("--command-sms", metavar="TEXT", help="the signed command that a reply answers")
def command(
    words: tuple[str, ...],
    as_json: bool,
    direction: str | None,
    has_sca: bool | None,
    length: int | None,
    fields: bool,
    keys: str | None,
    imei: str | None,
    epoch: int,
    command_sms: str | None,
) -> None:
    """Explain a PDU in hex, an SC1 text, or the lines of an AT trace: a file, or - for standard input.

    Whatever mtmo itself writes is read too: --record, console --log, log, log at and trace of a device, and the output
    of mtmo sms.

    Exit status 1 when something is damaged, or not authentic.

    \b
    Examples:
      mtmo decode 07919471016700000C0B915155214365F70000523041906235400161
      mtmo decode --keys fleet.key --imei 356938035643809 "*A18.22CDX6MYSKTB3 apn set em"
      mtmo console --port /dev/ttyUSB0 --log board.log; mtmo decode --fields board.log
      mtmo modem ec25 --record run.jsonl; mtmo decode run.jsonl
      mtmo sms send unit-1 -m "log at 20" | mtmo decode -
    """
    verifier = _verifier(keys, imei, epoch, command_sms)
    path = _file(words)
    if path is not None and path.is_dir():
        raise MtmoError("is a folder", field=str(path), fix="name a file in it")
    recorded = _transcript(path)
    if recorded is not None:
        _no_pdu_options(length, direction, has_sca)
        recorded.check_said()
        _print_entries(transcript_entries(recorded, verifier), as_json, fields)
        return
    lines = _numbered(_lines(words, path))
    first = list(itertools.islice(lines, 2))
    if not first:
        raise MtmoError("there is nothing to explain", field="input")
    text = first[0][1]
    if len(first) == 1 and not is_at_line(text):
        report = _explain(text, direction, has_sca, length, verifier)
        _print(report, as_json)
        _finish(list(report.damages()))
        return
    _no_pdu_options(length, direction, has_sca)
    _print_entries(Trace(verifier).numbered(itertools.chain(first, lines)), as_json, fields)


def _no_pdu_options(length: int | None, direction: str | None, has_sca: bool | None) -> None:
    if length is not None or direction is not None or has_sca is not None:
        raise UsageError("--length, --direction and --sca are for a single PDU; a trace's headers say it themselves")


def _verifier(keys: str | None, imei: str | None, epoch: int, command_sms: str | None) -> Verifier | None:
    if keys is None and imei is None and command_sms is None:
        return None
    if keys is None or imei is None:
        raise UsageError("--keys and --imei go together, and --command-sms with them")
    verifier = Verifier(load_keys(keys), imei, epoch)
    if command_sms is not None:
        try:
            verifier.open(command_sms)
        except sc1.Sc1Error as error:
            raise MtmoError(error.message, field="--command-sms") from None
    return verifier


def _transcript(path: Path | None) -> Transcript | None:
    """The transcript of `mtmo modem --record` that a file is; None for anything else."""
    try:
        if path is None or not path.is_file():
            return None
        with path.open("rb") as file:
            recorded = file.read(len(MARK)) == MARK
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path)) from None
    return load(path) if recorded else None


def _lines(words: tuple[str, ...], path: Path | None) -> Iterator[str]:
    text = " ".join(words)
    if text == "-":
        stream = sys.stdin
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text stream
        return _cut(stream)
    if path is not None:
        return _file_lines(path)
    return _cut(text.splitlines() or [text])


def _file(words: tuple[str, ...]) -> Path | None:
    path = Path(words[0])
    try:
        return path if len(words) == 1 and words[0] and path.exists() else None
    except (OSError, ValueError):  # a PDU can be too long for a name
        return None


def _file_lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from _cut(file)
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path)) from None


def _cut(lines: Iterable[str]) -> Iterator[str]:
    return (line[: _MAX_JSON if line[:1] in ("{", "[") else _MAX_LINE].rstrip("\r\n") for line in lines)


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """What stands in each line, with its number; empty ones are left out."""
    for number, raw in enumerate(lines, 1):
        yield from ((number, line) for line in told.lines(raw) if line.strip())


def _explain(
    text: str, direction: str | None, has_sca: bool | None, length: int | None, verifier: Verifier | None
) -> Report:
    foreign = sum(character not in _HEX for character in text)
    if looks_like_sc1(text) or (sc1.stripped(text)[:1] in ("*", "=", "+") and foreign > 1):
        return explain_sc1(text, verifier)
    if foreign * 4 > len(text):
        if told.ends_early(text):
            raise MtmoError("is JSON that ends too early: was it cut?", field="input")
        at = next(at for at, character in enumerate(text) if character not in _HEX)
        if "/" in text or Path(text).suffix:
            what = "there is no such file, and it is neither a PDU in hex, an SC1 text nor an AT line"
            raise MtmoError(what, field=visible(text))
        what = f"neither a PDU in hex, an SC1 text, an AT line nor a file: {visible(text[at])!r} at {at}"
        raise MtmoError(what, field="input")
    report = _explain_hex(text, direction, has_sca, length)
    inner = report.facts.get("text")
    if inner and looks_like_sc1(inner):
        report.inner = explain_sc1(inner, verifier)
    return report


def _explain_hex(text: str, direction: str | None, has_sca: bool | None, length: int | None) -> Report:
    if direction == BROADCAST:
        return explain_page(text, length)
    report = explain_pdu(text, direction=direction, has_sca=has_sca, length=length)
    page = explain_page(text, length)
    if report.damage and direction is None and not has_sca and not page.damage:
        page.notes.append("read so by guess: as a message it is damaged; --direction says otherwise")
        return page
    return report


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
        return
    for line in table.lines(report):
        click.echo(line)


def _print_entries(entries: Iterable[Entry], as_json: bool, fields: bool) -> None:
    damages: list[str] = []
    found = False
    for entry in entries:
        found = True
        damages += [f"line {entry.line}: {damage}" for damage in entry.damages()]
        if as_json:
            click.echo(json.dumps(entry.as_json(), ensure_ascii=False))
        else:
            _print_entry(entry, fields)
    if not found:
        raise MtmoError("no PDU, SC1 text or AT line of SMS or registration in it", field="input")
    _finish(damages)


def _print_entry(entry: Entry, fields: bool) -> None:
    if entry.raw:
        shown = visible(entry.raw.strip())
        click.echo(click.style(f"{entry.line:>5}  ", dim=True) + (shown if len(shown) <= 93 else f"{shown[:92]}…"))
    damaged = any(entry.damages())
    click.echo(" " * 7 + click.style(entry.meaning, fg="red" if damaged else "green"))
    report = entry.report
    if report is None:
        return
    if fields or damaged:
        for line in table.lines(report, ""):
            click.echo(line)
    elif report.inner or report.kind == "sc1":
        inner = report.inner or report
        click.echo(" " * 7 + "; ".join([inner.title, *inner.notes]))


def _finish(damages: Sequence[Damage | str]) -> None:
    for damage in damages:
        click.echo(f"error: {damage}", err=True)
    if damages:
        raise SystemExit(1)
