"""get, set, report, sms, allow, unlock and factory: what changes the device itself (L3)."""

from micropython import const

from .. import access, log
from ..envelope import unescape
from ..errors import SettingError, VerbError

_MAX_ALLOWED = const(20)


def _get(context, args: "list[str]") -> str:
    if len(args) != 1:
        raise VerbError(12, "get NAME")
    try:
        return "%s=%s" % (args[0], context.agent.settings.shown(args[0]))
    except SettingError:
        raise VerbError(12, "unknown setting")


def _set(context, args: "list[str]") -> str:
    if len(args) != 2:
        raise VerbError(12, "set NAME VALUE")
    name = args[0]
    settings = context.agent.settings
    left = context.agent.outbox.left()
    if name == "cid" and context.agent.apn.busy():
        raise VerbError(40, "txn=%d" % context.agent.apn.txn)
    if args[1] == "pin" and name[:6] == "access" and not settings["pin"]:
        raise VerbError(12, "set pin first")
    try:
        settings.set(name, unescape(args[1]))
    except SettingError as error:
        # of a known name the reason is from the table; of an unknown one nothing is repeated
        raise VerbError(12, "unknown setting" if error.field == "name" else error.reason)
    if name == "pin":
        log.hide(settings["pin"])
    if name == "cid":
        context.agent.modem.require_setup("cid")  # the set-up writes the APN into it
    context.agent.shut()
    context.agent.store.write("settings", settings.changed())
    _keep_answer(context.agent, left)
    return "%s=%s" % (name, settings.shown(name))


def _report(context, args: "list[str]") -> str:
    if args == ["off"]:
        hours = "0"
    elif len(args) == 2 and args[0] == "every" and args[1][-1] == "h":
        hours = args[1][:-1]
    else:
        raise VerbError(12, "every Nh or off")
    settings = context.agent.settings
    try:
        settings.set("report-h", hours)
    except SettingError:
        raise VerbError(12, "every 1h to every 168h")
    context.agent.store.write("settings", settings.changed())
    if settings["report-h"] and not settings["reply-to"]:
        return "report=%dh but reply-to is not set" % settings["report-h"]
    return "report=%dh" % settings["report-h"] if settings["report-h"] else "report=off"


def _stop(context, args: "list[str]") -> str:
    context.agent.lockouts.stop(True)
    return "sms=stopped"


def _start(context, args: "list[str]") -> str:
    context.agent.lockouts.stop(False)
    return "sms=started"


def _list(context, args: "list[str]") -> str:
    allowed = context.agent.keys.allowed
    return ", ".join(["%s %s" % (form, role) for form, role in allowed]) or "nobody"


def _add(context, args: "list[str]") -> str:
    keys = context.agent.keys
    if len(args) != 2 or args[1] not in access.ROLES:
        raise VerbError(12, "allow add OA viewer/operator/admin")
    form = _form(args[0])
    listed = access.entry_of(form, keys.allowed)
    if listed and listed[1] == args[1]:
        return "listed=%d" % len(keys.allowed)  # so it may run again after a power cut
    if listed:
        raise VerbError(12, "listed already")
    if len(keys.allowed) >= _MAX_ALLOWED:
        raise VerbError(12, "the list is full")
    keys.allowed.append([form, args[1]])
    keys.write()
    return "listed=%d" % len(keys.allowed)


def _del(context, args: "list[str]") -> str:
    keys = context.agent.keys
    if len(args) != 1:
        raise VerbError(12, "allow del OA")
    entry = access.entry_of(_form(args[0]), keys.allowed)
    if entry is None:
        raise VerbError(12, "not listed")
    if entry[1] == "admin" and sum(role == "admin" for _, role in keys.allowed) == 1:
        raise VerbError(12, "the last admin stays")
    keys.allowed.remove(entry)
    keys.write()
    return "listed=%d" % len(keys.allowed)


def _form(arg: str) -> str:
    form = access.normal_form(unescape(arg))
    if form is None:
        raise VerbError(12, "an address: +49..., short:N, alnum:NAME")
    return form


def _unlock(context, args: "list[str]") -> str:
    context.agent.lockouts.unlock()
    return "unlocked"


def _factory(context, args: "list[str]") -> str:
    settings = context.agent.settings
    left = context.agent.outbox.left()
    settings.reset()
    context.agent.store.write("settings", settings.changed())
    _keep_answer(context.agent, left)
    return "settings are the defaults"


def _keep_answer(agent, left: int) -> None:
    # a budget that shrank below what is used up would keep the answer that says so; the last one is an APN report's
    used = agent.journal.used
    if left > 1:
        for i, name in ((0, "replies-per-hour"), (1, "replies-per-day")):
            used[i] = min(used[i], max(0, agent.settings[name] - 2))


VERBS = {
    "get": _get, "set": _set, "report": _report, "sms stop": _stop, "sms start": _start, "allow list": _list,
    "allow add": _add, "allow del": _del, "unlock": _unlock, "factory": _factory,
}  # fmt: skip
