"""Settings: every value is checked before it is taken, and what is stored and strange falls back to its default."""

from mtmo.errors import SettingError
from mtmo.settings import Settings
from mtmo.settings.table import TABLE
from support import raises

# name, text as in an SMS, value
GOOD = (
    ("access", "allow-list", "allow-list"),
    ("any-sender-if-signed", "on", True),
    ("any-sender-if-signed", "off", False),
    ("reply-to", "+491511234567", "+491511234567"),
    ("reply-to", "-", ""),
    ("replies-per-hour", "0", 0),
    ("sweep-min", "120", 120),
    ("deny-prefixes", "+1900,+809", ("+1900", "+809")),
)
BAD = (
    ("access", "open"),
    ("access", ""),
    ("any-sender-if-signed", "maybe"),
    ("reply-to", "12345"),
    ("reply-to", "+49;AT"),
    ("replies-per-hour", "61"),
    ("replies-per-hour", "-1"),
    ("replies-per-hour", "1e3"),
    ("replies-per-hour", "99999999999999"),
    ("deny-prefixes", "1900"),
    ("nonsense", "1"),
)


def test_good_values_are_taken():
    for name, text, value in GOOD:
        settings = Settings()
        settings.set(name, text)
        assert settings[name] == value, name


def test_bad_values_are_refused_and_change_nothing():
    for name, text in BAD:
        settings = Settings()
        before = settings.changed()
        assert raises(SettingError, settings.set, name, text), name
        assert settings.changed() == before


def test_doors_are_closed_by_default():
    settings = Settings()
    assert settings["access"] == "signed"
    assert settings["any-sender-if-signed"] is False
    assert settings.access("danger") == "signed"


def test_a_class_of_verbs_may_ask_for_more_than_the_rest():
    settings = Settings({"access": "allow-list", "access-danger": "signed"})
    assert settings.access("read") == "allow-list"
    assert settings.access("danger") == "signed"


def test_what_is_stored_and_strange_falls_back_to_its_default():
    settings = Settings({"access": "open", "replies-per-hour": 9999, "from-the-future": 1})
    assert settings.changed() == {}


def test_only_what_differs_from_the_defaults_is_stored_and_comes_back():
    settings = Settings({"sweep-min": 5, "deny-prefixes": ["+1900"]})
    again = Settings(settings.changed())
    assert again["sweep-min"] == 5
    assert list(again["deny-prefixes"]) == ["+1900"]


def test_every_default_is_a_value_its_own_row_takes():
    for row in TABLE:
        settings = Settings()
        settings.set(row[0], row[2])
        assert settings.changed() == {}, row[0]
