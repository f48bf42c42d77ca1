"""The faults of the menu by name; the value is what the command line, the API and transcripts say."""

from __future__ import annotations

from enum import StrEnum


class FaultId(StrEnum):
    """One fault of the menu."""

    SPLIT = "F1"
    SLOW = "F2"
    NOISE = "F3"
    URC = "F4"
    SWALLOW = "F5"
    LATE = "F6"
    REBOOT = "F7"
    BROWN_OUT = "F8"
    FULL = "F9"
    DUPLICATE_CMTI = "F10"
    NO_CMTI = "F11"
    VANISH = "F12"
    SIM_BUSY = "F13"
    LOST_RESULT = "F14"
    ECHO = "F15"
    BAUD = "F16"
    PROMPT = "F17"
    DATA_MODE = "F18"
    HUGE_LINE = "F19"
    HOSTILE = "F20"
    PARTS = "F21"
    NO_NETWORK = "F22"
    INACTIVE = "F23"
    OLD_APN = "F24"
    AUTH = "F25"
    CLOCK = "F26"
