"""Texts are served as they were meant: by time, and signed ones by counter, whatever the clocks said."""

from mtmo.inbox.order import by_age

MAC = "22CDX6MYSKTB4"


class Text:
    def __init__(self, text, second, place=1, year="62"):
        self.text = text
        self.scts = year + "3041000000"[: 10 - 2] + "%d%d" % (second % 10, second // 10) + "00"
        self.places = [place]


def command(kid, ctr):
    return "*%s%d.%s ping" % (kid, ctr, MAC)


def served(*texts):
    return [text.text for text in by_age(list(texts))]


def test_texts_are_served_by_their_time_stamps():
    assert served(Text("c", 30), Text("a", 2), Text("b", 10)) == ["a", "b", "c"]


def test_texts_of_one_second_are_served_by_their_places():
    assert served(Text("b", 1, 7), Text("a", 1, 3)) == ["a", "b"]


def test_a_command_from_next_year_is_served_before_those_with_a_higher_counter():
    late = Text(command("A", 7), 1, year="72")
    assert served(late, Text(command("A", 8), 2), Text(command("A", 9), 3)) == [
        command("A", 7),
        command("A", 8),
        command("A", 9),
    ]


def test_counters_of_two_slots_say_nothing_of_each_other():
    texts = Text(command("B", 50), 1), Text(command("A", 2), 2), Text(command("B", 49), 3), Text(command("A", 1), 4)
    assert served(*texts) == [command("B", 49), command("A", 1), command("B", 50), command("A", 2)]


def test_what_is_not_signed_keeps_its_place_among_the_signed():
    texts = Text(command("A", 9), 1), Text("hello", 2), Text(None, 3), Text(command("A", 8), 4), Text("=A7." + MAC, 5)
    assert served(*texts) == [command("A", 8), "hello", None, command("A", 9), "=A7." + MAC]


def test_a_counter_beyond_a_small_integer_is_one_too():
    texts = Text(command("A", 4294967295), 1), Text(command("A", 3000000000), 2), Text(command("A", 5), 3)
    assert served(*texts) == [command("A", 5), command("A", 3000000000), command("A", 4294967295)]
