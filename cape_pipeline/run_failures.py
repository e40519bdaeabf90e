"""Why a run failed: the first step that did, and its sentence.

Belongs here: reading Dagster's events of failure. Does not belong here: the sentences themselves
(`assets/failures.py`), and printing (`commands/`).
"""

from collections.abc import Iterable

import dagster as dg
import duckdb
from dagster._core.events import DagsterEventType
from sqlalchemy.exc import DBAPIError, OperationalError

from cape_pipeline.ace.archive import NotKept
from cape_pipeline.ace.errors import TooManyRejected, UnknownExport, UnreadableExport
from cape_pipeline.assets.load import UnusableExports
from cape_pipeline.clients.known import UnknownClient
from cape_pipeline.close.frozen import UnusableClose
from cape_pipeline.warehouse.connection import WarehouseUnusable

#: Errors of a step that are about the files it was given, not about what it made of them.
FILE_ERRORS = frozenset(
    error.__name__
    for error in (
        UnusableExports,
        UnreadableExport,
        UnknownExport,
        TooManyRejected,
        NotKept,
        UnusableClose,
        UnknownClient,
        WarehouseUnusable,
    )
)


#: Errors of the disk, the rights, the memory or a damaged file, as Python and DuckDB name them.
SYSTEM_ERRORS = frozenset(
    {
        "OSError",
        *(error.__name__ for error in OSError.__subclasses__()),
        *(error.__name__ for error in (duckdb.IOException, duckdb.TransactionException)),  # a commit meets the disk
        *(error.__name__ for error in (duckdb.FatalException, duckdb.OutOfMemoryException)),
        DBAPIError.__name__,
        *(error.__name__ for error in DBAPIError.__subclasses__()),
        OperationalError.__name__,
    }
)


class RunFailed(Exception):
    """A step of the run failed; what was committed before it stands."""

    def __init__(self, step: str, sentence: str, kind: str | None = None, *, is_about_files: bool = False) -> None:
        super().__init__(sentence)
        self.step = step
        self.sentence = sentence
        self.kind = kind
        self.is_about_files = is_about_files


def failure_in(events: Iterable[dg.DagsterEvent]) -> RunFailed:
    """The first step that failed, with the sentence of what went wrong there."""
    for event in events:
        if event.event_type is DagsterEventType.STEP_FAILURE:
            failure = event.step_failure_data
            told = failure.user_failure_data.description if failure.user_failure_data else None
            error = failure.error.cause or failure.error if failure.error else None
            sentence = told or (error.message.strip() if error else "the step failed without a message")
            kind = error.cls_name if error else None
            step = str(event.step_key).replace("__", ".")
            is_about_files = kind in FILE_ERRORS | SYSTEM_ERRORS
            return RunFailed(step, _without_class_name(sentence, kind), kind, is_about_files=is_about_files)
    return RunFailed("run", "the run could not start; the Dagster UI (cape ui) shows its log")


def _without_class_name(sentence: str, kind: str | None) -> str:
    """Dagster puts the class of an error before its message, and its module before that."""
    _, found, told = sentence.partition(f"{kind}: ")
    return told if found else sentence
