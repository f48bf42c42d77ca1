"""What may be written to a modem as APN, user and password: each row with the clause it stands for."""

from mtmo import apn_profile, apn_rules
from mtmo.errors import ApnError
from support import raises

# APN, clause
GOOD = (
    ("em", "TS 23.003 §9.1.1: one label"),
    ("a", "RFC 1034 §3.1: a label of one character"),
    ("1", "RFC 1123 §2.1: a digit may begin a label"),
    ("iot.1nce.net", "TS 23.003 §9.1: labels joined by dots"),
    ("INTERNET.Telekom", "TS 23.003 §9.1: letters of both cases"),
    ("a-b.c-d", "TS 23.003 §9.1: a hyphen inside a label"),
    ("a" * 62, "TS 23.003 §9.1.1: a network identifier of 63 octets as encoded"),
    ("em.mnc001.mcc262.gprs", "TS 23.003 §9.1.2: with its operator identifier"),
    ("EM.MNC001.MCC262.GPRS", "TS 23.003 §9.1: compared without case"),
    ("a" * 62 + ".mnc001.mcc262.gprs", "TS 23.003 §9.1: the operator identifier counts towards 100 octets only"),
    ("gprs.em", "TS 23.003 §9.1.1: gprs is forbidden at the end only"),
    ("em.gprs.de", "TS 23.003 §9.1.1: gprs is forbidden at the end only"),
    ("mnc.mcc.x", "TS 23.003 §9.1.2: no operator identifier without gprs"),
    ("a.mac", "TS 23.003 §9.1.1: only the start of the whole is reserved"),
    ("a.rac", "TS 23.003 §9.1.1: only the start of the whole is reserved"),
    ("arac", "TS 23.003 §9.1.1: only the start of the whole is reserved"),
)

# APN, reason, clause
BAD = (
    ("", "empty", "TS 23.003 §9.1.1: at least one label"),
    ("*", "bad character", "TS 23.003 §9.1.1, §9.2.1: the wild card is the subscription's alone"),
    ("em*", "bad character", "TS 23.003 §9.1"),
    (".", "bad label", "TS 23.003 §9.1: an empty label"),
    ("..", "bad label", "TS 23.003 §9.1: an empty label"),
    ("a.", "bad label", "TS 23.003 §9.1: an empty label"),
    (".a", "bad label", "TS 23.003 §9.1: an empty label"),
    ("a..b", "bad label", "TS 23.003 §9.1: an empty label"),
    ("-a", "bad label", "TS 23.003 §9.1: a label begins with a letter or digit"),
    ("a-", "bad label", "TS 23.003 §9.1: a label ends with a letter or digit"),
    ("a.-b", "bad label", "TS 23.003 §9.1: a label begins with a letter or digit"),
    ("a-.b", "bad label", "TS 23.003 §9.1: a label ends with a letter or digit"),
    ("--", "bad label", "TS 23.003 §9.1"),
    ("a_b", "bad character", "TS 23.003 §9.1: no underscore"),
    ("a b", "bad character", "TS 23.003 §9.1"),
    (" em", "bad character", "TS 23.003 §9.1"),
    ("em ", "bad character", "TS 23.003 §9.1"),
    ("é", "bad character", "TS 23.003 §9.1: ASCII alone"),
    ("em\r", "bad character", "V.250 §5.2.1: ends the command line"),
    ("em\n", "bad character", "V.250 §5.2.1"),
    ("em\x1a", "bad character", "TS 27.005 §3.5.1: sends a message"),
    ("em\x1b", "bad character", "TS 27.005 §3.5.1: ends a message"),
    ('em"', "bad character", "V.250 §5.4.2.2: ends the string"),
    ("em,", "bad character", "V.250 §5.4.2: the next parameter"),
    ("em;", "bad character", "V.250 §5.4.1: the next command"),
    ("em%", "bad character", "TS 23.003 §9.1"),
    ("em\\", "bad character", "V.250 §5.4.2.2: an escape in strings"),
    ("em\0", "bad character", "TS 23.003 §9.1"),
    ("a" * 63, "too long", "TS 23.003 §9.1.1: 63 octets as encoded"),
    (".".join(["a" * 31] * 2), "too long", "TS 23.003 §9.1.1: dots become length octets"),
    ("a" * 64, "bad label", "RFC 1035 §2.3.4: a label of 63 octets at most"),
    ("a" * 101, "too long", "TS 23.003 §9.1: 100 octets"),
    (".".join(["ab"] * 40), "too long", "TS 23.003 §9.1: 100 octets"),
    ("a" * 82 + ".mnc001.mcc262.gprs", "too long", "TS 23.003 §9.1: 100 octets"),
    ("rac", "starts with rac", "TS 23.003 §9.1.1"),
    ("rac1.net", "starts with rac", "TS 23.003 §9.1.1"),
    ("LAC.net", "starts with lac", "TS 23.003 §9.1.1, without case"),
    ("lacledge", "starts with lac", "TS 23.003 §9.1.1"),
    ("sgsn.x", "starts with sgsn", "TS 23.003 §9.1.1"),
    ("SGSN", "starts with sgsn", "TS 23.003 §9.1.1, without case"),
    ("rncx", "starts with rnc", "TS 23.003 §9.1.1"),
    ("em.gprs", "ends in .gprs", "TS 23.003 §9.1.1"),
    ("em.GPRS", "ends in .gprs", "TS 23.003 §9.1.1, without case"),
    ("gprs", "ends in .gprs", "TS 23.003 §9.1.1"),
    ("em.mnc01.mcc262.gprs", "ends in .gprs", "TS 23.003 §9.1.2: an MNC of three digits"),
    ("em.mnc01.gprs", "ends in .gprs", "TS 23.003 §9.1.2: MNC and MCC"),
    ("em.mncabc.mcc262.gprs", "ends in .gprs", "TS 23.003 §9.1.2: digits"),
    ("em.gprs.mnc001.mcc262.gprs", "ends in .gprs", "TS 23.003 §9.1.1: the network identifier itself"),
    ("mnc001.mcc262.gprs", "ends in .gprs", "TS 23.003 §9.1.2: no network identifier"),
)


def test_apns_that_may_be_written():
    for apn, clause in GOOD:
        assert apn_rules.check_apn(apn) == apn, clause


def test_a_lone_hyphen_is_the_empty_apn():
    assert apn_rules.check_apn("-") == ""


def test_apns_that_may_not():
    for apn, reason, clause in BAD:
        error = raises(ApnError, apn_rules.check_apn, apn)
        assert error and (error.field, error.reason) == ("apn", reason), (apn, clause, error)


def test_no_octet_but_letters_digits_and_the_hyphen_passes_anywhere_in_an_apn():
    for code in range(256):
        char = chr(code)
        if char in "-." or (code < 128 and (char.isalpha() or char.isdigit())):
            continue
        for apn in (char, char + "em", "e" + char + "m", "em" + char):
            assert raises(ApnError, apn_rules.check_apn, apn), code


def test_apns_are_compared_by_network_identifier_without_case():
    rows = (
        ("em", "em", True),
        ("em", "EM", True),
        ("em", "em.mnc001.mcc262.gprs", True),
        ("em", "EM.MNC001.MCC262.GPRS", True),
        ("em", "em.mnc01.mcc262.gprs", True),
        ("em.mnc001.mcc262.gprs", "em", True),
        ("", "anything", True),
        ("em", "", False),
        ("em", "em2", False),
        ("em", "em.gprs", False),
        ("em", "em.mnc001.mcc262.gprsx", False),
        ("em", "em.x.mcc262.gprs", False),
        ("iot.1nce.net", "iot.1nce.com", False),
    )
    for wanted, seen, same in rows:
        assert apn_profile.same_apn(wanted, seen) == same, (wanted, seen)


def test_credentials_are_printable_ascii_without_quote_and_backslash():
    for text in ("u", "user@isp.net", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "x" * 32):
        assert apn_rules.check_user(text) == text, text
        assert apn_rules.check_password(text) == text, text
    for text in ("", "é", "x" * 33):
        assert raises(ApnError, apn_rules.check_user, text).field == "user", text
        assert raises(ApnError, apn_rules.check_password, text).field == "password", text
    for code in range(256):
        if 0x21 <= code <= 0x7E and chr(code) not in '"\\':
            continue
        assert raises(ApnError, apn_rules.check_user, "a" + chr(code)), code
        assert raises(ApnError, apn_rules.check_password, chr(code) + "a"), code


def test_credentials_and_protocol_belong_together():
    rows = (
        (("em", "u", "p", "pap"), ""),
        (("em", "u", "", "chap"), ""),
        (("em", "u", "p", "none"), "auth"),
        (("em", "", "p", "none"), "auth"),
        (("em", "", "p", "pap"), "auth"),
        (("em", "", "", "chap"), "auth"),
        (("em", "u", "p", "mschap"), "auth"),
        (("em", "u", "p", "pap", "ipv4"), "type"),
        (("em", "u", "p", "pap", "ipv4v6"), ""),
    )
    for row, field in rows:
        error = raises(ApnError, apn_profile.Profile, *row)
        assert (error.field if error else "") == field, row


def test_what_is_longer_than_the_modem_takes_does_not_fit():
    dialect = {"apn_max": 20, "user_max": 4, "password_max": 6, "types": ("ip",)}
    apn_profile.Profile("a" * 20, "u" * 4, "p" * 6, "pap").check_fits(dialect)
    for row, field in (
        (("a" * 21,), "apn"),
        (("em", "u" * 5, "p", "pap"), "user"),
        (("em", "u", "p" * 7, "pap"), "password"),
        (("em", "", "", "none", "ipv6"), "type"),
    ):
        assert raises(ApnError, apn_profile.Profile(*row).check_fits, dialect).field == field, row
