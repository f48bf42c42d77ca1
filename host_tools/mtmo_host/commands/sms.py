"""`mtmo sms`: signs, sends, watches and verifies text messages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from mtmo_host.commands.options import EPOCH, IMEI, JSON, KEYS, PLATFORM, SLOT, SOURCE, STATE, RealRange, options
from mtmo_host.commands.telling import printable, teller
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.fleet.desk import Desk
from mtmo_host.fleet.file import Device
from mtmo_host.fleet.inbox import Judge, joined
from mtmo_host.fleet.platform import Platform
from mtmo_host.fleet.sender import POLL_S, Errand, dispatch, wait_for
from mtmo_host.sms import sc1
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.verdict import VERIFIED, Judgement, Known, judge

_VALIDITY_MAX = 63 * 7 * 24 * 60  # minutes (TS 23.040 §9.2.3.12.1)
_PATIENCE = 60  # polls without an answer before `watch` gives up


@click.group("sms")
def command() -> None:
    """Sign, send, watch and verify text messages.

    While `mtmo up` runs, URL, token, key and fleet file are taken from its session.

    \b
    Examples:
      mtmo sms send unit-1 -m status
      mtmo sms watch
      mtmo sms sign --keys fleet.key --imei 356938035643809 apn set em
    """


@command.command("sign")
@options(KEYS, IMEI, SLOT, EPOCH, STATE, JSON)
@click.option("--ctr", type=click.IntRange(1, sc1.MAX_CTR), help="counter [default: the next one]")
@click.option("--encrypt", is_flag=True, help="hide the command from the network")
@click.argument("body", nargs=-1, required=True)
def sign(
    keys: str | None,
    imei: str,
    slot: str | None,
    epoch: int | None,
    state: str | None,
    as_json: bool,
    ctr: int | None,
    encrypt: bool,
    body: tuple[str, ...],
) -> None:
    """Print the signed SMS text of command BODY.

    \b
    Examples:
      mtmo sms sign --keys fleet.key --imei 356938035643809 apn set em
      mtmo sms sign --imei 356938035643809 --encrypt apn set em user=u pass=p
    """
    _check(" ".join(body), "BODY", signed=True)
    desk = Desk.offline(state=state, keys=keys)
    signing = desk.signing(slot, epoch, encrypt)
    signed = signing.sign(imei, " ".join(body), ctr)
    room = sc1.room_for(signed.sms)
    if room.segments > 1:
        click.echo(f"note: {room.septets} septets need {room.segments} SMS; not every portal can send them", err=True)
    if as_json:
        result = {"sms": signed.sms, "tag": signed.tag.hex(), "ctr": signed.ctr}
        click.echo(json.dumps({**result, "septets": room.septets, "segments": room.segments}))
    else:
        click.echo(signed.sms)


@command.command("verify")
@options(KEYS, IMEI, EPOCH, STATE, JSON)
@click.option("--command-sms", metavar="TEXT", help="the command it answers [default: one signed here]")
@click.argument("text", metavar="REPLY")
def verify(
    keys: str | None, imei: str, epoch: int, state: str | None, as_json: bool, command_sms: str | None, text: str
) -> None:
    """Say whether REPLY (or a notice, or a command) is authentic; exit status 0 or 1.

    \b
    Examples:
      mtmo sms verify --keys fleet.key --imei 356938035643809 "=A18.9TAGVHY5RGTZG OK apn=em …"
      mtmo sms verify --imei … --command-sms "*A18.22CDX6MYSKTB3 apn set em" "=A18.…"
    """
    if command_sms is not None:
        try:
            sc1.parse(command_sms)
        except sc1.Sc1Error as error:
            raise UsageError(error.message, field="--command-sms") from None
    desk = Desk.offline(state=state, keys=keys)
    found = _judged(desk, desk.keys(), imei, epoch, command_sms, text)
    authentic = found.verdict == VERIFIED
    if as_json:
        clear = found.text if authentic else None
        click.echo(json.dumps({"verdict": found.verdict, "text": clear, "reason": found.reason or None}))
    else:
        click.echo(f"{found.verdict}: {found.text if authentic else found.reason}")
    raise SystemExit(0 if authentic else 1)


def _judged(
    desk: Desk, source: KeySource, imei: str, epoch: int | None, command_sms: str | None, text: str
) -> Judgement:
    counters = desk.counters

    def commands(kid: str, ctr: int) -> Iterator[tuple[bytes, str | None]]:
        if command_sms is not None:
            yield sc1.parse(command_sms).tag, command_sms
        elif (tag := counters.tag(imei, kid, ctr)) is not None:
            yield tag, None
        else:
            what = f"command {kid}{ctr} is not known here; give it by --command-sms"
            raise sc1.Sc1Error("no_command", what)

    def keys(kid: str) -> sc1.SlotKeys:
        return source.slot(imei, kid, epoch or source.epoch(imei, counters.epoch(imei, kid)))

    known = Known(imei, keys, commands, lambda _: True)
    found = judge(known, text, mo=True)
    frame = found.frame
    if frame is None:
        return found
    if frame.mark == "*":
        return judge(known, text, mo=False)
    answered = frame.mark == "=" and found.verdict == VERIFIED
    if answered and epoch is not None and epoch > counters.epoch(imei, frame.kid):
        counters.settle_epoch(imei, frame.kid, epoch)  # a rotation carried out by hand
    return found


@command.command("send")
@options(PLATFORM, SLOT, EPOCH, JSON)
@click.option("-m", "--message", required=True, help="the command")
@SOURCE
@click.option("--wait", default=120.0, show_default=True, type=RealRange(0), help="seconds to wait")
@click.option("--encrypt", is_flag=True, help="hide the command from the network")
@click.option("--unsigned", is_flag=True, help="send the plain text")
@click.option(
    "--validity", type=click.IntRange(1, _VALIDITY_MAX), metavar="MIN", help="minutes it stays valid [danger verbs: 60]"
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def send(
    names: tuple[str, ...],
    message: str,
    source: str | None,
    wait: float,
    encrypt: bool,
    unsigned: bool,
    validity: int | None,
    slot: str | None,
    epoch: int | None,
    as_json: bool,
    **platform_options: str | None,
) -> None:
    """Sign a command, send it to devices, wait for the verified answers.

    Exit status 0 when every device gave a verified answer that is no error (with --wait 0: when all were sent).

    \b
    Examples:
      mtmo sms send unit-1 -m status
      mtmo sms send unit-1 unit-2 -m "apn set em" --wait 300
    """
    if encrypt and unsigned:
        raise UsageError("--encrypt and --unsigned exclude each other")
    _check(message, "--message", signed=not unsigned)
    desk = Desk.open(**platform_options)
    devices = desk.devices(names)
    signing = None if unsigned else desk.signing(slot, epoch, encrypt)
    lifetime = None if validity is None else timedelta(minutes=validity)
    tell = teller(as_json, max(len(device.name) for device in devices))
    with desk.connect() as platform:
        errands = []
        for device in devices:
            errand = dispatch(
                platform, device, message, source=source or desk.operator, signing=signing, validity=lifetime
            )
            tell(errand, "sent", errand.sms)
            errands.append(errand)
        wait_for(platform, errands, wait, tell)
    for errand in errands:
        if as_json:
            click.echo(json.dumps(_result(errand)))
        elif wait and errand.verdict is None:
            click.echo(f"{errand.device.name}: no answer within {wait:g} s, the command is {errand.state}", err=True)
    if wait and not all(errand.succeeded for errand in errands):
        raise SystemExit(1)


def _check(body: str, field: str, *, signed: bool) -> None:
    """Raises UsageError of `field` where a command cannot be sent: said before anything else is looked for."""
    try:
        body.encode()
        if signed:
            sc1.checked_body(body)
        elif not body.strip():
            raise UsageError("there is nothing to send", field=field)
    except UnicodeEncodeError:
        raise UsageError("is not UTF-8", field=field) from None
    except sc1.Sc1Error as error:
        raise UsageError(error.message, field=field) from None


def _result(errand: Errand) -> dict[str, Any]:
    return {
        "name": errand.device.name,
        "imei": errand.device.imei,
        "endpoint_id": errand.device.platform_id,
        "sms": errand.sms,
        "ctr": errand.command.ctr if errand.command else None,
        "segments": errand.segments,
        "sms_ids": errand.ids,
        "state": errand.state,
        "verdict": errand.verdict,
        "reply": errand.reply,
    }


@command.command("watch")
@options(PLATFORM, EPOCH, JSON)
@click.option("--for", "for_s", type=RealRange(0), metavar="SECONDS", help="stop after so long")
@click.option("--history", is_flag=True, help="begin with what is already in the log")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def watch(
    names: tuple[str, ...],
    epoch: int | None,
    as_json: bool,
    for_s: float | None,
    history: bool,
    **platform_options: str | None,
) -> None:
    """Follow the messages of all devices, or of those named, and verify each.

    \b
    Examples:
      mtmo sms watch
      mtmo sms watch unit-1 --history --for 60
    """
    desk = Desk.open(**platform_options)
    devices = [device for device in desk.devices(names) if device.platform_id]
    if not devices:
        raise MtmoError("no device with a platform_id", field="fleet")
    keys, counters = desk.keys(), desk.counters
    end = None if for_s is None else time.monotonic() + for_s
    with desk.connect() as platform:
        watched = [(device, Judge(device, keys, counters, epoch), set[int]()) for device in devices]
        first, patience = True, _PATIENCE
        while True:
            try:
                for device, judge, seen in watched:
                    _show_new(platform, device, judge, seen, as_json, quiet=first and not history)
                first, patience = False, _PATIENCE
            except MtmoError:
                patience -= 1
                if first or not patience:
                    raise
            if end is not None and time.monotonic() >= end:
                return
            time.sleep(POLL_S)


def _show_new(platform: Platform, device: Device, judge: Judge, seen: set[int], as_json: bool, *, quiet: bool) -> None:
    """Prints what is new; `quiet` only learns (the tags of commands, above all)."""
    log = platform.log(device.platform_id)
    times = {sms.id: _clock(sms.submit_date) for sms in log}
    messages = []
    for mo in (False, True):
        messages += [(min(ids), mo, ids, text) for ids, text in joined(sms for sms in log if sms.mo == mo)]
    for first_id, mo, ids, text in sorted(messages, key=lambda message: message[:2]):
        if ids <= seen:
            continue
        seen |= ids
        found = judge.judge(text, mo, first_id)
        if quiet:
            continue
        direction = "MO" if mo else "MT"
        if as_json:
            result = {"name": device.name, "imei": device.imei, "sms_id": first_id, "direction": direction}
            click.echo(json.dumps({**result, "verdict": found.verdict, "text": found.text, "sms": text}))
        else:
            click.echo(f"{times[first_id]}  {device.name}  {direction}  {found.verdict:<10}  {printable(found.text)}")


def _clock(submit_date: str) -> str:
    """When the platform took the message, as this desk's clock shows it; the date too when it was another day."""
    try:
        moment = datetime.fromisoformat(submit_date).astimezone()
    except ValueError:
        return time.strftime("%H:%M:%S")
    today = moment.date() == datetime.now(UTC).astimezone().date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
