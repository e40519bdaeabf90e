"""What every command shares with the person in front of it: where it prints, how it says what cannot be done.

Belongs here: the two consoles, sentences about errors with their exit codes, JSON for machines, and reading what a
command line says of days and settings. Does not belong here: an option of a command (`options.py`, or the command
itself), and any work.
"""

import gc
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import NoReturn

import typer
from rich.console import Console

from cape_pipeline.commands.interrupts import stop_if_heard
from cape_pipeline.layout import shown
from cape_pipeline.partitions import MONTHS
from cape_pipeline.settings import Settings, UnusableSetting

BROKEN, UNUSABLE = 1, 2
PIPED_WIDTH = 160  # tables in a pipe or a file are not squeezed into a terminal's width
# without emoji, or broker:ABC: in a sentence becomes one
out = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, emoji=False)
err = Console(stderr=True, emoji=False)


def say(sentence: str) -> None:
    """One plain sentence about what cannot be done, also where a name in it holds line ends or moves the cursor."""
    sentence = shown(sentence).plain
    err.print(f"cape: {sentence}", markup=False, highlight=False, soft_wrap=True)


def fail(sentence: str, code: int = UNUSABLE) -> NoReturn:
    """End with one plain sentence and an exit code; after Ctrl-C what fails is no fault to tell of."""
    stop_if_heard()
    say(sentence)
    raise typer.Exit(code)


def as_day(text: str, option: str) -> date:
    """A day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: write the day as YYYY-MM-DD, such as 2026-07-20")


def as_month(text: str, option: str) -> str | None:
    """A month written as YYYY-MM, or the months of entries without a date; None where none is named."""
    if text and text != MONTHS[0] and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        fail(f"{option} {text}: write the month as YYYY-MM, such as 2025-08, or {MONTHS[0]}")
    return text or None


def settings_of_environment() -> Settings:
    """The settings of this installation."""
    try:
        return Settings.from_environment()
    except UnusableSetting as error:
        fail(str(error))


def of_client(settings: Settings, client: str) -> Settings:
    """The settings that lead to the snapshot of one client; without one those of the whole."""
    if not client:
        return settings
    from cape_pipeline.clients.known import UnknownClient, settings_of_client
    from cape_pipeline.summary import SnapshotUnusable

    try:
        return settings_of_client(settings, client)
    except (UnknownClient, SnapshotUnusable) as error:
        fail(str(error))


@contextmanager
def sentences() -> Iterator[None]:
    """Every error a run can end with, as a sentence and its exit code."""
    from cape_pipeline.assets.failures import is_of_the_system, sentence_of
    from cape_pipeline.assets.load import UnusableExports
    from cape_pipeline.cluster.broker import ClusterUnusable
    from cape_pipeline.registry.load import RegistryError
    from cape_pipeline.run import UnusableRequest
    from cape_pipeline.run_failures import RunFailed
    from cape_pipeline.warehouse.connection import WarehouseUnusable
    from cape_pipeline.warehouse.tables import StoredRowsInTheWay

    try:
        yield
    except (
        UnusableExports,
        UnusableRequest,
        WarehouseUnusable,
        StoredRowsInTheWay,
        RegistryError,
        ClusterUnusable,
    ) as error:
        fail(str(error))
    except RunFailed as failed:
        fail(f"step {failed.step} failed: {failed.sentence}", UNUSABLE if failed.is_about_files else BROKEN)
    except Exception as fault:
        if not is_of_the_system(fault):
            raise
        fail(sentence_of(fault))


def print_json(told: object) -> None:
    """JSON alone on standard output; days and amounts as text."""
    print(json.dumps(told, indent=1, default=str))  # noqa: T201


@contextmanager
def starting_dagster() -> Iterator[None]:
    """Import what a run needs, saying so. Python looks for garbage later: here it would find none, in a fifth more."""
    from cape_pipeline.cluster.broker import ClusterUnusable

    gc.disable()
    try:
        with err.status("Starting Dagster"):
            yield
    except ClusterUnusable as error:
        fail(str(error))
    finally:
        gc.enable()
