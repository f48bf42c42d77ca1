"""A modem on the REPL's UART is refused before a text can be typed into Python (sms_security case 82)."""

from mtmo.errors import ConfigError
from mtmo.wiring import check


class Uart:
    """As machine.UART shows itself."""

    def __init__(self, number: int):
        self._number = number

    def __repr__(self) -> str:
        return "UART(%d, baudrate=115200, bits=8)" % self._number


class Dupterm:
    """As os.dupterm, with one slot: sets the stream, and returns the one before."""

    def __init__(self, stream):
        self.stream = stream

    def __call__(self, stream):
        before, self.stream = self.stream, stream
        return before


def refusal(mcu: str, number: int, dupterm) -> str:
    try:
        check({"mcu": mcu, "uart": {"id": number}}, dupterm)
    except ConfigError as error:
        assert error.field == "/board.json"
        return error.reason
    return ""


def test_the_uart_of_the_repl_is_refused():
    for mcu in ("esp32", "esp32s3"):
        assert "the REPL is on UART 0" in refusal(mcu, 0, None)
        assert refusal(mcu, 1, None) == ""
    assert refusal("rp2", 0, None) == "", "its REPL is on USB"


def test_a_uart_that_os_dupterm_has_is_refused_and_any_other_stays_there():
    for stream, refused in ((None, False), (Uart(1), True), (Uart(2), False), (Uart(11), False), (object(), False)):
        dupterm = Dupterm(stream)
        assert bool(refusal("rp2", 1, dupterm)) == refused, stream
        assert dupterm.stream is stream
