"""What may be written as APN, user and password (TS 23.003 §9.1)."""

from support import raises

from mtmo import apn_rules
from mtmo.errors import ApnError


def test_apns_that_may_be_written():
    rows = ("em", "a", "1", "iot.1nce.net", "internet", "INTERNET.Telekom", "a-b.c-d", "mnc.mcc.x", "a" * 62)
    rows += ("em.mnc001.mcc262.gprs", "a" * 62 + ".mnc001.mcc262.gprs", "gprs.em", "em.gprs.de", "a.mac", "arac")
    for apn in rows:
        assert apn_rules.check_apn(apn) == apn, apn
    assert apn_rules.check_apn("-") == ""


def test_apns_that_may_not():
    rows = ("", "*", ".", "..", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a-.b", "--", "a_b", "a b", " em", "em ", "é")
    rows += ("em\r", "em\n", "em\x1a", "em\x1b", 'em"', "em,", "em;", "em%", "em\0")
    rows += ("a" * 63, ".".join(["a" * 31] * 2), "a" * 64)
    rows += ("rac", "rac1.net", "LAC.net", "lacledge", "sgsn.x", "SGSN", "rnc", "rncx", "em.gprs", "em.GPRS", "gprs")
    rows += ("em.mnc01.gprs", "em.gprs.mnc001.mcc262.gprs", "mnc001.mcc262.gprs", "em.mncabc.mcc262.gprs", "a" * 101)
    rows += (".".join(["ab"] * 40),)
    for apn in rows:
        error = raises(ApnError, apn_rules.check_apn, apn)
        assert error and error.field == "apn" and error.reason, apn


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
        assert apn_rules.same_apn(wanted, seen) == same, (wanted, seen)


def test_credentials():
    for text in ("u", "user@isp.net", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "x" * 32):
        assert apn_rules.check_user(text) == text, text
        assert apn_rules.check_password(text) == text, text
    for text in ("", "a b", 'a"', "a\\", "é", "a\r", "a\n", "a\x1a", "a\x1b", "a\x7f", "x" * 33):
        user = raises(ApnError, apn_rules.check_user, text)
        password = raises(ApnError, apn_rules.check_password, text)
        assert user and user.field == "user" and password and password.field == "password", text
    assert raises(ApnError, apn_rules.check_user, "x" * 17, 16)
    assert apn_rules.check_user("x" * 16, 16)
    assert raises(ApnError, apn_rules.check_user, "x" * 33, 64)
