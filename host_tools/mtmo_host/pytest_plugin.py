"""The pytest plugin: an emulated modem, network or board as a fixture. It imports nothing until a test asks for one.

    def test_my_program(mtmo_modem):
        mtmo_modem.text("hello", sender="+4915112345678")
        my_program(mtmo_modem.port)
        assert mtmo_modem.sent[0].text == "world"

What a program does against the rules of the line (a command before the last result, a body before the prompt) fails the
test that did it. `@pytest.mark.mtmo("ec25", faults="flaky", baud=115200)` chooses what modem it is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from mtmo_host.testing.board import DeskBoard
    from mtmo_host.testing.desk import Desk
    from mtmo_host.testing.modem import DeskModem
    from mtmo_host.testing.network import DeskNetwork

_T = TypeVar("_T")
_MARKER = (
    'mtmo(name, *, number, faults, baud, speed, seed, violations): the emulated modem of this test: its kind ("ec25"), '
    'MSISDN ("+491511234567"), faults ("flaky", or several), the speed of its line, how much faster than a real one it '
    'answers (at once by default), the seed of its delays and faults; violations="allow" lets the program break rules.'
)
_OPTIONS = ("number", "faults", "baud", "speed", "seed", "violations")
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,), "number": (str,), "faults": (str, tuple, list), "baud": (int,), "speed": (int, float),
    "seed": (int,),
}  # fmt: skip
_OF_BOARD = ("faults", "baud")
_desk_key = pytest.StashKey["Desk"]()


def pytest_configure(config: pytest.Config) -> None:
    """Say what the marker means."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test whose program broke a rule, if nothing else did."""
    result = yield
    desk = item.stash.get(_desk_key, None)
    if desk is not None and _options(item).get("violations") != "allow":
        found = desk.violations()
        if found:
            pytest.fail("the side that drives the modem broke rules:\n  " + "\n  ".join(found), pytrace=False)
    return result


@pytest.fixture
def _mtmo_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """What the fixtures of one test share."""
    from mtmo_host.testing.desk import Desk

    desk = Desk(tmp_path / "mtmo")
    request.node.stash[_desk_key] = desk
    try:
        yield desk
    finally:
        desk.close()


@pytest.fixture
def mtmo_modem(request: pytest.FixtureRequest, _mtmo_desk: Desk) -> DeskModem:
    """An emulated modem at `mtmo_modem.port`, on, registered, and with a network behind it."""
    options = _options(request.node)
    options.pop("violations", None)
    return _made(lambda: _mtmo_desk.modem(**options))


@pytest.fixture
def mtmo_network(_mtmo_desk: Desk) -> DeskNetwork:
    """The network of this test's modems with its REST API (`.http`) and SMPP (`.smpp`) open."""
    return _made(_mtmo_desk.network)


@pytest.fixture
def mtmo_board(request: pytest.FixtureRequest, _mtmo_desk: Desk) -> DeskBoard:
    """A virtual board with mtmo's agent flashed and an emulated modem behind it; its REPL is at `.repl`."""
    options = _options(request.node)
    options = {key: value for key, value in options.items() if key in ("name", *_OF_BOARD)}
    return _made(lambda: _mtmo_desk.board(**options))


def _made(make: Callable[[], _T]) -> _T:
    """What a fixture is; an error that its user can act on comes as one line."""
    from mtmo_host.errors import MtmoError

    try:
        return make()
    except MtmoError as error:
        wrong = str(error)
    pytest.fail(wrong, pytrace=False)  # outside of the handler: pytest would show its context, too


def _options(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a test say, the nearest first; wrong use is an error of the test."""
    options: dict[str, Any] = {}
    for marker in item.iter_markers("mtmo"):
        unknown = [name for name in marker.kwargs if name not in _OPTIONS]
        if unknown or len(marker.args) > 1:
            pytest.fail(f"mtmo marker of {item.nodeid}: takes a name and {', '.join(_OPTIONS)}", pytrace=False)
        if marker.kwargs.get("violations", "allow") not in ("allow", "fail"):
            pytest.fail(f'mtmo marker of {item.nodeid}: violations is "allow" or "fail"', pytrace=False)
        for name, value in {"name": marker.args[0] if marker.args else "", **marker.kwargs}.items():
            if type(value) not in _TYPES.get(name, (type(value),)):
                kinds = " or ".join(kind.__name__ for kind in _TYPES[name])
                pytest.fail(
                    f"mtmo marker of {item.nodeid}: {name} is {value!r}, and should be a {kinds}", pytrace=False
                )
        given = {"name": marker.args[0], **marker.kwargs} if marker.args else dict(marker.kwargs)
        options = given | options
    return options
