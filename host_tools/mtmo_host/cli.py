"""The `mtmo` command: finds the verb, and turns errors into one clear line and an exit status."""

from __future__ import annotations

import importlib
import signal
import sys
import threading

import click

from mtmo_host import __version__
from mtmo_host.errors import MtmoError

# verb -> one line of help; the code is mtmo_host/commands/<verb>.py (_ for -), loaded when the verb is used
VERBS = {
    "up": "start the network, modems and virtual boards: the main job",
    "modem": "an emulated modem for somebody else's software, with its small network",
    "faults": "make an emulated modem or its line misbehave, while it runs",
    "board": "a virtual board: real MicroPython with a flash image, on a pty",
    "boards": "the board profiles with their sources, and which boards are plugged in",
    "flash": "put the agent, its keys and settings onto a board",
    "console": "time-stamped serial console of a board",
    "keys": "make, show, export and rotate the operator's keys",
    "sms": "sign, send, watch and verify text messages",
    "sign-page": "write a page that signs commands on a phone, without a network",
    "replay": "play a recorded AT transcript back, as the modem or as the agent",
    "decode": "explain a PDU, an SC1 text or an AT trace",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click itself suggests only from commands that are loaded
        if args[0] not in VERBS and args[0][:1] != "-":
            raise click.NoSuchCommand(args[0], possibilities=VERBS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"mtmo_host.commands.{cmd_name.replace('-', '_')}")
        if _loading():
            signal.signal(signal.SIGINT, signal.default_int_handler)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # from the table, so that `mtmo --help` imports no verb
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def _loading() -> bool:
    # as __main__.py left it; in the tests of a verb, Ctrl-C is theirs
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_DFL


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mtmo")
def group() -> None:
    """Secure SMS remote control for MicroPython boards with a cellular modem.

    \b
    Examples:
      mtmo up --devices 3                 the whole system on this desk
      mtmo sms send unit-1 -m status      sign, send, wait for the verified answer
      mtmo flash --board lilygo-t-a7670 --port /dev/ttyUSB0 --keys fleet.key
    """


def main() -> None:
    """Entry point, by way of __main__.py: no traceback reaches a user."""
    try:
        status = group.main(standalone_mode=False)
    except MtmoError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a disk that is full or read-only, wherever it is met first
        click.echo(f"error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
