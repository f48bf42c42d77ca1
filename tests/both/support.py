"""Where the vectors are and how a decoded TPDU is judged by one; for CPython and MicroPython."""

import json
import os
import sys

MICROPYTHON = sys.implementation.name == "micropython"
VECTORS = os.getenv("MTMO_VECTORS") or __file__.rsplit("/", 2)[0] + "/vectors"

TONS = ("unknown", "international", "national", "network", "subscriber", "alphanumeric", "abbreviated", "reserved")
ALPHABETS = ("gsm7", "8bit", "ucs2")


def load_lines(name: str, folder: str = VECTORS):
    """Each JSON object of the lines of `name`; a generator, so that a small heap holds one at a time."""
    with open(folder + "/" + name, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def load(name: str):
    """The JSON object of file `name`."""
    with open(VECTORS + "/" + name, encoding="utf-8") as file:
        return json.load(file)


def raises(kind, function, *args):
    """The exception of `kind` that `function(*args)` raises; None if it raises nothing."""
    try:
        function(*args)
    except kind as error:
        return error
    return None


def shown_address(address, bare: str = "+"):
    """An Address as the vectors write it: a plus sign before an international number."""
    if address is None:
        return None
    number = address.number
    if address.ton == 1:
        number = "+" + number if number else bare
    return {"number": number, "ton": TONS[address.ton]}


def shown_time(time):
    """A time stamp as the vectors write it, ISO 8601."""
    if time is None:
        return None
    zone = abs(time[6])
    sign = "-" if time[6] < 0 else "+"
    return "%04d-%02d-%02dT%02d:%02d:%02d" % time[:6] + "%s%02d:%02d" % (sign, zone // 4, zone % 4 * 15)


def shown_udh(udh: bytes):
    """Information elements as the vectors write them."""
    elements = []
    at = 0
    while at < len(udh):
        data = udh[at + 2 : at + 2 + udh[at + 1]]
        elements.append({"iei": udh[at], "data": "".join(["%02X" % octet for octet in data])})
        at += 2 + udh[at + 1]
    return elements


def differences(tpdu, expect: dict, has_sca: bool = True) -> list:
    """(field, expected, got) of every field of the vector's `expect` that the decoder exposes and got wrong."""
    got = {"pid": tpdu.pid, "dcs": tpdu.dcs, "trailing": tpdu.trailing, "scts": shown_time(tpdu.scts)}
    got["alphabet"] = ALPHABETS[tpdu.alphabet]
    got["text"] = tpdu.text
    got["data_hex"] = "".join(["%02X" % octet for octet in tpdu.ud])
    got["udh"] = shown_udh(tpdu.udh)
    got["udh_ignored"] = tpdu.udh_ignored
    got["class"] = tpdu.message_class
    got["scts_raw"] = "".join(["%02X" % octet for octet in tpdu.scts_raw])
    flags = {"mms": tpdu.mms, "lp": tpdu.lp, "udhi": tpdu.udhi}
    if hasattr(tpdu, "st"):
        flags["srq"] = tpdu.srq
        got["mr"] = tpdu.mr
        got["status"] = tpdu.st
        got["dt"] = shown_time(tpdu.dt)
        got["dt_raw"] = "".join(["%02X" % octet for octet in tpdu.dt_raw])
        got["pi"] = tpdu.pi
        got["tail_error"] = tpdu.garbage
        address = tpdu.ra
    else:
        flags["sri"] = tpdu.sri
        flags["rp"] = tpdu.rp
        address = tpdu.oa
    got["flags"] = flags
    if tpdu.concat:
        got["concat"] = {"ref": tpdu.concat[0], "bits": tpdu.concat[1], "total": tpdu.concat[2], "seq": tpdu.concat[3]}
    else:
        got["concat_ignored"] = True
    wrong = _compare(got, expect, tpdu)
    if shown_address(address)["number"] != expect["addr"]["number"] or TONS[address.ton] != expect["addr"]["ton"]:
        wrong.append(("addr", expect["addr"], shown_address(address)))
    if has_sca:
        wanted = expect["smsc"]
        found = shown_address(tpdu.sca, "")
        if (wanted is None) != (found is None) or (wanted and wanted["number"] != found["number"]):
            wrong.append(("smsc", wanted, found))
    return wrong


def _compare(got: dict, expect: dict, tpdu) -> list:
    wrong = []
    for field in expect:
        wanted = expect[field]
        if field == "text" and tpdu.national:
            continue  # the device reads by the default table and says so
        if field in ("scts", "dt") and wanted and wanted.endswith("-00:00"):
            wanted = wanted[:-6] + "+00:00"
        if field == "ports":
            wanted = (wanted["dst"], wanted["src"])
            if tpdu.ports != wanted:
                wrong.append((field, wanted, tpdu.ports))
        elif field in got and got[field] != wanted:
            wrong.append((field, wanted, got[field]))
    for field in ("concat", "ports", "class"):
        if field not in expect and (tpdu.message_class if field == "class" else getattr(tpdu, field)) is not None:
            wrong.append((field, None, "something"))
    if tpdu.udh_ignored and not expect.get("udh_ignored"):
        wrong.append(("udh_ignored", False, True))
    for field in ("nl_single", "nl_locking"):
        if expect.get(field, 99) < 14 and not tpdu.national:
            wrong.append((field, True, False))
    return wrong


def as_deliver(submit_hex: str, sca_octets: int = 1) -> str:
    """The SMS-DELIVER that a service centre makes of an SMS-SUBMIT without validity period, to decode our own."""
    at = 2 * sca_octets
    first = int(submit_hex[at : at + 2], 16)
    at += 4
    end = at + 4 + (int(submit_hex[at : at + 2], 16) + 1) // 2 * 2
    address = submit_hex[at:end]
    at = end + 4 + (2 if first & 0x18 == 0x10 else 0)
    return "00%02X" % (first & 0x40 | 4) + address + submit_hex[end : end + 4] + "52304190623540" + submit_hex[at:]
