"""What must hold within a personality, whoever wrote it; each breach names the field and what mends it."""

from __future__ import annotations

import re
from string import Formatter

from mtmo_host.emulator import commands as _commands  # noqa: F401  (enters the handlers)
from mtmo_host.emulator import registry
from mtmo_host.emulator.commands import kept
from mtmo_host.emulator.personality import SMS_ERRORS, USUAL_TIMINGS_MS, Personality, Ready
from mtmo_host.emulator.sms.store import BROADCASTS
from mtmo_host.errors import MtmoError

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}", re.ASCII)
_TIMER = re.compile(r"[01]{8}|", re.ASCII)
_MEMORY = re.compile(r"[A-Z_]{2,4}", re.ASCII)
_GROUP = r"(\(\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*\)|[^(),]*)"  # (0-2,5), or a word
_RANGES = re.compile(f"{_GROUP}(,{_GROUP})*")
_MOST_PLACES = 10_000
_OF_STORES = ("+CMGL", "+CMGR", "+CMGD", "+CMGW", "+CMSS", "+CIND")


def has(record: Personality, name: str) -> bool:
    """The family has the command."""
    entry = registry.find(name)
    return entry is not None and registry.exists(entry, record)


def check(record: Personality) -> None:
    """Raise MtmoError for the first thing that cannot be."""
    for part in (_identification, _boot, _sms, _cnmi, _pdp, _times, _radio, _kept, _command_names):
        part(record)


def _need(holds: bool, field: str, message: str, fix: str) -> None:
    if not holds:
        raise MtmoError(message, field=field, fix=fix)


def _formats(text: str, field: str, *names: str) -> None:
    """Only `{name}` of these stands in it, plainly: what a file says is data, it looks at no attributes."""
    try:
        marks = [mark for _, *mark in Formatter().parse(text) if mark[0] is not None]
    except ValueError:
        marks = [["", "", None]]
    known = " and ".join(f"{{{name}}}" for name in names)
    fits = all(name in names and not spec and not conversion for name, spec, conversion in marks)
    _need(fits, field, "its { } do not fit", f"use {known}, and {{{{ for a brace")
    _need("\n" not in text or "\r\n" in text, field, "holds a bare line feed", "give one line for each")


def _identification(record: Personality) -> None:
    _need(bool(_NAME.fullmatch(record.name)), "name", f"{record.name!r} is no name", "small letters, digits, _ and -")
    for name in ("title", "cgmi", "cgmm", "cgmr"):
        _need(bool(getattr(record, name)), name, "is empty", "say what the modem says")
    for page in [record.ati, *record.ati_pages.values()]:
        for line in page:
            _formats(line, "ati", "imei")


def _boot(record: Personality) -> None:
    steps = record.boot
    for ready in (Ready.UART, Ready.SIM, Ready.SMS):
        count = sum(step.ready is ready for step in steps)
        fix = f'give one step ready = "{ready.name.lower()}"'
        _need(count == 1, "boot", f"{count} steps make it so that it {ready.value}", fix)
    offsets = [step.offset_ms for step in steps]
    _need(offsets == sorted(offsets) and offsets[0] >= 0, "boot", "offset_ms goes back", "order the steps by time")
    for index, step in enumerate(steps):
        late = step.late_ms is None or step.late_ms >= step.offset_ms
        _need(late, f"boot[{index}].late_ms", "is before offset_ms", "the late time is the later one")
        _formats(step.urc or "", f"boot[{index}].urc", "cpin", "airplane")


def _sms(record: Personality) -> None:
    sms = record.sms
    for mem, places in sms.stores.items():
        _need(bool(_MEMORY.fullmatch(mem)), f"sms.stores.{mem}", "is no memory", 'for example "SM" or "ME"')
        _need(0 < places <= _MOST_PLACES, f"sms.stores.{mem}", f"{places} places", f"1 to {_MOST_PLACES}")
    _need(
        "MT" not in sms.stores or "ME" in sms.stores, "sms.stores", "MT without ME", "MT is served as ME: give ME too"
    )
    known = "one of sms.stores: " + ", ".join(sms.stores)
    _need(
        not sms.stores or sms.default_store in sms.stores,
        "sms.default_store",
        f"{sms.default_store!r} is no store",
        known,
    )
    _need(set(sms.receive_stores) <= set(sms.stores), "sms.receive_stores", "names no store", known)
    for field, names in (("sms.default_store", (sms.default_store,)), ("sms.receive_stores", sms.receive_stores)):
        _need(BROADCASTS not in names, field, "messages do not go where broadcasts are kept", known)
    served = [name for name in _OF_STORES if not sms.stores and has(record, name)]
    fix = f"drop_commands = {served}".replace("'", '"')
    _need(not served, "sms.stores", f"is empty, and {', '.join(served)} would have nothing to work on", fix)
    received = not sms.receive_stores or sms.default_store in sms.receive_stores
    _need(received, "sms.receive_stores", "lacks the default store", f"add {sms.default_store!r}")
    _need(set(sms.modes) <= {0, 1} and bool(sms.modes), "sms.modes", "are not formats", "[0, 1], [0] or [1]")
    _need(sms.index_base in (0, 1), "sms.index_base", f"{sms.index_base}", "0 or 1")
    _need(0 < sms.min_length <= sms.max_length <= 164, "sms.min_length", "does not fit sms.max_length", "1 to 164")
    for place, value, modes in sms.cnmi_needs:
        fits = (
            0 < place < len(sms.cnmi_ranges)
            and value in sms.cnmi_ranges[place]
            and set(modes) <= set(sms.cnmi_ranges[0])
        )
        _need(fits, "sms.cnmi_needs", f"[{place}, {value}, {list(modes)}] is not within sms.cnmi_ranges", "as in +CNMI")
    for event in sms.errors:
        _need(event in SMS_ERRORS, f"sms.errors.{event}", "is no event", "one of " + ", ".join(SMS_ERRORS))
    fix = "without a prompt, say how long a body may take"
    _need(bool(sms.prompt) or sms.body_within_ms is not None, "sms.body_within_ms", "is missing", fix)
    _need(sms.odd_cmti_every >= 0, "sms.odd_cmti_every", "is below 0", "0 for never")


def _cnmi(record: Personality) -> None:
    ranges, default = record.sms.cnmi_ranges, record.sms.cnmi_default
    _need(len(ranges) in (4, 5), "sms.cnmi_ranges", f"{len(ranges)} of them", "mode, mt, bm, ds and perhaps bfr")
    _need(len(default) == len(ranges), "sms.cnmi_default", f"{len(default)} values", f"give {len(ranges)}")
    for index, values in enumerate(ranges):
        _need(bool(values), f"sms.cnmi_ranges[{index}]", "is empty", "give what the modem takes")
        fits = default[index] in values
        _need(
            fits,
            f"sms.cnmi_default[{index}]",
            f"{default[index]} is not in sms.cnmi_ranges[{index}]",
            f"one of {values}",
        )


def _pdp(record: Personality) -> None:
    pdp = record.pdp
    first, last = pdp.cids
    _need(
        0 <= first <= pdp.default_cid <= last <= 255, "pdp.cids", "do not hold pdp.default_cid", "for example [1, 16]"
    )
    _need(
        set(pdp.auth_types) <= {0, 1, 2, 3} and 0 in pdp.auth_types,
        "pdp.auth_types",
        "are no types",
        "0 to 3, 0 among them",
    )
    _need(0 < pdp.auth_limit <= 128, "pdp.auth_limit", f"{pdp.auth_limit}", "1 to 128")
    _formats(pdp.auth_limit_form, "pdp.auth_limit_form", "limit")
    for name in ("address_form", "no_address_form"):
        _formats(getattr(pdp, name), f"pdp.{name}", "cid", "address")


def _times(record: Personality) -> None:
    known = "one of " + ", ".join(USUAL_TIMINGS_MS)
    for name, (shortest, longest) in {"latency_ms": record.latency_ms, **record.timings_ms}.items():
        field = name if name == "latency_ms" else f"timings_ms.{name}"
        _need(name in USUAL_TIMINGS_MS or name == "latency_ms", field, "is no step", known)
        _need(0 <= shortest <= longest, field, f"{shortest} to {longest} ms", "shortest and longest, not below 0")
    for name in ("on_pulse_ms", "off_pulse_ms", "reset_pulse_ms", "shutdown_ms"):
        _need(getattr(record.power, name) >= 0, f"power.{name}", "is below 0", "milliseconds")
    _need(record.sms.ack_timeout_ms > 0, "sms.ack_timeout_ms", "is not above 0", "milliseconds")


def _radio(record: Personality) -> None:
    _need(record.boot_cfun in record.cfun_values, "boot_cfun", f"{record.boot_cfun} is not in cfun_values", "add it")
    _need({0, 1} <= set(record.cfun_values), "cfun_values", "lack 0 or 1", "every modem can be switched off and on")
    _need(bool(record.acts), "acts", "is empty", "[7] for LTE, [0] for GSM")
    _need(record.baud > 0, "baud", f"{record.baud}", "for example 115200")
    _need(record.line_limit >= 64, "line_limit", f"{record.line_limit}", "at least 64")
    mode, *timers = record.psm_default
    fits = mode in ("0", "1") and len(timers) <= 4 and all(_TIMER.fullmatch(timer) for timer in timers)
    _need(fits, "psm_default", "is no +CPSMS", '["0"], or ["1", "", "", "01011111", "00000101"]')


def _kept(record: Personality) -> None:
    for name, (ranges, _) in record.kept.items():
        _need(
            name in kept.names(), f"kept.{name}", "is no setting that is only kept", "one of " + ", ".join(kept.names())
        )
        fits = bool(_RANGES.fullmatch(ranges))
        _need(fits, f"kept.{name}", f"{ranges!r} are no ranges", 'for example ["(0-2),(0,1)", "0,0"]')
    unknown = set(record.cereg4_more) - {"?", "urc"}
    _need(not unknown, "cereg4_more", "is neither", '["?"], ["urc"] or both')


def _command_names(record: Personality) -> None:
    for name in sorted(record.commands):
        entry = registry.find(name)
        _need(entry is not None, "commands", f"the emulator knows no {name}", "see COMMANDS.md")
    for name in sorted(record.lacks):
        known = registry.find(name.removesuffix("?").removesuffix("=")) is not None
        _need(known, "lacks", f"the emulator knows no {name}", "see COMMANDS.md")
    for name in sorted(record.only):
        _need(registry.find(name) is not None, "only", f"the emulator knows no {name}", "see COMMANDS.md")
    both = record.commands & record.lacks
    _need(not both, "lacks", f"{', '.join(sorted(both))} stands in commands too", "leave it in one")
