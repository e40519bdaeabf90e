"""What a failed step says, and whether it is tried again: one sentence of what happened and one of what to do.

Belongs here: the sentences of failures, for the UI and for `cape run` alike, and which faults pass by themselves. Does
not belong here: the faults (each module raises its own, in words for people), and retries of whole runs, of which the
instance decides (`cape_pipeline/run.py`).
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import dagster as dg
import duckdb
from sqlalchemy.exc import DBAPIError

from cape_pipeline.staleness import StaleWarehouse
from cape_pipeline.warehouse.connection import advice_for_damage, is_damage
from cape_pipeline.warehouse.masking import without_values
from cape_pipeline.warehouse.publish import BrokenPromise, MovedKey

MOST_RETRIES = 2
FIRST_WAIT_SECONDS = 2
#: What a disk or a shared folder may do for a moment. A full disk is none of it: somebody has to make room.
PASSING = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
SQLITE_WORDS = {
    "database or disk is full": errno.ENOSPC,
    "disk I/O error": errno.EIO,
    "attempt to write a readonly database": errno.EROFS,
    "unable to open database file": errno.EACCES,
}


@contextmanager
def said_for_people() -> Iterator[None]:
    """Inside it, a fault becomes a failure that says what to do, and a passing one is tried again, ever later.

    Raises:
        dg.RetryRequested: a fault that may pass, at most twice a step.
        dg.Failure: any other, which no repetition mends.
    """
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as raised:  # noqa: BLE001 (it is raised again below, as it may be kept)
        fault = cast("Exception", without_values(raised))
        context = dg.AssetExecutionContext.get()
        if is_passing(fault) and context.retry_number < MOST_RETRIES:
            wait = FIRST_WAIT_SECONDS * 2**context.retry_number
            context.log.warning(f"{first_line(fault)}. It may pass: the step is tried again in {wait} s")
            raise dg.RetryRequested(max_retries=MOST_RETRIES, seconds_to_wait=wait) from fault
        raise dg.Failure(description=sentence_of(fault), allow_retries=False) from fault


def is_passing(fault: Exception) -> bool:
    """Whether the same may succeed a moment later. What invalidates DuckDB's whole database does not."""
    return _is_of(fault, PASSING) and not isinstance(fault, duckdb.FatalException)


def sentence_of(fault: Exception) -> str:
    """What happened and what to do about it."""
    told = first_line(_said_by_the_system(fault) or fault)
    advice = advice_for(fault)
    return f"{told.rstrip('.')}. {advice}" if advice else told


def advice_for(fault: Exception) -> str:
    """What to do; empty where the fault's own words say it, as those of this project do."""
    if isinstance(fault, StaleWarehouse):
        return "A run of some months leaves the others behind: ask for all of them. Files and snapshot stand as before"
    if isinstance(fault, BrokenPromise):
        return (
            "The checks of this table show the rows. If a row is wrong in the export, mend it there and run again"
            " (cape check FILE shows what is made of it); if the rule is wrong, report it with the check's name."
            " Nothing after this table was built, and analysts go on seeing the last position"
        )
    if isinstance(fault, MovedKey):
        return "Nothing was changed; a run of everything includes both"
    if _is_of(fault, FULL):
        return (
            "The disk is full: make room where the warehouse, its .spill folder and the outputs lie, and run again."
            " What was committed stands"
        )
    if _is_of(fault, REFUSED):
        return "Give the account that runs the pipeline the right to read and write there, and run again"
    if _is_of(fault, PASSING):
        return f"It did not pass within {MOST_RETRIES + 1} tries: look at the disk or the shared folder, and run again"
    return _advice_for_the_engine(fault) or _advice_for_a_fault_of_ours(fault)


def _advice_for_the_engine(fault: Exception) -> str:
    if is_damage(fault):
        return advice_for_damage("the warehouse")
    if isinstance(fault, duckdb.OutOfMemoryException):
        return "Give the run more memory with CAPE_MEMORY_LIMIT, such as 4GB, or fewer threads with CAPE_THREADS"
    if isinstance(fault, duckdb.FatalException):
        return "DuckDB stopped this run; what was committed stands. Run again"
    return ""


def _advice_for_a_fault_of_ours(fault: Exception) -> str:
    if type(fault).__module__.startswith("cape_pipeline."):
        return ""
    return (
        f"This is a fault of the pipeline ({type(fault).__name__}), not of your files: report it with the log of the"
        " run. What was committed stands"
    )


def is_of_the_system(fault: Exception) -> bool:
    """Whether the disk, the rights, the memory or a damaged file are at fault: somebody mends that, and runs again."""
    told = _said_by_the_system(fault) is not None or is_damage(fault)
    return told or isinstance(fault, OSError | duckdb.OutOfMemoryException | duckdb.FatalException)


def first_line(fault: BaseException) -> str:
    """The fault's own words, without DuckDB's echo of the statement."""
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__


def _is_of(fault: Exception, numbers: frozenset[int]) -> bool:
    """Whether the operating system said one of these."""
    said = _said_by_the_system(fault)
    return said is not None and _tells(said, numbers)


def _said_by_the_system(fault: BaseException | None) -> BaseException | None:
    """The fault that the operating system's own words stand in: this one, or the one it came up while handling."""
    while fault is not None and not _tells(fault, PASSING | FULL | REFUSED):
        fault = fault.__cause__ or fault.__context__
    return fault


def _tells(fault: BaseException, numbers: frozenset[int]) -> bool:
    """DuckDB passes on the words of the operating system, not its number."""
    if isinstance(fault, OSError):
        return fault.errno in numbers
    if isinstance(fault, DBAPIError):  # Dagster's history of runs, which SQLite holds
        return any(words in str(fault) for words, number in SQLITE_WORDS.items() if number in numbers)
    is_told = isinstance(fault, duckdb.IOException | duckdb.FatalException | duckdb.TransactionException)
    return is_told and any(os.strerror(number) in str(fault) for number in numbers)
