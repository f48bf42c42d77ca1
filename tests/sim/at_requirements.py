"""Which tests show each requirement of the agent towards its modem (at_dialects §10); test_at_requirements.py looks."""

from __future__ import annotations

_CHAT, _STREAMS, _PAUSE, _TRACE, _AT = (
    f"both/test_{name}.py" for name in ("chat", "at_streams", "uart_pause", "trace_ring", "at")
)
_ALLOCATION, _HEAP, _FUZZ = "micropython/test_engine_allocation.py", "micropython/test_heap.py", "fuzz/test_fuzz.py"
_BOTH, _FAULTS = "micropython/test_both.py", "sim/test_faults.py"
_SURVIVES = f"{_FUZZ}::test_the_at_engine_survives_anything_answers_again_and_keeps_its_heap"
_INSERTED = f"{_STREAMS}::test_a_urc_between_any_two_lines_changes_no_response"
_WHOLE = f"{_STREAMS}::test_a_stream_is_understood_whole"
_SPLIT = f"{_STREAMS}::test_a_stream_is_understood_at_every_split"

# number -> subject, tests. What stands in both/ runs under CPython and under MicroPython.
REQUIREMENTS: dict[int, tuple[str, list[str]]] = {
    2: ("a final result is a whole line", [
        f"{_AT}::test_only_a_whole_line_is_a_final_result", _WHOLE, _SPLIT,
    ]),
    3: ("a header claims one PDU of its length", [
        _WHOLE, _SPLIT, _INSERTED,
        f"{_FAULTS}::test_a_text_whose_pdu_was_spoilt_on_the_line_is_read_again",
        f"{_CHAT}::test_a_routed_text_whose_pdu_never_comes_is_reported_within_two_seconds",
    ]),
    4: ("a URC between any two lines changes no response", [_INSERTED]),
    5: ("every final result ends a command at once", [
        _WHOLE, f"{_AT}::test_only_a_whole_line_is_a_final_result",
        f"{_CHAT}::test_a_final_result_of_a_call_ends_a_command_at_once_and_a_query_is_put_again",
    ]),
    10: ("no octet raises", [f"{_CHAT}::test_no_octet_in_a_line_raises_anything", _SURVIVES]),
    11: ("the reader never dies", [
        f"{_CHAT}::test_the_reader_outlives_its_handlers_and_its_port", _SURVIVES,
    ]),
    14: ("in step again from any state", [
        f"{_CHAT}::test_a_pending_prompt_and_half_a_command_are_ended_by_esc",
        f"{_CHAT}::test_a_late_answer_never_becomes_the_next_commands",
        f"{_CHAT}::test_a_modem_that_does_not_know_the_question_is_in_step_again", _SURVIVES,
    ]),
    18: ("time-out, idempotence and retries by command", [
        f"{_CHAT}::test_each_command_carries_its_own_time",
        f"{_CHAT}::test_only_what_changes_nothing_is_ever_repeated",
        f"{_CHAT}::test_a_repeat_has_an_end",
    ]),
    20: ("the prompt in every form, once", [
        _WHOLE, _SPLIT, f"{_AT}::test_a_stream_means_the_same_at_every_split",
        f"{_CHAT}::test_no_prompt_means_nothing_was_sent",
    ]),
    22: ("a buffer of 2 kB, nothing from the heap an octet, one object a line", [
        f"{_PAUSE}::test_a_pause_of_100_ms_loses_no_pdu_with_any_boards_buffer",
        f"{_ALLOCATION}::test_no_octet_takes_anything_from_the_heap_alone_or_in_pieces_or_in_an_overlong_line",
        f"{_ALLOCATION}::test_a_line_of_any_length_takes_its_own_object_and_nothing_else",
        f"{_HEAP}::test_the_tokenizer_takes_no_heap_before_a_line_ends",
    ]),
    23: ("secrets are in no log and no trace", [f"{_TRACE}::test_no_secret_is_shown"]),
    24: ("a line beyond the buffer", [
        f"{_AT}::test_a_line_longer_than_the_buffer_is_cut_counted_and_resynchronised",
        f"{_CHAT}::test_an_overlong_line_is_reported_and_counted", _WHOLE,
    ]),
    26: ("the same engine under CPython", [f"{_BOTH}::test_module_passes_under_micropython", _INSERTED]),
    27: ("echo or not makes no difference", [_WHOLE, _SPLIT]),
    42: ("the pause between commands", [f"{_CHAT}::test_the_gap_counts_from_the_end_of_the_last_command"]),
    46: ("a pause of 100 ms loses no PDU", [
        f"{_PAUSE}::test_a_pause_of_100_ms_loses_no_pdu_with_any_boards_buffer",
        f"{_PAUSE}::test_the_buffer_of_256_octets_that_micropython_gives_loses_pdus_and_the_engine_is_in_step_again",
    ]),
    48: ("only the healthy main loop feeds the watchdog", [
        "sim/test_at_requirements.py::test_48_a_worker_that_hangs_is_not_fed",
        f"{_FAULTS}::test_a_sim_that_takes_its_time_does_not_end_in_a_watchdog_reset",
    ]),
}  # fmt: skip
