"""Which dialect a modem speaks, by what it says it is; forgotten again when that is known (L1; at_dialects §4.1)."""

# Who makes it ("": the model says enough), then part of the model and its dialect. Matched without case, as a whole:
# no letter or digit in front, no digit behind, for an EG915 is no EG91; behind a * anything may follow. What is not
# here is "generic". Longer names first (at_dialects §4.1; u-blox: ubxlib's prefixes, LENA-R8 as SARA-R5 by §5.1, §5.3).
_MODELS = (
    (
        "",
        "SIM7670 a7670 SIM7672 a7670 SIM7080 sim7080 SIM7070 sim7080 SIM7090 sim7080 SIM7000 sim7000 SIM7600 sim7600 "
        "SIM7500 sim7600 SIM800 sim800 SIM808 sim800 SIM868 sim800 SIM900 sim800 A76* a7670 SARA-R4* sara_r4 "
        "SARA-R5* sara_r5 LENA-R8* sara_r5 LARA-R6* lara_r6 NRF91* nrf91 GM02S gm02s",
    ),
    (
        "QUECTEL",
        "BG95 bg95 BG96 bg95 BG77 bg95 EC25 ec25 EC21 ec25 EG25 ec25 EG21 ec25 EG91 ec25 EG95 ec25 MC60 m95 M95 m95 "
        "M66 m95 M26 m95",
    ),
    ("TELIT", "ME910 telit_me910 ME310 telit_me910 LE910 telit_me910"),
    ("SIERRA", "HL78* hl78"),
    ("CINTERION", "* cinterion"),
    ("SIEMENS", "MC75 cinterion TC65 cinterion"),
)


def match(maker: str, model: str) -> str:
    """The dialect for what AT+CGMI and AT+CGMM answered; "generic" for an unknown modem, never a guess."""
    model = model.upper()
    both = maker.upper() + " " + model
    for name, row in _MODELS:
        if name in both:
            words = row.split(" ")
            for i in range(0, len(words), 2):
                if _is_in(words[i], model):
                    return words[i + 1]
    return "generic"


def _is_in(name: str, model: str) -> bool:
    part = name.rstrip("*")
    at = model.find(part)
    if at < 0 or (at and _is_word(model[at - 1])):
        return False
    behind = model[at + len(part) :][:1]
    return part != name or not behind.isdigit()


def _is_word(char: str) -> bool:
    return "0" <= char <= "9" or "A" <= char <= "Z"
