"""The command line: `oddsmith COMMAND`. Data goes to stdout, talk to stderr.

A command's module is imported when the command runs, so that the help, `check` and `list` start at once.

Exit codes: 0 done, 1 failed while running, 2 wrong usage or scenario, 3 a quality gate not passed,
4 unfinished but resumable, 130 and 143 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from oddsmith.commands import TABLE
from oddsmith.commands.talk import say
from oddsmith.errors import DatasetError
from sim.errors import OddsmithError, ScenarioError, Unfinished, UsageError

__all__ = ["app", "exit_code", "main"]


class _LazyCommands(TyperGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands in the order of their table."""
        return list(TABLE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command; an unknown name loads all, so that the nearest can be suggested."""
        for name in [cmd_name] if cmd_name in TABLE else TABLE:
            if name not in self.commands:
                self.commands[name] = _command(name)
        return self.commands.get(cmd_name)


def _command(name: str) -> Any:
    """Import the function of a command and make a command of it."""
    module, _, function = TABLE[name].partition(":")
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(import_module(module), function))
    command = typer.main.get_command(single)
    command.name = name
    return command


app = typer.Typer(
    cls=_LazyCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 110},
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from oddsmith import __version__

        print(f"oddsmith {__version__}")
        raise typer.Exit


@app.callback()
def _front(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Make datasets of rare cases that keep their odds.

    Start with:  oddsmith run driving/cut_in --out outputs/cut_in
    """


def exit_code(error: Exception) -> int:
    """Return the exit code an error ends the program with."""
    stopped_by = getattr(error, "signal", None)
    if isinstance(stopped_by, int):
        return 128 + stopped_by
    if isinstance(error, ScenarioError | UsageError):
        return 2
    return 4 if isinstance(error, Unfinished) else 1


def main() -> None:
    """Run the command line and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        app()
    except (OddsmithError, DatasetError) as error:
        say(str(error))
        sys.exit(exit_code(error))
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(1)


def _on_sigterm(number: int, frame: object) -> None:
    """End as an exception does, so that files are closed and children stopped."""
    sys.exit(128 + signal.SIGTERM)
