"""A failed step: what may pass is tried again, ever later; all else says at once what happened and what to do."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import typer
from sqlalchemy.exc import OperationalError

from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.assets import failures
from cape_pipeline.assets.failures import (
    MOST_RETRIES,
    advice_for,
    is_of_the_system,
    is_passing,
    said_for_people,
    sentence_of,
)
from cape_pipeline.commands.terminal import sentences
from cape_pipeline.run_failures import failure_in
from cape_pipeline.staleness import StaleWarehouse
from cape_pipeline.warehouse.contract_sql import Offence
from cape_pipeline.warehouse.publish import BrokenPromise, CheckOutcome, MovedKey


def os_fault(number: int) -> OSError:
    return OSError(number, os.strerror(number), "exports/ES-003.csv")


def duckdb_fault(kind: type[duckdb.Error], number: int) -> duckdb.Error:
    return kind(f'IO Error: Could not write file "cape.duckdb": {os.strerror(number)}')


def sqlite_fault(words: str) -> OperationalError:
    """What Dagster's history of runs says."""
    return OperationalError("insert into event_logs", {}, sqlite3.OperationalError(words))


BROKEN = BrokenPromise("lines.duty_splits", [CheckOutcome("contract", "as declared", (Offence("one row", 2, ()),))])


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_what_a_disk_or_a_shared_folder_does_for_a_moment_may_pass(number: int) -> None:
    assert is_passing(os_fault(number))
    assert is_passing(duckdb_fault(duckdb.IOException, number))
    assert not is_passing(duckdb_fault(duckdb.FatalException, number)), "the database of the whole run is invalid"


@pytest.mark.parametrize(
    "fault",
    [
        os_fault(errno.ENOSPC), os_fault(errno.EACCES), duckdb_fault(duckdb.IOException, errno.ENOSPC), BROKEN,
        MovedKey("a moved"), UnreadableExport(Path("a.csv"), "is cut off"),
        ValueError("no number"), duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"),
    ],
    ids=lambda fault: type(fault).__name__,
)  # fmt: skip
def test_nothing_else_may_pass(fault: Exception) -> None:
    assert not is_passing(fault)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (BROKEN, "The checks of this table show the rows"),
        (os_fault(errno.ENOSPC), "make room"),
        (os_fault(errno.EDQUOT), "make room"),
        (duckdb_fault(duckdb.IOException, errno.ENOSPC), "make room"),
        (duckdb_fault(duckdb.FatalException, errno.ENOSPC), "make room"),
        (os_fault(errno.EACCES), "the right to read and write"),
        (os_fault(errno.EROFS), "the right to read and write"),
        (os_fault(errno.EIO), "did not pass within 3 tries"),
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum 1"), "Put the warehouse back"),
        (sqlite_fault("database or disk is full"), "make room"),
        (sqlite_fault("attempt to write a readonly database"), "the right to read and write"),
        (duckdb.OutOfMemoryException("Out of Memory Error"), "CAPE_MEMORY_LIMIT"),
        (duckdb.FatalException("FATAL Error: invalidated"), "Run again"),
        (MovedKey("a moved"), "a run of everything includes both"),
        (ValueError("no number"), "a fault of the pipeline (ValueError)"),
    ],
    ids=lambda told: type(told).__name__ if isinstance(told, Exception) else "",
)
def test_every_failure_says_what_to_do(fault: Exception, words: str) -> None:
    assert words in advice_for(fault)
    assert sentence_of(fault).startswith(str(fault).splitlines()[0].rstrip("."))


def test_a_fault_that_came_up_while_another_was_handled_does_not_hide_it() -> None:
    try:
        try:
            raise duckdb_fault(duckdb.IOException, errno.ENOSPC)
        finally:
            raise duckdb.TransactionException("TransactionContext Error: Cannot detach database")
    except duckdb.Error as fault:
        assert sentence_of(fault).startswith("IO Error: Could not write file")
        assert "make room" in sentence_of(fault)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (os_fault(errno.ENOSPC), 2),
        (os_fault(errno.EACCES), 2),
        (duckdb_fault(duckdb.IOException, errno.ENOSPC), 2),
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum 1"), 2),
        (duckdb_fault(duckdb.TransactionException, errno.EACCES), 2),
        (sqlite_fault("database or disk is full"), 2),
        (UnreadableExport(Path("a.csv"), "is cut off"), 2),
        (BROKEN, 1),
        (ValueError("no number"), 1),
    ],
    ids=lambda told: type(told).__name__ if isinstance(told, Exception) else "",
)
def test_a_run_ends_with_2_where_disk_rights_or_files_are_at_fault_and_with_1_where_a_table_or_the_pipeline_is(
    fault: Exception, code: int
) -> None:
    @dg.asset
    def failing() -> None:
        with said_for_people():
            raise fault

    result = dg.materialize([failing], instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    with pytest.raises(typer.Exit) as ended, sentences():
        raise failure_in(result.all_events)
    assert ended.value.exit_code == code


@pytest.mark.parametrize(
    "fault", [os_fault(errno.ENOSPC), sqlite_fault("database or disk is full")], ids=["os", "sqlite"]
)
def test_what_fails_outside_a_step_is_a_sentence_too_where_the_system_is_at_fault(
    fault: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert is_of_the_system(fault)
    with pytest.raises(typer.Exit) as ended, sentences():
        raise fault
    assert ended.value.exit_code == 2
    assert "make room" in capsys.readouterr().err


def test_a_fault_of_the_pipeline_outside_a_step_is_not_hidden() -> None:
    assert not is_of_the_system(ValueError("no number"))
    with pytest.raises(ValueError, match="no number"), sentences():
        raise ValueError("no number")


def test_a_position_that_is_behind_asks_for_all_months() -> None:
    assert "ask for all of them" in sentence_of(StaleWarehouse("lines.duty_splits 2025-02 has not been built"))


def test_a_fault_in_this_projects_own_words_needs_no_more() -> None:
    fault = UnreadableExport(Path("a.csv"), "is cut off: export it again")
    assert sentence_of(fault) == "a.csv: is cut off: export it again"


def test_only_the_first_line_is_told_and_a_fault_without_words_by_its_kind() -> None:
    assert sentence_of(duckdb.BinderException("Binder Error: no column x\nLINE 1: select x")).startswith(
        "Binder Error: no column x. This is a fault of the pipeline"
    )
    assert sentence_of(KeyError()).startswith("KeyError. ")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0.01)
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def run(instance: dg.DagsterInstance, work: Callable[[int], None]) -> tuple[dg.ExecuteInProcessResult, list[int]]:
    """Runs a step that does `work` with the number of the try; told is which tries there were."""
    tries: list[int] = []

    @dg.asset
    def step() -> None:
        with said_for_people():
            tries.append(len(tries))
            work(tries[-1])

    result = dg.materialize([step], instance=instance, raise_on_error=False)
    return result, tries


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [event for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_FAILURE]
    told = event.step_failure_data.user_failure_data
    assert told is not None
    return str(told.description)


def test_a_fault_that_passes_is_tried_again_and_the_step_succeeds(instance: dg.DagsterInstance) -> None:
    def work(number: int) -> None:
        if number < MOST_RETRIES:
            raise os_fault(errno.EIO)

    result, tries = run(instance, work)
    assert (result.success, tries) == (True, [0, 1, 2])
    waits = [
        event.step_retry_data.seconds_to_wait
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.STEP_UP_FOR_RETRY
    ]
    assert waits == [0.01, 0.02]


def test_a_fault_that_does_not_pass_ends_the_step_with_what_to_do(instance: dg.DagsterInstance) -> None:
    def work(_: int) -> None:
        raise os_fault(errno.EIO)

    result, tries = run(instance, work)
    assert (result.success, tries) == (False, [0, 1, 2])
    assert "did not pass within 3 tries" in failure_of(result)


@pytest.mark.parametrize("fault", [BROKEN, os_fault(errno.ENOSPC), ValueError("x")], ids=["promise", "disk", "fault"])
def test_what_no_repetition_mends_is_tried_once(instance: dg.DagsterInstance, fault: Exception) -> None:
    def work(_: int) -> None:
        raise fault

    result, tries = run(instance, work)
    assert (result.success, tries) == (False, [0])
    assert failure_of(result) == sentence_of(fault)
