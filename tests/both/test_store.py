"""Two-slot records: the newest whole value is read, whatever happened to the other slot."""

import os
import time

from mtmo.errors import StoreError
from mtmo.store import Store

_count = [0]


def fresh_folder() -> str:
    """A folder that did not exist before."""
    _count[0] += 1
    return "%s/mtmo-store-%d-%d" % (os.getenv("TMPDIR") or "/tmp", int(time.time() * 1000000) % 1000000000, _count[0])


def content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def test_a_record_reads_back_and_the_newest_wins():
    store = Store(fresh_folder())
    assert store.read("x") is None
    assert not store.lost("x")
    for value in ({"a": 1}, {"a": 2}, {"a": [3, "ä", None]}):
        store.write("x", value)
        assert store.read("x") == value
    assert store.writes == 3


def test_a_torn_write_at_any_octet_leaves_the_value_before_it():
    folder = fresh_folder()
    store = Store(folder)
    store.write("x", {"n": 1})
    store.write("x", {"n": 2})
    whole = content(folder + "/x.0")  # the next write goes here: slot 1 is newer
    store.write("x", {"n": 3})
    newest = content(folder + "/x.0")
    for cut in range(len(newest)):
        for tail in (b"", whole[cut:]):
            with open(folder + "/x.0", "wb") as file:
                file.write(newest[:cut] + tail)
            found = Store(folder).read("x")
            assert found in ({"n": 2}, {"n": 1}), (cut, found)
            assert found == {"n": 2}


def test_a_flipped_bit_anywhere_is_noticed():
    folder = fresh_folder()
    store = Store(folder)
    store.write("x", {"n": 1})
    store.write("x", {"n": 2})
    newest = content(folder + "/x.1")
    for at in range(len(newest)):
        octets = bytearray(newest)
        octets[at] ^= 4
        with open(folder + "/x.1", "wb") as file:
            file.write(octets)
        assert Store(folder).read("x") == {"n": 1}, at


def test_a_very_first_write_that_was_torn_has_lost_nothing():
    folder = fresh_folder()
    Store(folder).write("x", {"n": 1})
    octets = content(folder + "/x.0")
    for cut in range(len(octets)):
        with open(folder + "/x.0", "wb") as file:
            file.write(octets[:cut])
        assert Store(folder).read("x") is None
        assert not Store(folder).lost("x")


def test_a_write_that_fails_leaves_the_value_before_it_and_the_flash_alone_for_a_while():
    folder = fresh_folder()
    store = Store(folder)
    store.write("x", {"n": 1})
    os.mkdir(folder + "/x.1")  # nothing can be written there
    for _ in range(3):
        try:
            store.write("x", {"n": 2})
        except StoreError as error:
            assert error.field
        else:
            raise AssertionError("it was not refused")
    assert store.failed == 1
    assert 0 < store.wait_s() <= 10
    assert store.writes == 3, "once more at once, then not"
    assert store.read("x") == {"n": 1}
    os.rmdir(folder + "/x.1")
    store = Store(folder)
    store.write("x", {"n": 2})
    assert (store.failed, store.wait_s()) == (0, 0)


def test_both_slots_damaged_is_known_as_lost():
    folder = fresh_folder()
    store = Store(folder)
    store.write("x", {"n": 1})
    store.write("x", {"n": 2})
    for slot in ("/x.0", "/x.1"):
        with open(folder + slot, "wb") as file:
            file.write(b"rubbish")
    assert Store(folder).read("x") is None
    assert Store(folder).lost("x")
