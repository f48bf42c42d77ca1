"""The fault menu: each fault acts as its row says, the same seed meets the same faults, and off is off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from emulator_fault_acts import ACTS, OK, context, long_text, on, rig, send
from emulator_rig import Rig

from mtmo_host.emulator import personality_names
from mtmo_host.emulator.faults import MENU, PROFILES
from mtmo_host.emulator.sms.store import Stat
from mtmo_host.errors import MtmoError

# --- the table itself


def test_the_menu_is_f1_to_f26_in_order_and_every_row_says_what_it_is() -> None:
    assert [fault.id for fault in MENU] == [f"F{n}" for n in range(1, 27)]
    assert len({fault.name for fault in MENU}) == 26
    for fault in MENU:
        assert fault.help
        for parameter in fault.parameters:
            assert parameter.help
            assert parameter.parse(parameter.default, "x") == parameter.default, f"{fault.id}.{parameter.name}"


WRONG = [
    ("F3", {"rate": 1.5}, "F3.rate: 1.5 is not allowed (allowed: 0 to 1)"),
    ("F3", {"rate": "nan"}, "F3.rate: 'nan' is not allowed (allowed: 0 to 1)"),
    ("F3", {"rate": True}, "F3.rate: True is not allowed (allowed: 0 to 1)"),
    ("F3", {"kind": "bend"}, "F3.kind: 'bend' is not allowed (allowed: any, drop, double, flip)"),
    ("F1", {"every": 0}, "F1.every: 0 is not allowed (allowed: 1 to 4096)"),
    ("F1", {"every": 2.5}, "F1.every: 2.5 is not allowed (allowed: 1 to 4096)"),
    ("F7", {"silent": "perhaps"}, "F7.silent: 'perhaps' is not allowed (allowed: yes or no)"),
    ("F19", {"length": 10**30}, f"F19.length: {10**30} is not allowed (allowed: 64 to 65536)"),
    ("F2", {"sm": 1}, "F2.sm: no such parameter (it has ms)"),
    ("F15", {"ms": 1}, "F15.ms: no such parameter (it has none)"),
    ("F27", {}, "faults: no fault is called 'F27' (F1 to F26, or a name of the menu)"),
]


@pytest.mark.parametrize(("fault", "parameters", "said"), WRONG, ids=[row[2].split(":")[0] for row in WRONG])
def test_a_wrong_choice_names_the_field_and_changes_nothing(
    fault: str, parameters: dict[str, object], said: str
) -> None:
    made = on("F2")
    with pytest.raises(MtmoError) as refused:
        made.modem.faults.switch(fault, **parameters)
    assert str(refused.value) == said
    assert list(made.modem.faults.active()) == ["F2"]


CHOICES = [
    (("flaky",), {"F1", "F4", "F5", "F6", "F7", "F10", "F11", "F13", "F15"}),
    (("F3:rate=0.5,kind=drop", "echo"), {"F3", "F15"}),
    (("silent", "f2"), {"F2", "F11"}),
    (("healthy",), set()),
]


@pytest.mark.parametrize(("texts", "faults"), CHOICES, ids=[" ".join(row[0]) for row in CHOICES])
def test_faults_and_profiles_can_be_chosen_by_text(texts: tuple[str, ...], faults: set[str]) -> None:
    made = rig()
    made.modem.faults.choose(*texts)
    assert set(made.modem.faults.active()) == faults


@pytest.mark.parametrize("text", ["nonsense", "F3:rate", "F3:rate=x", "F3:", "flaky:rate=1", ""])
def test_a_choice_that_is_none_is_refused_before_another_acts(text: str) -> None:
    made = rig()
    if text == "F3:":
        made.modem.faults.choose(text)  # no parameters: as in the menu
        return
    with pytest.raises(MtmoError):
        made.modem.faults.choose("F2", text)
    assert not made.modem.faults.active()


@pytest.mark.parametrize("profile", PROFILES, ids=[profile.name for profile in PROFILES])
@pytest.mark.parametrize("name", personality_names())
def test_every_profile_can_be_put_on_every_modem_and_taken_off(profile: object, name: str) -> None:
    made = Rig(name)
    made.modem.faults.apply(profile.name)  # type: ignore[attr-defined]
    made.pass_ms(3_600_000)
    made.modem.faults.clear()
    made.modem.power_off(made.now_ms)
    made.modem.power_on(made.now_ms)
    made.pass_ms(60_000)
    made.modem.terminal.echo = False
    assert made.at(b"ATE0V1\r", 1000).endswith(b"OK\r\n")
    assert not made.modem.faults.active()


# --- each acts


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__.upper() for act in ACTS])
def test_a_fault_does_what_its_row_says(act: Callable[[], None]) -> None:
    act()


def test_no_fault_is_without_a_test() -> None:
    assert {act.__name__.split("_")[0].upper() for act in ACTS} == {fault.id for fault in MENU}


# --- chance, and off


def day(made: Rig, fault: str | None = None, **parameters: object) -> list[bytes]:
    """What a modem says in the course of ordinary work, piece by piece."""
    if fault is not None:
        made.modem.faults.switch(fault, **parameters)
    said = [made.at(line.encode() + b"\r", 1500) for line in ("ATE0", "AT+CMEE=1", "AT+CNMI=2,1", "AT+CPMS?", "ATI")]
    for token in range(3):
        said += [made.deliver(token=token), made.pass_ms(3000), made.at(b"AT+CMGL=4\r", 3000)]
    said += [made.deliver(part) for part in long_text()]
    said += [send(made, 5000), made.at(b"AT+CMGD=1,4\r", 3000), made.at(b"AT+CCLK?\r", 700), made.pass_ms(700_000)]
    return [*said, context(made, "new")]


def worked(seed: int, *chosen: str) -> list[bytes]:
    """A day with faults."""
    made = Rig("a7670", speed=5, seed=seed)
    made.modem.faults.choose(*chosen)
    return [*day(made), repr(made.network.events).encode(), repr(made.modem.faults.acted).encode()]


@pytest.mark.parametrize("fault", [fault.id for fault in MENU])
def test_the_same_seed_meets_the_same_fault(fault: str) -> None:
    assert worked(4, fault) == worked(4, fault)


CHANCY = ("F3:rate=0.1", "F4", "F5:rate=0.5", "F6:rate=0.5", "flaky", "F13:rate=0.5,times=0")


@pytest.mark.parametrize("chosen", CHANCY)
def test_another_seed_meets_other_faults(chosen: str) -> None:
    assert len({tuple(worked(seed, chosen)) for seed in range(4)}) > 1


@pytest.mark.parametrize("fault", [fault.id for fault in MENU])
def test_a_fault_that_was_switched_off_leaves_no_octet_changed(fault: str) -> None:
    healthy = day(Rig("a7670", speed=5, seed=4))
    made = Rig("a7670", speed=5, seed=4)
    made.modem.faults.switch(fault)
    if fault == "F22":  # the search for a cell took its time
        made.pass_ms(5000)
    made.modem.faults.switch(fault, None)
    made.take_events()
    made.modem.take_output()
    if fault == "F22":
        made.pass_ms(60_000)
    assert made.modem.faults.line is made.modem.faults.texts is made.modem.faults.commands is None
    assert made.modem.faults.bearer is None
    said = day(made)
    if fault == "F22":  # it drew one latency more
        assert len(said) == len(healthy)
    else:
        assert said == healthy


def test_what_was_on_its_way_arrives_when_the_fault_ends() -> None:
    made = on("F1", every=1, pause_ms=1000)
    made.at(b"AT\r", 2000)
    made.modem.faults.clear()
    assert made.at(b"AT\r") == OK[2:] + OK


@pytest.mark.parametrize("fault", [fault.id for fault in MENU if not fault.fires])
def test_only_what_happens_at_once_can_be_fired(fault: str) -> None:
    with pytest.raises(MtmoError, match="these can"):
        rig().modem.faults.fire(fault)


def test_a_fault_wears_out_after_so_many_times() -> None:
    made = on("F11", times=2)
    assert [made.deliver(token=token) for token in range(3)] == [b"", b"", b'\r\n+CMTI: "SM",3\r\n']
    assert made.modem.faults.acted == {"F11": 2}
    assert made.modem.faults.texts is None


def test_a_full_store_is_full_of_messages_nobody_read() -> None:
    made = on("F9")
    assert {one.stat for _, one in made.modem.sms.store.items("SM")} == {Stat.REC_UNREAD}
