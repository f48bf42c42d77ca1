"""The modem's SMS service is negotiated from what it offers, damaged or not, and read back (at_dialects §8.1)."""

from virtual_clock import run

from mtmo import dialects
from mtmo.modem import sms_setup
from mtmo.outbox import send_errors


class FakeModem:
    """Answers by a table of line -> information lines; what is in `refused` gets an error; CNMI reads back."""

    def __init__(self, name, answers, refused=()):
        self.dialect = dialects.load(name)
        self.answers = answers
        self.refused = refused
        self.sent = []
        self.mems = ["ME"]
        self.mem = 0
        self.cnmi = ""
        self.acks = False

    async def infos(self, line, prefix):
        return self.answers.get(line, [])

    async def answer(self, line):
        found = self.answers.get(line, [])
        if not found:
            return [""]
        return [part.strip().strip('"') for part in found[0].decode().split(":")[1].split(",")]

    async def attempt(self, line, timeout_ms=0):
        self.sent.append(line)
        if line in self.refused or "*" in self.refused:
            return False
        if line.startswith("AT+CNMI="):
            self.answers["AT+CNMI?"] = [b"+CNMI: " + line[8:].encode()]
        return True


_SIM800 = b"+CNMI: (0-3),(0-3),(0,2),(0,1),(0,1)"
_M26 = b"+CNMI: (0-3),(0-3),(0,2,3),(0-2),(0,1)"
_CINTERION = b"+CNMI: (0,1,2),(0,1),(0,2),(0),(1)"
_MC75I = b"+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)"
_LIVE_ONLY = b"+CNMI: (0-2),(0,2),(0),(0,1),(0)"

# what the modem offers, what it refuses all the same, what is chosen; at least four fallbacks behind the first
INDICATIONS = (
    ("generic", _SIM800, (), "2,1,0,0,0"),
    ("sim800", _SIM800, (), "2,1,0,0,0"),
    ("m95", _M26, (), "2,1,0,0,0"),
    ("cinterion", _CINTERION, (), "2,1,0,0,1"),
    ("generic", _CINTERION, (), "2,1,0,0,1"),
    ("generic", _MC75I, (), "2,1,0,0,1"),
    ("nrf91", None, (), "3,2,0,1"),
    ("generic", _SIM800, ("AT+CNMI=2,1,0,0,0",), "1,1,0,0,0"),
    ("generic", _SIM800, ("AT+CNMI=2,1,0,0,0", "AT+CNMI=1,1,0,0,0"), "2,1,0,0,1"),
    ("generic", _SIM800, ("AT+CNMI=2,1,0,0,0", "AT+CNMI=1,1,0,0,0", "AT+CNMI=2,1,0,0,1"), "1,1,0,0,1"),
    ("generic", None, ("AT+CNMI=2,1,0,0,0",), "1,1,0,0,0"),
    ("generic", b"+CNMI: \xff(", (), "2,1,0,0,0"),
    ("generic", b"+CNMI: (),(),()", (), "2,1,0,0,0"),
    ("generic", _SIM800, ("*",), ""),
)

_ME_SM = b'+CPMS: ("ME","MT","SM"),("ME","MT","SM"),("ME","MT","SM")'
# dialect, what AT+CPMS=? says, what AT+CPMS? says afterwards, refused, the choice, what is read
STORES = (
    ("generic", _ME_SM, b'+CPMS: "ME",0,9,"ME",0,9,"ME",0,9', (), '"ME","ME","ME"', ["ME", "SM"]),
    ("generic", b'+CPMS: ("SM"),("SM"),("SM")', None, (), '"SM","SM","SM"', ["SM"]),
    ("generic", b'+CPMS: ("SM","ME"),("SM","ME"),("SM")', None, (), '"SM","SM","SM"', ["SM", "ME"]),
    ("generic", b'+CPMS: "SM","ME"', None, (), '"ME","ME","ME"', ["ME", "SM"]),
    ("generic", b"+CPMS: (),(),()", None, (), '"ME","ME","ME"', ["ME"]),
    ("generic", None, None, (), '"ME","ME","ME"', ["ME"]),
    ("generic", _ME_SM, b"+CPMS: 0,9,0,9,0,9", (), '"ME","ME","ME"', ["ME", "SM"]),
    ("generic", _ME_SM, b'+CPMS: "ME",0,9,"ME",0,9,"SM",0,9', (), '"ME","ME","ME"', ["SM", "ME"]),
    ("generic", _ME_SM, None, ('AT+CPMS="ME","ME","ME"',), '"ME","ME"', ["ME", "SM"]),
    ("generic", b'+CPMS: ("SM","BM","SR"),("SM"),("SM")', None, (), '"SM","SM","SM"', ["SM"]),
)


class _Chat:
    def __init__(self, modem):
        self._modem = modem

    async def request(self, line):
        from mtmo.errors import AtRefused

        if not await self._modem.attempt(line):
            raise AtRefused(line, "ERROR")


def test_the_first_indication_that_is_offered_taken_and_reads_back_is_chosen():
    for name, offered, refused, chosen in INDICATIONS:
        modem = FakeModem(name, {"AT+CNMI=?": [offered]} if offered else {}, refused)
        if name == "nrf91":
            modem.mems = []
        run(sms_setup.enable_indications(modem))
        assert modem.cnmi == chosen, (name, offered, refused, modem.cnmi)
        if chosen == "":
            assert sum([line.startswith("AT+CNMI=") for line in modem.sent]) >= 5, modem.sent


def test_an_indication_that_is_acknowledged_and_not_kept_is_not_believed():
    modem = FakeModem("generic", {"AT+CNMI?": [b"+CNMI: 1,0,0,0,0"]})
    taken = []

    async def attempt(line, timeout_ms=0):
        taken.append(line)
        if line == "AT+CNMI=1,1,0,0,0":
            modem.answers["AT+CNMI?"] = [b"+CNMI: 1,1,0,0,0"]
        return True

    modem.attempt = attempt
    run(sms_setup.enable_indications(modem))
    assert modem.cnmi == "1,1,0,0,0" and taken[0] == "AT+CNMI=2,1,0,0,0"


def test_a_modem_that_only_hands_texts_on_is_served_routed_and_acknowledged():
    modem = FakeModem("generic", {"AT+CNMI=?": [_LIVE_ONLY], "AT+CSMS=?": [b"+CSMS: (0,1)"], "AT+CMGF?": [b"+CMGF: 0"]})
    modem.chat = _Chat(modem)
    modem.refused = tuple(
        'AT+CPMS=%s' % line for mem in ("ME", "SM", "MT")
        for line in ('"%s","%s","%s"' % (mem, mem, mem), '"%s","%s"' % (mem, mem), '"%s"' % mem)
    )  # fmt: skip
    modem.answers["AT+CSMS?"] = [b"+CSMS: 1,1,1,1"]
    run(sms_setup.choose_store(modem))
    assert modem.mems == [] and modem.acks and "AT+CSMS=1" in modem.sent
    run(sms_setup.enable_indications(modem))
    assert modem.cnmi == "2,2,0,0,0"


def test_the_store_for_new_messages_is_chosen_from_whatever_the_modem_says():
    for name, offered, kept, refused, chosen, read in STORES:
        answers = {"AT+CMGF?": [b"+CMGF: 0"]}
        if offered:
            answers["AT+CPMS=?"] = [offered]
        if kept:
            answers["AT+CPMS?"] = [kept]
        modem = FakeModem(name, answers, refused)
        modem.chat = _Chat(modem)

        async def read_store():
            return False

        modem.read_store = read_store
        run(sms_setup.choose_store(modem))
        assert modem.mems == read, (offered, kept, modem.mems)
        assert [line for line in modem.sent if line.startswith("AT+CPMS")][-1] == "AT+CPMS=" + chosen, modem.sent


# kind, code, the dialect whose table counts, whether the PDU went out, class
ERRORS = (
    ("CMS", 1, "generic", True, "P"),
    ("CMS", 21, "generic", True, "O"),
    ("CMS", 41, "generic", True, "T"),
    ("CMS", 50, "generic", True, "P"),
    ("CMS", 197, "generic", True, "D"),
    ("CMS", 255, "generic", True, "U"),
    ("CMS", 304, "generic", True, "P"),
    ("CMS", 314, "generic", True, "T"),
    ("CMS", 322, "generic", True, "F"),
    ("CMS", 330, "generic", True, "F"),
    ("CMS", 331, "generic", True, "T"),
    ("CMS", 332, "generic", True, "U"),
    ("CMS", 332, "generic", False, "O"),  # refused at the prompt: nothing was sent
    ("CMS", 500, "generic", True, "U"),
    ("CMS", 512, "generic", True, "U"),
    ("CMS", 512, "ec25", True, "T"),
    ("CMS", 512, "cinterion", True, "F"),
    ("CMS", 512, "telit_me910", True, "T"),
    ("CMS", 512, "sim800", True, "U"),
    ("CMS", 512, "sara_r4", True, "U"),
    ("CMS", 513, "telit_me910", True, "U"),
    ("CMS", 513, "ec25", True, "P"),
    ("CMS", 515, "telit_me910", True, "T"),
    ("CMS", 524, "nrf91", True, "F"),
    ("CMS", 606, "hl78", True, "T"),
    ("CMS", 606, "generic", True, "U"),
    ("CMS", 99999, "sim800", True, "U"),
    ("CMS", -1, "generic", True, "U"),
    ("CME", 14, "generic", True, "T"),
    ("CME", 4, "generic", True, "P"),
    ("CME", 100, "generic", True, "U"),
    ("EXT", 3, "generic", True, "U"),
    ("", -1, "generic", True, "U"),
    ("", -1, "generic", False, "O"),
)


def test_the_class_of_a_refusal_is_the_tables_and_vendor_numbers_count_in_their_dialect_alone():
    for kind, code, name, body_sent, found in ERRORS:
        record = dialects.load(name)
        assert send_errors.classify(kind, code, record["cms"], body_sent) == found, (kind, code, name)


def test_every_standard_number_has_one_class():
    for code in range(512):
        assert send_errors.classify("CMS", code, "", True) in ("P", "T", "O", "F", "U", "D")
    assert send_errors.classify("CMS", 4, "", True) == "U"  # not 41, 42 or 47
    assert send_errors.classify("CMS", 30, "", True) == "P" and send_errors.classify("CMS", 300, "", True) == "O"
