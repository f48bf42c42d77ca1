"""Fixtures that several files of this folder share."""

import os
from collections.abc import Iterator

import pytest
from flash_bench import bench, device  # noqa: F401 - pytest finds them by name


@pytest.fixture(autouse=True, scope="session")
def _desk_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs for the tests is found by no command of the person who runs them, nor the other way round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", os.fspath(tmp_path_factory.mktemp("xdg")))
        yield
