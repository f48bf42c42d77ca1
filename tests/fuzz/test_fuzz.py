"""A seeded share of the fuzzing in every test run; `make fuzz` runs the full size."""

from __future__ import annotations

import os

import fuzz_host
import fuzz_run
import fuzz_sc1
from fuzz_device import load_corpus
from fuzz_mutation import case

SEED = int(os.environ.get("MTMO_FUZZ_SEED", "20261122"))
CPYTHON_CASES, MICROPYTHON_CASES = 30_000, 20_000
ENGINE_OCTETS = 500_000
SC1_CASES = 10_000


def test_a_case_is_made_again_from_its_seed_and_number() -> None:
    corpus = load_corpus()
    assert [case(corpus, SEED, number) for number in range(200)] == [case(corpus, SEED, n) for n in range(200)]
    assert len({case(corpus, SEED, number) for number in range(1000)}) > 950


def test_no_mutated_pdu_raises_anything_but_a_pdu_error_and_both_sides_agree() -> None:
    numbers = fuzz_host.run(SEED, 0, CPYTHON_CASES)
    assert numbers["read"] > CPYTHON_CASES / 10  # the mutations leave enough to read
    assert numbers["refused"] > CPYTHON_CASES / 10


def test_the_devices_codec_survives_the_same_under_micropython_with_a_flat_heap() -> None:
    numbers = fuzz_run.micropython(SEED, MICROPYTHON_CASES)
    assert numbers["cases"] == MICROPYTHON_CASES
    assert numbers["interpreter"] == "micropython"
    assert numbers["read"] > MICROPYTHON_CASES / 10


def test_the_at_engine_survives_anything_answers_again_and_keeps_its_heap() -> None:
    numbers = fuzz_run.engine(SEED, ENGINE_OCTETS)
    assert (numbers["interpreter"], numbers["octets"] >= ENGINE_OCTETS) == ("micropython", True)
    assert numbers["slowest_ms"] < 30_000  # the sync ladder's time
    # the run reached what it is for: indications, refusals, lines beyond the buffer, answers that had to be sorted out
    assert min(numbers[name] for name in ("urcs", "refused", "overlong", "resyncs")) > 0


def test_a_damaged_signed_text_is_silence_and_both_interpreters_agree() -> None:
    outside, inside = fuzz_sc1.run(SEED, 0, SC1_CASES), fuzz_run.sc1_micropython(SEED, SC1_CASES)
    assert (outside["outcomes"], outside["silent"]) == (inside["outcomes"], inside["silent"])
    assert (outside["interpreter"], inside["interpreter"]) == ("cpython", "micropython")
    assert 0 < outside["same"] < SC1_CASES / 10, "some changes are none: a blank doubled, a letter of the MAC folded"
