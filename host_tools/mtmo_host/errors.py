"""Errors that a person is meant to read: what is wrong, in which field, and what mends it."""


class MtmoError(Exception):
    """Something the user can act on; the command line prints it as one line and exits with status 1."""

    exit_status = 1

    def __init__(self, message: str, *, field: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.field}: {self.message}" if self.field else self.message
        return f"{text} ({self.fix})" if self.fix else text


class UsageError(MtmoError):
    """The command was put together wrongly; exit status 2."""

    exit_status = 2
