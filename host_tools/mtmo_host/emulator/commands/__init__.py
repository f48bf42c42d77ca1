"""The AT commands, one noun per module; importing this package enters them all in the registry."""

from mtmo_host.emulator.commands import (
    card,
    general,
    identity,
    kept,
    network,
    other_vendors,
    pdp,
    phone,
    ping,
    power,
    quectel,
    simcom,
    sms_config,
    sms_send,
    sms_store,
    sms_text,
)

__all__ = [
    "card",
    "general",
    "identity",
    "kept",
    "network",
    "other_vendors",
    "pdp",
    "phone",
    "ping",
    "power",
    "quectel",
    "simcom",
    "sms_config",
    "sms_send",
    "sms_store",
    "sms_text",
]
