"""The 88 attack cases of sms_security §2.3: which tests show each one, at the level where it happens.

`ROW n` in test_hostile_texts.py is the row of its table with that number; test_attack_cases.py holds that each exists.
"""

from __future__ import annotations

_TEXTS = "tests/sim/test_hostile_texts.py::ROW"
_LOCKS = "tests/sim/test_locks.py::"
_SC1 = "tests/sim/test_sc1_agent.py::"
_ATTACKS = "tests/sim/test_attacks.py::"
_AGENT = "tests/sim/test_agent.py::"
_VERBS = "tests/sim/test_verbs.py::"
_DOORS = "tests/sim/test_hostile_texts.py::test_06_07_81_without_a_list_or_a_key_every_door_is_closed"
_REBOOT = "tests/sim/test_hostile_texts.py::test_13_76_a_reboot_is_executed_once_though_it_comes_again_after_the_boot"
_CUT = "tests/sim/test_power_cut.py::test_a_power_cut_at_any_step_breaks_no_promise"

# cases that a row of test_hostile_texts.py shows; it counts MO texts, flash writes and what is left in the stores
_ROWS = (
    1, 2, 3, 4, 5, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 33, 34, 35, 40, 41, 44, 45, 47, 48, 49, 50,
    51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 64, 67, 77, 84, 86,
)  # fmt: skip

# the others, and where more than a row shows a case
_MORE: dict[int, tuple[str, ...]] = {
    2: ("tests/both/test_access.py::test_only_the_exact_address_with_its_type_of_number_has_a_role",),
    6: (_DOORS,),
    7: (_DOORS, "tests/both/test_settings.py::test_what_is_stored_and_strange_falls_back_to_its_default"),
    8: ("tests/sim/test_hostile_texts.py::test_08_a_command_from_letters_is_answered_where_the_setting_says",),
    9: (_LOCKS + "test_the_role_is_the_lower_of_the_senders_and_the_slots",),
    10: (_LOCKS + "test_another_sim_shuts_the_writes_until_an_admins_unlock_and_is_told_once",),
    11: (_LOCKS + "test_the_allow_list_takes_an_address_once_and_keeps_its_last_admin",),
    12: (_AGENT + "test_a_replayed_command_runs_once_and_is_answered_twice_more_at_most",),
    13: (_REBOOT, _CUT),
    16: ("tests/fuzz/test_fuzz.py::test_a_damaged_signed_text_is_silence_and_both_interpreters_agree",),
    24: (_ATTACKS + "test_24_every_wrong_tag_is_compared_in_full",),
    26: ("tests/sim/test_cut_keys.py::test_26_a_cut_at_any_flash_write_leaves_one_working_key_set",),
    27: (_SC1 + "test_a_slots_own_new_key_is_pending_until_its_first_valid_message",),
    29: (_LOCKS + "test_twenty_wrong_pins_of_all_senders_lock_it_through_a_reboot_until_unlock",),
    30: (
        _LOCKS + "test_twenty_wrong_pins_of_all_senders_lock_it_through_a_reboot_until_unlock",
        _LOCKS + "test_a_locked_pin_opens_by_itself_after_a_day_and_locks_again",
    ),
    31: (_ATTACKS + "test_31_the_network_delivers_a_pin_text_twice_and_it_runs_once",),
    32: (_ATTACKS + "test_32_of_two_commands_with_one_counter_the_second_is_silent",),
    34: (_ATTACKS + "test_34_ten_thousand_texts_of_a_stranger_cost_nothing_and_the_next_command_is_answered",
         "tests/micropython/test_flood.py::"
         "test_ten_thousand_texts_of_a_stranger_cost_neither_heap_nor_flash_nor_an_answer"),
    35: (_LOCKS + "test_an_answer_is_never_answered_however_open_the_access",),
    36: (_LOCKS + "test_more_than_three_unsigned_texts_alike_mute_their_sender_but_not_his_signature",),
    37: (_LOCKS + "test_the_last_answer_of_the_budget_says_so", _ATTACKS + "test_37_the_budget_survives_a_reboot"),
    38: (_LOCKS + "test_a_destination_that_is_denied_or_no_number_gets_no_answer",
         _ATTACKS + "test_38_no_argument_sends_an_answer_elsewhere"),
    39: (_SC1 + "test_a_long_answer_takes_as_many_texts_as_the_setting_says_and_more_pulls_the_rest",),
    42: (_ATTACKS + "test_42_a_network_that_refuses_every_answer_is_not_asked_for_ever",),
    43: (_ATTACKS + "test_43_six_texts_a_minute_for_a_day_cost_no_reset_and_no_more_work_than_the_texts",
         _LOCKS + "test_six_texts_a_minute_are_taken_and_the_seventh_waits_in_the_modem"),
    46: (_ATTACKS + "test_46_a_flood_leaves_the_log_as_long_as_it_is",
         _ATTACKS + "test_46_what_comes_again_and_again_takes_one_line_of_the_log"),
    53: ("tests/fuzz/test_fuzz.py::test_the_devices_codec_survives_the_same_under_micropython_with_a_flat_heap",),
    61: (_AGENT + "test_a_bad_apn_is_refused_before_the_modem_sees_an_octet_of_it",),
    63: (_ATTACKS + "test_63_what_a_verb_returns_reaches_the_modem_as_hex_only",),
    64: ("tests/both/test_access.py::test_only_whole_numbers_and_short_codes_are_answered_and_no_denied_prefix",),
    65: (_ATTACKS + "test_65_a_urc_between_cmgs_and_the_prompt_is_not_in_the_answer",),
    66: (_ATTACKS + "test_66_no_verb_takes_raw_at_or_python",),
    68: (_AGENT + "test_an_apn_that_the_network_rejects_is_rolled_back_alone",),
    69: (_CUT,),
    70: (_ATTACKS + "test_70_71_a_second_transaction_is_busy_and_a_wrong_number_has_no_effect",),
    71: (_ATTACKS + "test_70_71_a_second_transaction_is_busy_and_a_wrong_number_has_no_effect",),
    72: ("tests/both/test_apn_rules.py::test_apns_that_may_not",),
    73: (_ATTACKS + "test_73_an_old_settings_file_brings_back_no_counter_no_key_and_no_allow_list",),
    74: (_VERBS + "test_factory_keeps_keys_counters_and_the_allow_list",),
    75: (_ATTACKS + "test_75_an_apn_that_the_modem_kept_is_written_over_at_boot",),
    76: (_REBOOT,),
    77: (_ATTACKS + "test_77_reads_that_queued_for_days_are_answered_once_each_and_no_faster_than_the_limit",),
    78: (_ATTACKS + "test_78_a_jump_of_twenty_years_in_the_time_stamps_changes_nothing",),
    79: ("tests/sim/test_poison.py::test_a_text_that_hangs_the_agent_before_it_is_accepted_is_set_aside",
         "tests/sim/test_poison.py::test_a_command_that_hangs_the_agent_runs_twice_at_most_and_is_answered"),
    80: (_ATTACKS + "test_80_no_verb_shows_a_secret",),
    81: (_DOORS, _LOCKS + "test_without_a_pin_access_by_pin_is_closed"),
    82: ("tests/host/flash/test_profile.py::test_an_error_names_file_key_and_way_out",
         "tests/both/test_wiring.py::test_the_uart_of_the_repl_is_refused",
         "tests/both/test_wiring.py::test_a_uart_that_os_dupterm_has_is_refused_and_any_other_stays_there"),
    83: (_ATTACKS + "test_83_the_readme_says_what_the_cable_gives",
         "tests/host/flash/test_flash_provision.py::test_83_what_the_cable_gives_is_said_when_a_real_board_gets_keys"),
    85: ("tests/host/flash/test_flash_provision.py::test_provisioning_holds_the_boards_own_key",),
    87: ("tests/host/cli/test_sms_commands.py::test_a_forged_answer_is_shown_and_never_believed",),
    88: ("tests/host/cli/test_keys.py::test_keys_init_and_show_never_print_the_key",
         "tests/host/cli/test_keys.py::test_a_key_that_others_may_read_is_refused",
         "tests/host/cli/test_pin.py::test_a_pin_that_others_may_read_is_refused"),
}  # fmt: skip

ATTACK_CASES: dict[int, tuple[str, ...]] = {
    number: ((f"{_TEXTS} {number:02}",) if number in _ROWS else ()) + _MORE.get(number, ()) for number in range(1, 89)
}
