"""The allow-list: exact addresses with their type of number, roles, and who may be answered (sms_security §2.3, A)."""

from mtmo.access import answerable, form_of, lower_role, may, parse_form, role_of
from mtmo.tpdu import Address

ALLOWED = [["+491511234567", "admin"], ["alnum:EMnify", "operator"], ["short:12345", "viewer"]]

# case of sms_security §2.3, ton, number, role
WHO = (
    ("listed international", 1, "491511234567", "admin"),
    ("letters without case", 5, "emNIFY", "operator"),
    ("short code, unknown type", 0, "12345", "viewer"),
    ("short code, national type", 2, "12345", "viewer"),
    ("02 letters that spell an allowed number", 5, "+4915112345", ""),
    ("02 letters that spell an allowed short code", 5, "12345", ""),
    ("03 same digits, national", 2, "491511234567", ""),
    ("03 same digits, unknown", 0, "491511234567", ""),
    ("04 empty", 1, "", ""),
    ("04 empty, unknown", 0, "", ""),
    ("05 one digit more", 1, "4915112345678", ""),
    ("05 one digit less", 1, "49151123456", ""),
    ("05 prefix of a short code", 0, "1234", ""),
    ("short code as international", 1, "12345", ""),
)

FORMS = (
    ("+491511234567", (1, "491511234567")),
    ("alnum:EMnify", (5, "EMnify")),
    ("short:12345", (0, "12345")),
    ("national:01511234567", (2, "01511234567")),
    ("unknown:01511234567", (0, "01511234567")),
)
NO_FORMS = (
    "",
    "12345",
    "+",
    "+0491511234567",
    "+49151",
    "+4915112345678901",
    "short:",
    "short:123456789",
    "alnum:",
    "short:12a",
)
NO_FORMS += ('+49";+CFUN=1,1', "alnum:longer than 11", "tel:123")


def test_only_the_exact_address_with_its_type_of_number_has_a_role():
    for name, ton, digits, role in WHO:
        assert role_of(Address(ton, 1, digits), ALLOWED) == role, name


def test_an_empty_list_denies_everybody():
    for name, ton, digits, _ in WHO:
        assert role_of(Address(ton, 1, digits), []) == "", name


def test_an_entry_with_an_unknown_role_opens_nothing():
    assert role_of(Address(0, 1, "12345"), [["short:12345", "root"]]) == ""


def test_forms_and_addresses_name_each_other():
    for form, (ton, digits) in FORMS:
        address = parse_form(form)
        assert (address.ton, address.number) == (ton, digits), form
        assert form_of(address) == form
    for text in NO_FORMS:
        assert parse_form(text) is None, text


def test_a_role_may_what_its_class_and_the_classes_below_ask():
    for role, allowed in (("viewer", 1), ("operator", 2), ("admin", 3)):
        assert [may(role, verb_class) for verb_class in ("read", "write", "danger")] == [True] * allowed + [False] * (
            3 - allowed
        )
    assert lower_role("admin", "viewer") == "viewer"
    assert lower_role("operator", "admin") == "operator"


def test_only_whole_numbers_and_short_codes_are_answered_and_no_denied_prefix():
    deny = ("+1900", "+44871")
    for ton, digits, wanted in (
        (1, "491511234567", True),
        (0, "12345", True),
        (1, "19005551234", False),
        (1, "448712345678", False),
        (5, "EMnify", False),
        (1, "4915", False),
        (2, "015112345678", False),
        (1, "", False),
    ):
        assert answerable(Address(ton, 1, digits), deny) == wanted, (ton, digits)
