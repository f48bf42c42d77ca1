"""Constants of one module that another says: their values are compiled, their names are not."""

from __future__ import annotations

import pytest

from mtmo_host import resources
from mtmo_host.flash.compile import device_sources
from mtmo_host.flash.names import shared

HOME = "from micropython import const\nLOST = const(2)\nKIND = 'kind'\nLONG = 'more than ten letters'\n"
# what another module says, and what is compiled of it
SAID = (
    ("imported", "from .home import LOST\nx = LOST + 1", "x = 2 + 1"),
    ("imported under another name", "from .home import LOST as L\nx = L", "x = 2"),
    ("by its module", "from . import home\nx = home.KIND", "from . import home\nx = 'kind'"),
    ("by a module that is loaded late", "from . import once\ndef f():\n    h = once('home')\n    return h.LOST",
     "from . import once\n\ndef f():\n    h = once('home')\n    return 2"),
    ("too long to be kept once", "from .home import LONG\nx = LONG", "from .home import LONG\nx = LONG"),
    ("bound again", "from .home import LOST\nLOST = 5\nx = LOST", "from .home import LOST\nLOST = 5\nx = LOST"),
    ("of a name that may be two things", "from . import home\nhome = object()\nx = home.LOST",
     "from . import home\nhome = object()\nx = home.LOST"),
)  # fmt: skip


@pytest.mark.parametrize(("source", "compiled"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_a_constant_of_another_module_is_put_in(source: str, compiled: str) -> None:
    assert shared({"mtmo/home.py": HOME, "mtmo/user.py": source})["mtmo/user.py"].replace("pass\n", "") == compiled


def test_a_constant_that_nobody_says_any_more_leaves_no_name() -> None:
    home = shared({"mtmo/home.py": HOME, "mtmo/user.py": "from .home import LOST\nx = LOST"})["mtmo/home.py"]
    assert "LOST" not in home
    assert "LONG" in home


@pytest.mark.parametrize("user", ["x = anything.LOST", "x = getattr(anything, 'LOST')", "from .other import LOST"])
def test_a_constant_that_somebody_may_still_ask_for_stays(user: str) -> None:
    assert "LOST = const(2)" in shared({"mtmo/home.py": HOME, "mtmo/user.py": user})["mtmo/home.py"]


def test_what_applications_may_import_stays() -> None:
    assert "LOST" in shared({"mtmo/agent.py": HOME})["mtmo/agent.py"]


def test_no_module_of_the_agent_imports_a_short_constant_of_another() -> None:
    root = resources.device_dir()
    compiled = shared({path.relative_to(root).as_posix(): path.read_text("utf-8") for path in device_sources(root)})
    lines = [line for text in compiled.values() for line in text.split("\n") if "import" in line]
    for name in ("ACCEPTED", "RERUN", "LOST", "RECOVERY"):
        assert not [line for line in lines if name in line.replace(",", "").split()], name
