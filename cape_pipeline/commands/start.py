"""How every `cape` command starts and ends: no traceback for a wrong word, an interrupt or a closed pipe.

Belongs here: what `cape` says without a command, the release, what is said of a wrong command line, what Ctrl-C and a
reader that went away mean, and characters a terminal cannot show. Does not belong here: a command, or what may go wrong
in it (`terminal.py`).
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cape_pipeline.commands.interrupts import heard, listening
from cape_pipeline.commands.options import flag
from cape_pipeline.commands.terminal import out, say
from cape_pipeline.privacy import keep_files_to_owner

INTERRUPTED, READER_GONE = 130, 1
FIRST_STEPS = """From US Customs ACE exports to reconciled IEEPA tariff refunds.

Look around     cape demo                  made-up exports and a whole run
Your own files  cape check FILE            what an ACE export holds
Then all        cape run --exports FOLDER  load them, print the position

All commands    cape --help
One command     cape run --help"""


class Commands(TyperGroup):
    """The commands, each of which ends with an exit code and, where something is wrong, one sentence."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run one command line; as the program, end with its exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        show_what_can_be_shown()
        keep_files_to_owner()
        with listening():
            code = self._code_of(args, prog_name or "cape", complete_var, windows_expand_args, **extra)
        if code == INTERRUPTED:
            say("interrupted; what was finished stands, and the same command begins the rest anew")
        sys.exit(code)

    def _code_of(self, args: Any, prog_name: str, complete_var: Any, expand: bool, **extra: Any) -> int:
        try:
            code = super().main(args, prog_name, complete_var, False, expand, **extra)
            sys.stdout.flush()
        except TyperException as wrong:
            return _refuse(wrong)
        except (typer.Abort, KeyboardInterrupt):
            return INTERRUPTED
        except BrokenPipeError:
            _forget_output()
            return READER_GONE
        except Exception:
            if heard():
                return INTERRUPTED
            raise
        return code if isinstance(code, int) else 0


def tell_release(is_asked: bool) -> None:
    """End with the release, where that is all that was asked."""
    if is_asked:
        out.print(f"cape-pipeline {release()}", highlight=False)
        raise typer.Exit


def begin(
    context: typer.Context,
    is_release: Annotated[bool, flag("--version", "Print the release", callback=tell_release, is_eager=True)] = False,
) -> None:
    """From US Customs ACE exports to reconciled IEEPA tariff refunds.

    Example: cape demo
    """
    del is_release
    if context.invoked_subcommand is None:
        out.print(FIRST_STEPS, markup=False, highlight=False, soft_wrap=True)


def release() -> str:
    """The release that is installed."""
    try:
        return version("cape-pipeline")
    except PackageNotFoundError:
        return "unreleased"


def show_what_can_be_shown() -> None:
    """A character that a terminal cannot show is written as its number, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _refuse(wrong: TyperException) -> int:
    """Say what is wrong with the command line, and where its help is."""
    context = getattr(wrong, "ctx", None)
    told = wrong.format_message().rstrip(". ")
    say(f"{told}{'' if told.endswith('?') else '.'} See {context.command_path} --help" if context else told)
    return wrong.exit_code


def _forget_output() -> None:
    """What is still to be written has no reader, and Python must not complain about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
