"""`mtmo decode` as a test calls it."""

from __future__ import annotations

from click.testing import CliRunner, Result

from mtmo_host.commands.decode import command
from mtmo_host.errors import MtmoError

WHOLE = "07919471016700000C0B915155214365F70000523041906235401BC8329BFD06DDDF72369905A2A3D373507A0E0A83E8E5391D"


def decode(*args: str, text: str | None = None) -> Result:
    """What the verb does; an MtmoError, which the program prints, as its text on stderr and status 1."""
    result = CliRunner().invoke(command, list(args), input=text)
    if isinstance(result.exception, MtmoError):
        result.stderr_bytes = f"error: {result.exception}".encode()
        result.exit_code = result.exception.exit_status
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
