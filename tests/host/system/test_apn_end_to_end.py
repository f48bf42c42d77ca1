"""The operator's whole scenario: a wrong APN goes out signed over REST, the device comes back alone and says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_rig import Up, make_key, running

pytestmark = pytest.mark.slow
BACK_S = 150  # denied for 30 s, then back on the good one, each with its registration


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("lab")
    with running(Up(folder / "state", make_key(folder))) as up:
        yield up


def test_a_try_of_a_bad_apn_over_rest_comes_back_alone_and_status_and_apn_show_the_cause(up: Up) -> None:
    device = up.devices[0]
    command = up.sign(device, "apn try iot.bad 5")
    up.send(device, command.sms)
    answers = up.wait_for_mo(device, 2, BACK_S)
    assert [up.verified(device, sms, command) for sms in answers] == [
        "Q txn=1",
        "E42 txn=1 cause=unknown-apn ceer=27",
    ]
    assert "last=1:unknown-apn" in up.ask(device, "status")
    assert up.ask(device, "apn") == "OK apn=iot stored=iot negotiated=iot state=stable txn=1 last=1:unknown-apn"
    for phase in ("applying", "testing", "rollback", "stable"):
        up.wait_for_console(device, "apn: txn=1 " + phase)
