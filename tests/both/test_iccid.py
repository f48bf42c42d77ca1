"""The card's number wherever a modem puts it: behind a slot, quoted, with its filler (TS 102 221 §13.2)."""

from mtmo.modem.bring_up import iccid_in

NUMBER = "8988303000006734768"

LINES = (
    ("bare", b"8988303000006734768", NUMBER),
    ("blanks around", b"  8988303000006734768 ", NUMBER),
    ("SIMCom", b"+ICCID: 8988303000006734768", NUMBER),
    ("no blank behind the colon", b"+ICCID:8988303000006734768", NUMBER),
    ("no colon", b"+CCID 8988303000006734768", NUMBER),
    ("behind a slot", b'+ICCID: 0,"8988303000006734768"', NUMBER),
    ("behind a slot, not quoted", b"+CCID: 1,8988303000006734768", NUMBER),
    ("before a slot", b'+CCID: "8988303000006734768",1', NUMBER),
    ("Cinterion", b"^SCID: 8988303000006734768", NUMBER),
    ("Telit", b"#CCID: 8988303000006734768", NUMBER),
    ("Nordic", b"%XICCID: 8988303000006734768F", NUMBER),
    ("Sequans", b'+SQNCCID: "8988303000006734768",""', NUMBER),
    ("Sequans with an eID", b'+SQNCCID: "8988303000006734768","89049032000001000000012345678901"', NUMBER),
    ("Quectel's filler", b"+QCCID: 8988303000006734768F", NUMBER),
    ("a small filler", b"8988303000006734768f", NUMBER),
    ("two fillers", b"+QCCID: 898830300000673476FF", NUMBER[:18]),
    ("18 digits", b"898830300000673476", NUMBER[:18]),
    ("20 digits", b"+CCID: 89883030000067347689", "89883030000067347689"),
    ("22 digits", b"+CCID: 8988303000006734768901", "8988303000006734768901"),
    ("a wrong check digit", b"+CCID: 8988303000006734760", "8988303000006734760"),
    ("hex digits inside", b"+QCCID: 898600D6991330004146", "898600D6991330004146"),
    ("small hex digits", b"+QCCID: 898600d6991330004146", "898600D6991330004146"),
    ("17 digits", b"+CCID: 89883030000067347", ""),
    ("23 digits", b"+CCID: 89883030000067347689012", ""),
    ("an eID alone", b"89049032000001000000012345678901", ""),
    ("an IMEI", b"356938035643809", ""),
    ("an IMSI behind a slot", b'+X: 0,"295050901896999"', ""),
    ("hex that is no card's", b"+X: ABCDEF0123456789ABCD", ""),
    ("fillers alone", b"FFFFFFFFFFFFFFFFFFFF", ""),
    ("a slot alone", b"+ICCID: 0", ""),
    ("half a line", b'+ICCID: 0,"89883030', ""),
    ("a word", b"+CPIN: READY", ""),
    ("noise in it", b"+CCID: 898830300\xff0006734768", ""),
    ("nothing", b"", ""),
)


def test_the_number_is_the_field_of_18_to_22_digits_wherever_it_stands():
    for name, line, number in LINES:
        assert iccid_in(line) == number, (name, iccid_in(line))
