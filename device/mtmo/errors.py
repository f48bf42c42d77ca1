"""Errors of the agent: exceptions with fields, caught where something can be done (L0)."""


class MtmoError(ValueError):
    """Anything the agent itself reports as wrong: `field` names what, `reason` says why.

    MicroPython has no exception with two native bases, and each class with an `__init__` of its own costs RAM.
    """

    def __init__(self, field: str, reason: str):
        super().__init__("%s: %s" % (field, reason))
        self.field = field
        self.reason = reason


class PduError(MtmoError):
    """Octets from the air or the modem that are no valid TPDU (TS 23.040 §9.2)."""

    def __init__(self, reason: str, field: str, offset: int):
        super().__init__(field, "%s at octet %d" % (reason, offset))
        self.reason = reason
        self.offset = offset


class EncodeError(MtmoError):
    """A text or an address that cannot be put into a TPDU."""


class ApnError(MtmoError):
    """An APN, user or password that must not be written to a modem (TS 23.003 §9.1)."""


class SettingError(MtmoError):
    """A value that a setting does not take; `field` is its name."""


class AtError(MtmoError):
    """A command that did not end with OK; `field` is the command without its arguments."""


class AtTimeout(AtError):
    """No final result within the command's time; what the modem did is unknown."""


class AtNoPrompt(AtTimeout):
    """The modem asked for no PDU, or did not answer before: nothing was sent."""


class AtRefused(AtError):
    """A final result other than OK.

    `kind` is "CME", "CMS" or "" and `code` its number (TS 27.007 §9.2, TS 27.005 §3.2.5), -1 if there is none.
    """

    def __init__(self, line: str, final: str, kind: str = "", code: int = -1):
        super().__init__(line, final)
        self.kind = kind
        self.code = code


class StoreError(MtmoError):
    """A record that was written does not read back; `field` is its path."""


class ConfigError(MtmoError):
    """A file on the flash that the agent cannot work with; `field` is its path."""


class VerbError(ValueError):
    """An answer `Enn …` (SC1 §7), no fault of the agent: `code` and a fixed text that repeats no foreign input."""

    def __init__(self, code: int, text: str):
        super().__init__("E%02d %s" % (code, text))
        self.code = code
        self.text = text
