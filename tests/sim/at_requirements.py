"""Which tests show each requirement of the agent towards its modem (at_dialects §10); test_at_requirements.py looks."""

from __future__ import annotations

_CHAT, _STREAMS, _PAUSE, _TRACE, _AT = (
    f"both/test_{name}.py" for name in ("chat", "at_streams", "uart_pause", "trace_ring", "at")
)
_ALLOCATION, _HEAP, _FUZZ = "micropython/test_engine_allocation.py", "micropython/test_heap.py", "fuzz/test_fuzz.py"
_BOTH, _FAULTS, _SPOILT = "micropython/test_both.py", "sim/test_faults.py", "sim/test_spoilt_texts.py"
_AGENT, _LIFE, _FOUND, _ROUTED, _SENDING, _FIELD, _APN, _POLICIES = (
    f"sim/test_{name}.py"
    for name in ("agent", "modem_life", "modem_found", "routed", "sending", "field_complaints", "apn", "apn_policies")
)
_SETUP, _DIALECTS, _CONCAT, _TPDU = (f"both/test_{name}.py" for name in ("sms_setup", "dialects", "concat", "tpdu"))
_ROWS = f"{_FIELD}::test_a_complaint_of_the_field_is_none_here"
_CASES = f"{_APN}::test_a_transaction_ends_in_the_right_state_and_its_report_arrives"
_FAMILIES = f"{_AGENT}::test_a_signed_ping_is_answered_with_a_signed_pong"
_SURVIVES = f"{_FUZZ}::test_the_at_engine_survives_anything_answers_again_and_keeps_its_heap"
_INSERTED = f"{_STREAMS}::test_a_urc_between_any_two_lines_changes_no_response"
_WHOLE = f"{_STREAMS}::test_a_stream_is_understood_whole"
_SPLIT = f"{_STREAMS}::test_a_stream_is_understood_at_every_split"

# The emulator's own; its tests are in host/ (test_emulator_*.py) and sim/ (test_fault_menu.py, test_transcript.py).
EMULATOR = (25, 40, 41, 49, 50)
# What needs a board, a SIM or a network, with the reason
HARDWARE: dict[int, str] = {
    22: "that the UART driver of a port really has the receive buffer it was asked for",
    30: "that a PWRKEY pulse of the profile's width has the effect that the board's maker says",
    31: "that a network keeps to PSM and eDRX being switched off",
    42: "that the pause of a family is long enough for its modems",
    46: "how long the collector of a port pauses, and whether its UART is filled by interrupt meanwhile",
    47: "the heap of a 32-bit port after 24 h",
}

# number -> subject, tests. What stands in both/ runs under CPython and under MicroPython.
REQUIREMENTS: dict[int, tuple[str, list[str]]] = {
    2: ("a final result is a whole line", [
        f"{_AT}::test_only_a_whole_line_is_a_final_result", _WHOLE, _SPLIT,
    ]),
    3: ("a header claims one PDU of its length", [
        _WHOLE, _SPLIT, _INSERTED,
        f"{_SPOILT}::test_a_text_whose_pdu_was_spoilt_on_the_line_is_read_again",
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
        f"{_FOUND}::test_the_agent_finds_the_modem_in_any_state_within_30_s",
        f"{_FOUND}::test_a_modem_in_a_data_call_is_called_back",
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
        f"{_AT}::test_a_line_longer_than_the_buffer_is_cut_and_resynchronised",
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
    1: ("no parameter can carry a command", [
        "sim/test_apn_attacks.py::test_no_octet_of_a_refused_value_reaches_the_uart",
        f"{_AGENT}::test_a_bad_apn_is_refused_before_the_modem_sees_an_octet_of_it",
    ]),
    6: ("two drains, a timer sweep, and one after every return to the network", [
        f"{_FAULTS}::test_what_came_into_the_modems_own_store_before_it_was_set_up_is_read",
        f"{_FAULTS}::test_a_restart_that_nobody_announced_is_noticed_at_the_next_sweep",
        f"{_LIFE}::test_a_text_that_nobody_indicated_is_read_on_the_return_to_the_network",
        _ROWS,
    ]),
    7: ("deleted after it is recorded; a full store is drained", [
        f"{_FAULTS}::test_a_store_fuller_than_one_listing_is_emptied_at_once",
        f"{_SENDING}::test_a_store_that_is_full_while_sending_is_swept",
        _ROWS,
    ]),
    8: ("an APN is set, proved, kept or taken back", [
        _CASES,
        f"{_AGENT}::test_an_apn_that_the_network_rejects_is_rolled_back_alone",
    ]),
    9: ("a reboot before the end goes back", [
        f"{_POLICIES}::test_a_boot_in_the_middle_is_a_rollback_and_is_counted",
        "sim/test_apn_cuts.py::test_a_power_cut_ends_on_good_or_a_confirmed_apn",
    ]),
    12: ("negotiated, read back, with fallbacks", [
        f"{_SETUP}::test_the_first_indication_that_is_offered_taken_and_reads_back_is_chosen",
        f"{_SETUP}::test_an_indication_that_is_acknowledged_and_not_kept_is_not_believed",
        f"{_SETUP}::test_the_store_for_new_messages_is_chosen_from_whatever_the_modem_says",
    ]),
    13: ("a restart is noticed within 10 s", [
        f"{_LIFE}::test_a_restart_while_a_text_is_sent_is_noticed_within_10_s",
        f"{_AGENT}::test_a_modem_that_restarts_by_itself_is_set_up_again",
        f"{_FAULTS}::test_a_restart_that_nobody_announced_is_noticed_at_the_next_sweep",
    ]),
    15: ("what is routed is acknowledged within 2 s", [
        f"{_ROUTED}::test_a_routed_command_is_journalled_then_acknowledged_then_answered",
        f"{_ROUTED}::test_a_routed_text_is_acknowledged_as_soon_as_the_port_is_free",
        f"{_ROUTED}::test_what_cannot_be_read_is_acknowledged_too",
        f"{_ROUTED}::test_a_full_journal_leaves_the_text_with_the_network",
        f"{_ROUTED}::test_a_client_that_was_dropped_registers_anew",
    ]),
    16: ("one in flight, and its class decides", [
        f"{_SENDING}::test_the_class_of_the_error_decides_how_often_a_text_is_offered",
        f"{_SENDING}::test_a_result_that_never_comes_ends_after_the_familys_time_and_is_unknown",
        f"{_SENDING}::test_a_text_that_was_taken_before_counts_as_delivered",
    ]),
    17: ("the same text runs once", [
        f"{_AGENT}::test_the_very_same_text_delivered_again_is_silent",
        f"{_ROUTED}::test_an_acknowledgement_that_is_lost_makes_nothing_run_twice",
    ]),
    19: ("radio off, wait, on: from the record", [
        _CASES,
        "sim/test_modem_life.py::test_between_radio_off_and_on_is_the_records_pause",
    ]),
    21: ("vendor numbers count in their dialect", [
        f"{_SETUP}::test_the_class_of_a_refusal_is_the_tables_and_vendor_numbers_count_in_their_dialect_alone",
    ]),
    28: ("an odd indication is a sweep", [
        _ROWS,
        f"{_FAULTS}::test_a_text_for_the_sim_is_read_from_the_sim",
    ]),
    29: ("the recovery ladder", [
        f"{_LIFE}::test_a_dead_modem_gets_every_rung_in_order_each_logged_with_its_reason",
        f"{_LIFE}::test_every_third_failure_in_a_row_begins_one_rung_higher",
        f"{_LIFE}::test_an_answer_that_stays_away_is_no_reason_to_set_up_anew",
    ]),
    30: ("PWRKEY switches nothing off", [
        f"{_FOUND}::test_pwrkey_is_not_touched_while_the_modem_runs",
        f"{_FOUND}::test_a_modem_that_is_off_is_switched_on_once",
    ]),
    31: ("power saving is off unless wanted", [
        f"{_LIFE}::test_power_saving_is_forced_off_and_read_back",
        f"{_LIFE}::test_power_saving_stays_on_when_the_setting_says_so_and_is_told",
        _ROWS,
    ]),
    32: ("the order of user and password", [
        _CASES,
    ]),
    33: ("the cause of a failure is in the report", [
        _CASES,
    ]),
    34: ("one attempt with a PIN", [
        f"{_LIFE}::test_a_wrong_pin_is_tried_once_and_never_again_not_even_after_a_restart",
        f"{_LIFE}::test_the_sim_is_unlocked_with_the_pin_of_the_settings",
        f"{_LIFE}::test_without_a_pin_nothing_is_tried",
    ]),
    35: ("the stored and the negotiated APN", [
        f"{_AGENT}::test_apn_set_is_announced_applied_proved_and_confirmed",
    ]),
    36: ("segments in any order, doubled, missing", [
        f"{_CONCAT}::test_the_vectors_assemble",
        f"{_CONCAT}::test_a_set_expires",
        f"{_CONCAT}::test_whatever_comes_the_bounds_hold",
        f"{_ROUTED}::test_segments_of_a_routed_text_are_joined_in_any_order_and_doubled",
        _ROWS,
    ]),
    37: ("every alphabet", [
        f"{_TPDU}::test_every_valid_vector_yields_every_field",
        f"{_TPDU}::test_all_data_coding_schemes_are_classified",
        f"{_TPDU}::test_ucs2_keeps_what_is_whole_and_marks_what_is_not",
    ]),
    38: ("the dialect by maker and model, never a guess", [
        f"{_DIALECTS}::test_a_model_gets_its_family_and_an_unknown_one_the_generic_record",
        f"{_FAULTS}::test_an_indication_is_not_taken_for_the_model",
    ]),
    39: ("dialects are data", [
        "host/emulator/test_dialect_records.py::test_a_record_says_only_where_it_differs",
        "sim/test_at_requirements.py::test_39_no_code_of_the_agent_names_a_family",
        _FAMILIES,
    ]),
    43: ("waits ten minutes for a network, then acts", [
        f"{_LIFE}::test_without_a_network_the_agent_waits_ten_minutes_and_then_climbs",
        "sim/test_registration.py::test_each_stat_of_the_table_has_its_meaning",
    ]),
    44: ("class 0 and class 2", [
        f"{_FAULTS}::test_a_text_for_the_sim_is_read_from_the_sim",
        f"{_ROUTED}::test_a_class_0_text_that_a_storing_modem_shows_at_once_is_served",
    ]),
    45: ("an APN in use is no change", [
        f"{_AGENT}::test_an_apn_that_is_active_already_costs_no_radio_cycle",
    ]),
    47: ("a day of faults", [
        "micropython/test_soak.py::test_a_day_with_faults_loses_nothing_and_leaks_nothing",
    ]),
}  # fmt: skip
