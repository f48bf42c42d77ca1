"""Which dialect a modem gets, and that every record serves the engine (at_dialects §4.1)."""

from mtmo import dialects
from mtmo.dialects import models

# what AT+CGMI and AT+CGMM answer, dialect
MODELS = (
    ("SIMCOM_Ltd", "SIMCOM_SIM800L", "sim800"),
    ("SIMCOM_Ltd", "SIMCOM_SIM800C", "sim800"),
    ("SIMCOM_Ltd", "SIM7000G", "sim7000"),
    ("SIMCOM_Ltd", "SIMCOM_SIM7080", "sim7080"),
    ("SIMCOM_Ltd", "SIMCOM_SIM7070", "sim7080"),
    ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "sim7600"),
    ("INCORPORATED", "A7670E-LASE", "a7670"),
    ("SIMCOM", "a7670sa-fase", "a7670"),
    ("SIMCOM", "A7608E-H", "a7670"),
    ("SIMCOM", "SIM7670G", "a7670"),
    ("Quectel_Ltd", "Quectel_M95", "m95"),
    ("Quectel_Ltd", "MC60", "m95"),
    ("Quectel", "EC25", "ec25"),
    ("Quectel", "EG91", "ec25"),
    ("Quectel", "BG95-M3", "bg95"),
    ("Quectel", "BG96", "bg95"),
    ("", "Quectel_BG95-M3", "bg95"),
    ("u-blox", "SARA-R410M-02B", "sara_r4"),
    ("u-blox", "SARA-R422S", "sara_r4"),
    ("u-blox", "SARA-R510S-01B", "sara_r5"),
    ("u-blox", "LENA-R8001M10", "sara_r5"),
    ("u-blox", "LARA-R6401D-00B", "lara_r6"),
    ("Telit", "ME910C1-E1", "telit_me910"),
    ("Telit", "LE910C1-EUX", "telit_me910"),
    ("Sierra Wireless", "HL7802", "hl78"),
    ("Sequans", "GM02S", "gm02s"),
    ("QuickSpot", "GM02SP", "gm02s"),
    ("Nordic Semiconductor ASA", "nRF9160-SICA", "nrf91"),
    ("Nordic Semiconductor ASA", "nRF9151-LACA", "nrf91"),
    ("Cinterion", "EHS5-E", "cinterion"),
    ("Telit Cinterion", "PLS62-W", "cinterion"),
    ("SIEMENS", "MC75i", "cinterion"),
    # near misses: another family's number begins like a known one, or another maker uses it
    ("Quectel", "EC200U", "generic"),
    ("Quectel", "EG915U", "generic"),
    ("Quectel", "EG800Q", "generic"),
    ("Quectel", "BG950A", "generic"),
    ("Quectel", "M951", "generic"),
    ("ACME", "EC25", "generic"),
    ("ACME", "XM95A", "generic"),
    ("u-blox", "SARA-U201", "generic"),
    ("u-blox", "LEXI-R10", "generic"),
    ("SIMCOM_Ltd", "SIMCOM_SIM7020", "generic"),
    ("SIMCOM_Ltd", "SIM80001", "generic"),
    ("Nordic Semiconductor ASA", "nRF93M1", "generic"),
    ("Fibocom", "L610-CN", "generic"),
    ("", "", "generic"),
    ("?", "?" * 300, "generic"),
)


def test_a_model_gets_its_family_and_an_unknown_one_the_generic_record():
    for maker, model, name in MODELS:
        assert models.match(maker, model) == name, (maker, model, models.match(maker, model))


def test_every_family_in_the_table_has_a_record_that_serves_the_engine():
    fields = set(dialects.load("generic"))
    for name in sorted({name for _, _, name in MODELS}):
        record = dialects.load(name)
        assert record["name"] == name
        assert set(record) == fields, (name, set(record) ^ fields)
        assert record["mode"] in ("stored", "routed")
        assert record["mode"] == "routed" or record["stores"]
        assert record["cnmi"] and record["send_s"] and record["registration"]
        assert len(record["cms"]) % 4 == 0
        for at in range(0, len(record["cms"]), 4):
            assert record["cms"][at : at + 3].isdigit() and record["cms"][at + 3] in "PTFU", record["cms"][at:]


def test_templates_name_only_what_the_engine_fills_in():
    for name in sorted({name for _, _, name in MODELS}):
        record = dialects.load(name)
        assert record["ipr"].replace("{baud}", "").find("{") < 0
        for line in record["setup"] + record["power_saving"]:
            assert line[:2] == "AT" and "{" not in line
