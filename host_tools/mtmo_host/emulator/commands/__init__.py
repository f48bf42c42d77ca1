"""The AT commands, one noun per module; importing this package enters them all in the registry."""

from mtmo_host.emulator.commands import (
    general,
    identity,
    network,
    pdp,
    power,
    sms_config,
    sms_send,
    sms_store,
    vendor,
)

__all__ = ["general", "identity", "network", "pdp", "power", "sms_config", "sms_send", "sms_store", "vendor"]
