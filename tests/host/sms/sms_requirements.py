"""Which tests show each of the 25 requirements of SMS coding; test_sms_requirements.py checks that they exist."""

from __future__ import annotations

_FILES = ("tpdu", "gsm7", "segmentation", "requirements")
_TPDU, _GSM7, _CUT, _HERE = (f"host/sms/test_sms_{name}.py" for name in _FILES)
_BOTH, _BOTH_GSM7, _BOTH_CONCAT = (f"both/test_{name}.py" for name in ("tpdu", "gsm7", "concat"))
_CROSS, _FUZZ = "host/sms/test_sms_cross.py", "fuzz/test_fuzz.py"

# number -> subject, tests; a test of both/ is the device's, one of this file or of the cross tests is for both sides
REQUIREMENTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("every field of every valid vector", (
        f"{_TPDU}::test_every_valid_vector_decodes_in_every_field",
        f"{_BOTH}::test_every_valid_vector_yields_every_field",
    )),
    2: ("one family of exceptions, no other ever", (
        f"{_TPDU}::test_every_malformed_vector_is_refused_for_its_reason",
        f"{_BOTH}::test_every_malformed_vector_is_refused_with_field_and_offset",
        f"{_FUZZ}::test_no_mutated_pdu_raises_anything_but_a_pdu_error_and_both_sides_agree",
        f"{_FUZZ}::test_the_devices_codec_survives_the_same_under_micropython_with_a_flat_heap",
    )),
    3: ("no malformed vector is accepted", (
        f"{_TPDU}::test_every_malformed_vector_is_refused_for_its_reason",
        f"{_BOTH}::test_every_malformed_vector_is_refused_with_field_and_offset",
    )),
    4: ("strict hex", (
        f"{_HERE}::test_04_only_hex_digits_are_hex",
        f"{_TPDU}::test_hex_is_read_strictly",
        f"{_BOTH}::test_the_reason_the_field_and_the_octet_are_named",
    )),
    5: ("the announced length is checked", (f"{_HERE}::test_05_another_length_than_announced_is_refused",)),
    6: ("user data beyond 160 septets or 140 octets", (f"{_HERE}::test_06_a_length_beyond_one_sms_is_refused",)),
    7: ("user data that ends early, octets behind it", (
        f"{_HERE}::test_07_octets_behind_the_user_data_are_counted",
        f"{_TPDU}::test_user_data_one_octet_short_is_marked_where_asked",
        f"{_BOTH}::test_lenient_reading_shows_what_is_there",
        f"{_BOTH}::test_a_deliver_cut_anywhere_is_refused_and_rubbish_behind_it_is_counted",
    )),
    8: ("damaged headers", (
        f"{_HERE}::test_08_a_header_beyond_its_bounds_is_refused",
        f"{_HERE}::test_08_an_element_that_does_not_fit_makes_the_header_ignored",
        f"{_HERE}::test_08_a_header_counts_if_its_last_element_ends_where_it_ends",
        f"{_HERE}::test_08_an_unknown_element_is_skipped_and_kept",
    )),
    9: ("senseless concatenation", (
        f"{_HERE}::test_09_a_senseless_concatenation_makes_no_segment",
        f"{_BOTH}::test_a_senseless_concatenation_element_makes_no_segment",
    )),
    10: ("fill bits", (
        f"{_HERE}::test_10_text_follows_a_header_of_any_length",
        f"{_HERE}::test_10_text_follows_an_ignored_header_of_any_length",
        f"{_TPDU}::test_septets_behind_a_header_of_any_length_come_back",
        f"{_BOTH}::test_every_header_length_leaves_its_fill_bits",
    )),
    11: ("a last @ stays", (
        f"{_HERE}::test_11_a_last_at_sign_stays_in_text_and_address",
        f"{_BOTH_GSM7}::test_a_last_at_sign_stays_at_every_length",
    )),
    12: ("escapes", (
        f"{_GSM7}::test_escapes_are_read_as_the_clause_says",
        f"{_BOTH_GSM7}::test_escapes_at_the_edge",
        f"{_BOTH_GSM7}::test_an_unknown_escape_is_the_character_of_the_default_table",
    )),
    13: ("national languages; flagged on the device", (
        f"{_HERE}::test_13_every_pair_of_national_tables_is_read_and_flagged",
        f"{_GSM7}::test_there_are_thirteen_single_and_twelve_locking_tables",
        f"{_GSM7}::test_every_character_of_a_national_table_comes_back",
        f"{_GSM7}::test_an_unknown_language_is_the_default_table",
        f"{_CROSS}::test_a_national_text_is_flagged_by_the_device_and_read_by_the_default_table",
    )),
    14: ("all data coding schemes", (
        f"{_TPDU}::test_all_dcs_octets_are_classified",
        f"{_TPDU}::test_compressed_text_is_data",
        f"{_BOTH}::test_all_data_coding_schemes_are_classified",
    )),
    15: ("surrogates, NUL, BOM, odd UCS2", (
        f"{_HERE}::test_15_ucs2_is_utf16_and_nothing_is_lost",
        f"{_BOTH}::test_ucs2_keeps_what_is_whole_and_marks_what_is_not",
    )),
    16: ("addresses of every kind", (
        f"{_HERE}::test_16_addresses_of_every_type_and_plan",
        f"{_BOTH}::test_addresses_of_every_kind",
        f"{_CROSS}::test_the_device_reads_every_deliver_of_the_network",
    )),
    17: ("an invalid time stamp loses no message", (
        f"{_HERE}::test_17_every_zone_and_no_impossible_date",
        f"{_BOTH}::test_a_time_stamp_that_is_none_loses_nothing_else",
    )),
    18: ("status reports, their tails", (
        f"{_TPDU}::test_all_states_have_an_outcome",
        f"{_TPDU}::test_a_status_report_comes_back_with_its_tail",
        f"{_BOTH}::test_the_fate_of_a_message_by_every_status",
        f"{_CROSS}::test_the_device_reads_every_status_report_of_the_network",
        f"{_CROSS}::test_a_garbage_tail_loses_no_report_on_either_side",
    )),
    19: ("message types", (f"{_HERE}::test_19_type_3_is_a_deliver_and_a_wrong_type_is_refused",)),
    20: ("what a message is for", (
        f"{_TPDU}::test_what_a_message_is_for_can_be_asked",
        f"{_BOTH}::test_protocol_identifiers_that_ask_for_more_than_reading",
        f"{_BOTH}::test_all_data_coding_schemes_are_classified",
    )),
    21: ("SUBMIT with every validity", (
        f"{_HERE}::test_21_a_submit_comes_back_with_every_validity_flag_and_reference",
        f"{_TPDU}::test_all_relative_validity_periods_are_their_own_inverse",
        f"{_TPDU}::test_enhanced_validity_has_four_forms",
        f"{_BOTH}::test_validity_is_rounded_up_to_what_can_be_said",
        f"{_CROSS}::test_the_network_reads_every_submit_of_the_device",
        f"{_CROSS}::test_the_device_says_every_relative_validity_period",
    )),
    22: ("every text comes back, in the cheapest alphabet", (
        f"{_CUT}::test_any_text_comes_back",
        f"{_CUT}::test_a_national_table_is_used_only_where_it_saves_something",
        f"{_CROSS}::test_the_matrix_of_texts_goes_both_ways",
        f"{_CROSS}::test_what_the_device_segments_the_network_joins",
    )),
    23: ("segmentation", (
        f"{_CUT}::test_segmentation_vectors",
        f"{_CUT}::test_what_cannot_be_sent_is_refused",
        f"{_BOTH}::test_segments_have_the_sizes_of_the_vectors_and_read_back",
        f"{_BOTH}::test_what_does_not_fit_is_refused",
        f"{_CROSS}::test_both_sides_cut_alike",
    )),
    24: ("reassembly", (
        f"{_HERE}::test_24_255_segments_in_reverse_make_one_message",
        f"{_CUT}::test_assembly_vectors",
        f"{_CUT}::test_a_set_is_bounded_in_number_and_time",
        f"{_BOTH_CONCAT}::test_the_vectors_assemble",
        f"{_BOTH_CONCAT}::test_whatever_comes_the_bounds_hold",
        f"{_CROSS}::test_what_the_network_segments_the_device_joins",
    )),
    25: ("memory, imports; speed is measured by `make bench`", (
        f"{_HERE}::test_25_the_devices_codec_imports_nothing_but_the_core",
        f"{_HERE}::test_25_national_tables_are_loaded_when_needed",
        "micropython/test_decode_allocation.py::test_no_decode_takes_4_kb_of_heap",
    )),
}  # fmt: skip
