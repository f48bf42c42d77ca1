"""What a hostile review and public reports found: the rule that each broke, where it is assumed, what shows it now.

`host/system/test_field_cases.py` looks that every test exists.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`rule` is what holds, `places` where it was assumed or is kept, `tests` are `file::name` below tests/."""

    rule: str
    places: str
    tests: tuple[str, ...]


def _of(path: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{path}::test_{name}" for name in names)


CASES: dict[str, Case] = {
    "A1": Case(
        "locked means no REPL, from the first instruction to the last, by any timing of a key, a reset or an exception",
        "boot.py, main.py, run(), set lock, provisioning, damaged settings; the virtual board runs files as ports do",
        _of(
            "host/board/test_lock_board.py",
            "no_timing_of_any_key_gives_a_repl",
            "a_ctrl_c_before_the_first_instruction_is_survived",
            "whatever_ends_a_locked_board_restarts_it",
            "doors_stay_shut_when_both_copies_of_the_settings_are_damaged",
        ),
    ),
    "A2": Case(
        "who may command nothing leaves nothing in RAM, and what RAM holds of others fits beside an APN change",
        "inbox, concat, listing, expiry, routed; the log's ring, what is loaded late",
        _of(
            "sim/test_segments.py",
            "a_segment_of_one_who_may_command_nothing_is_deleted_at_once_and_named",
            "ram_holds_no_text_of_a_stored_segment_and_the_text_is_joined_all_the_same",
            "a_set_of_before_the_boot_expires_by_its_time_stamp_though_the_board_restarts",
        )
        + _of("micropython/test_segments_heap.py", "a_good_apn_is_kept_and_a_dead_one_comes_back"),
    ),
    "A3": Case(
        "a crash is what we counted ourselves, and a loop of crashes ends in a minimal boot that serves",
        "agent.suspicious, quarantine, journal.crashed, after_cut, every use of reset_cause, MemoryError while judging",
        _of(
            "sim/test_poison.py",
            "a_crash_loop_ends_in_a_minimal_boot_that_says_so",
            "a_text_that_cannot_be_judged_is_set_aside_the_second_time",
            "a_loop_without_end_does_not_wear_the_flash_out",
        )
        + _of(
            "micropython/test_crash_loop.py",
            "three_crashes_end_in_a_minimal_boot_that_serves",
            "thirty_daily_power_cuts_and_reboots_are_no_crash",
        ),
    ),
    "A4": Case(
        "a day is one of the world, not of uptime, and no stamp moves it by more than a boot may gain",
        "both budgets, PIN lock and guesses, mutes, what is told once a day, reports; an answer waits for the budget",
        _of(
            "sim/test_world_time.py",
            "a_budget_goes_on_after_the_hours_off_and_does_not_begin_anew_earlier",
            "an_answer_that_waits_for_the_budget_is_sent_when_it_allows",
            "a_pin_opens_after_a_day_though_the_board_was_off",
            "forged_stamps_open_no_pin_and_hold_none_shut",
        )
        + _of(
            "micropython/test_month.py",
            "each_day_has_its_budget",
            "twenty_wrong_pins_shut_the_device_for_a_day_each_time",
        ),
    ),
    "A5": Case(
        "what cannot be erased does not run again, nor count again",
        "CMGD refused, silent, or OK with the text still there; select refused; joined texts half erased; restarts",
        _of(
            "sim/test_erasing.py",
            "a_text_that_cannot_be_erased_is_judged_once",
            "a_text_that_cannot_be_erased_does_not_run_again_after_the_ring_has_moved_on",
            "where_nothing_is_erased_unsigned_texts_are_refused_and_signed_ones_are_served",
            "a_wrong_pin_that_cannot_be_erased_is_one_guess",
        ),
    ),
    "A6": Case(
        "a text waits where the log says it waits, and what takes the modem away ends the drain",
        "class 0 beside a store, joined routed texts, CNMA=2; reboot modem, apn set, reboot board in one drain",
        _of(
            "sim/test_waiting.py",
            "a_text_of_class_0_that_is_one_too_many_a_minute_waits_in_ram_and_is_served",
            "of_more_texts_of_class_0_than_ram_takes_the_next_is_refused_with_an_answer",
            "what_comes_behind_reboot_modem_waits_in_the_store_until_it_is_set_up_again",
        ),
    ),
    "A7": Case(
        "no value reaches an AT line but through its own grammar",
        "setting_rules (smsc took addresses), outbox, pin, apn_write, apn_attempt, modem.select, verbs",
        _of(
            "sim/test_at_lines.py",
            "a_setting_reaches_the_modem_by_its_own_grammar_or_not_at_all",
            "a_verb_lets_no_foreign_octet_through",
        ),
    ),
    "A8": Case(
        "a passing error is no outcome: a report is repeated until it is sent, an answer once",
        "every outcome class for reports, signed and unsigned answers, notices (apn_report)",
        _of(
            "sim/test_sending.py",
            "the_report_of_an_apn_change_is_repeated_until_it_is_sent",
            "an_unsigned_answer_that_may_have_gone_out_is_never_sent_again",
            "a_report_that_nobody_takes_ends_after_three_refusals_a_day_apart",
        ),
    ),
    "A9": Case(
        "an empty wanted APN is not compared with what the modem shows",
        "modem_differs, the fallback, _read_back; Profile.same stays strict",
        _of(
            "sim/test_apn_empty.py",
            "no_set_up_cycles_the_radio_for_an_assigned_apn",
            "an_empty_apn_is_taken_though_it_reads_back_as_another",
        ),
    ),
    "A10": Case(
        "every stat of TS 27.007 §7.2 has its meaning, and nothing is repaired that serves",
        "modem.registration, modem.watch_network, +CREG URCs, apn_attempt, the status words",
        _of(
            "sim/test_registration.py",
            "each_stat_of_the_table_has_its_meaning",
            "a_healthy_modem_that_has_no_word_for_its_state_is_left_alone",
            "such_a_modem_takes_a_good_apn_and_keeps_it",
            "emergency_service_alone_proves_no_apn",
            "what_just_came_contradicts_every_state",
            "a_modem_without_a_network_is_still_repaired",
        ),
    ),
    "A11": Case(
        "a modem that takes its family's time to acknowledge is busy, not dead",
        "routed, commands (+CNMA had 5 s for all), dialects",
        _of("sim/test_registration.py", "a_modem_that_takes_its_time_to_acknowledge_is_not_dead")
        + _of(
            "micropython/test_busy_application.py",
            "an_hour_beside_a_busy_application_loses_no_text_and_no_answer",
        ),
    ),
    "A12": Case(
        "a card is known by its number, whenever it is changed and wherever the number stands",
        "modem.card URCs by dialect, the sweep, bring_up, doors",
        _of(
            "sim/test_modem_life.py",
            "a_card_that_is_changed_while_the_modem_is_on_is_noticed_at_once",
            "a_card_that_is_changed_without_a_word_is_noticed_at_the_next_sweep",
            "the_same_card_put_back_changes_nothing",
        )
        + _of("both/test_iccid.py", "the_number_is_the_field_of_18_to_22_digits_wherever_it_stands"),
    ),
    "A13": Case(
        "an element that does not fit makes the header ignored, not the text (TS 23.040 §9.2.3.24)",
        "both codecs, inbox (read again), decode, REST, MO",
        _of(
            "sim/test_spoilt_texts.py",
            "a_segment_whose_header_the_line_has_changed_is_not_lost",
            "a_command_behind_a_header_that_does_not_fit_is_carried_out",
        ),
    ),
    "A14": Case(
        "what gateways and phones put at the ends of a text is no part of it, and the log names the true reason",
        "envelope, unsigned, legacy; host sc1, sms verify, decode, fleet, console page, sign page",
        _of(
            "sim/test_texts_of_people.py",
            "a_signed_text_is_the_same_whatever_stands_at_its_ends",
            "an_unsigned_command_is_read_as_phones_write_it",
            "a_value_keeps_its_case_behind_a_verb_that_is_folded",
            "the_log_names_the_true_reason",
        ),
    ),
    "A15": Case(
        "what came before a deadline counts, however busy the loop was over it",
        "chat (commands, prompts, the PDU behind a header), prompt; agent's own wait needs no value",
        _of(
            "micropython/test_busy_loop.py",
            "what_came_before_the_deadline_counts_though_the_loop_was_busy_over_it",
        )
        + _of("both/test_chat.py", "a_header_that_nothing_follows_is_reported_after_a_second_each"),
    ),
    "A16": Case(
        "a file that ends too early is damaged, whatever the interpreter's JSON reader takes",
        "board.json, provision.json; the records have a CRC already",
        _of(
            "micropython/test_damaged_files.py",
            "a_cut_or_damaged_file_of_the_flash_tool_is_refused",
            "an_unchecked_file_of_an_earlier_tool_is_taken_when_it_is_whole",
        ),
    ),
    "A17": Case(
        "the board does what its profile wires, and nothing it drives outlives the agent",
        "board (CTS, write, outputs), bring_up (+IFC), sync, trace_ring, settings (cid), modem.address",
        _of("micropython/test_board_hardware.py", "the_board")
        + _of("sim/test_modem_found.py", "cts_counts_once_the_modem_has_taken_the_command_and_not_before")
        + _of("sim/test_verbs.py", "every_output_is_inactive_when_the_agent_ends")
        + _of("both/test_trace_ring.py", "the_trace_takes_an_eighth_of_the_free_heap_at_most")
        + _of(
            "sim/test_context.py",
            "the_apn_is_written_into_the_context_that_the_setting_names",
            "an_open_transaction_keeps_its_context",
        ),
    ),
    "B18": Case(
        "what an ESME names, writes and reads is what SMPP 3.4 says",
        "network/smpp*, REST ids, receipts, bind, data_coding both ways, segments cut by others",
        _of(
            "host/network/test_network_smpp_peers.py",
            "a_message_has_one_name_everywhere",
            "a_message_that_has_ended_says_when",
            "optional_parameters_go_to_esmes_that_know_them",
            "damaged_packets_leave_no_trace_but_answers",
        )
        + _of(
            "host/network/test_network_smpp_text.py",
            "a_text_reaches_the_device_in_the_coding_of_smpp",
            "octets_that_the_coding_does_not_have_are_refused_and_never_masked",
            "segments_cut_by_somebody_else_go_octet_for_octet",
        ),
    ),
    "B19": Case(
        "a personality is its maker's manual, and what no manual was read for is marked",
        "18 personalities, the agent's dialects, COMMANDS.md",
        _of(
            "host/emulator/test_clauses.py",
            "every_command_of_the_agent_stands_in_the_table",
            "every_line_that_a_record_of_the_agent_knows_stands_in_the_table",
        ),
    ),
    "B20": Case(
        "a fault that has ended has ended, and what goes on is said",
        "every fault of the menu with an effect that lasts; API, page, mtmo faults",
        _of(
            "host/emulator/test_faults_end.py",
            "what_goes_on_is_said_and_ends_at_once_when_all_is_to_be_well",
            "a_fault_that_has_acted_leaves_nothing_behind",
            "the_verb_says_what_was_fired_what_goes_on_and_for_how_long",
        ),
    ),
    "C21": Case(
        "decode explains all that mtmo writes",
        "broadcasts, bare lengths, recordings, console logs, sms --json, REST logs",
        _of(
            "host/decode/test_decode_own_files.py", "what_mtmo_writes_is_explained_and_nothing_in_it_is_called_damaged"
        ),
    ),
    "C22": Case(
        "what is not named stays, and no board is shut by omission",
        "flash: --allow, --settings, --keys, --lock, epochs, chip, what waits on the board",
        _of(
            "host/flash/test_flash_keeps.py",
            "lock_alone_locks_and_asks_no_modem",
            "settings_alone_change_what_they_name",
            "what_would_shut_a_board_is_refused_before_anything_is_written",
            "a_profile_fits_a_board_by_its_chip",
        ),
    ),
    "C23": Case(
        "whoever asks the modem sees what it answers",
        "prompt; masked, bounded",
        _of(
            "sim/test_prompt.py",
            "every_line_that_the_modem_answers_is_shown_without_trace",
            "a_long_answer_is_shown_up_to_a_limit_and_the_rest_is_counted",
        ),
    ),
    "C24": Case(
        "what runs is found, whatever its --state is, and a failure says what was looked for",
        "sms send, watch, sign, verify; keys export, rotate; faults",
        _of(
            "host/cli/test_running.py",
            "every_verb_finds_an_up_whose_state_is_elsewhere",
            "of_two_that_run_one_must_be_named",
            "a_failure_says_what_was_looked_for_and_where",
        ),
    ),
    "C25": Case(
        "the first example works with the client it names",
        "README, host_tools/README, help of mtmo modem",
        _of("host/system/test_readme_example.py", "the_readmes_example_with_gammu_works_as_it_stands"),
    ),
    "C26": Case(
        "one judgement of a text, whoever shows it",
        "sms send, watch, verify; the console page",
        _of(
            "host/network/test_network_verdict.py",
            "a_command_in_two_parts_and_its_answer_in_two_are_verified_on_both",
            "whatever_stands_in_a_log_has_one_verdict",
        ),
    ),
    "C27": Case(
        "no time before the one above it, and what happened to the port in our words",
        "console clock, buffered lines, reconnection",
        _of(
            "host/cli/test_console_clock.py",
            "times_go_on_where_the_clock_is_set_back_and_that_is_said_once",
            "no_time_is_before_the_one_above_it",
        ),
    ),
}
