"""A transaction that stands whole or not at all, on either kind of storage.

Belongs here: begin, commit, roll back, and doing again what another writer's commit made impossible. Does not belong
here: what is done in it (`publish.py`, `tables.py`).
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import duckdb

from cape_pipeline.warehouse.ducklake import is_conflict, is_lake

#: How often a transaction is begun before its conflict is an error, and how long is waited at most in between.
ATTEMPTS, LONGEST_WAIT_SECONDS = 30, 10
T = TypeVar("T")


def in_transaction(
    con: duckdb.DuckDBPyConnection, work: Callable[[], T], leaving: Callable[[], None] = lambda: None
) -> T:
    """Do the work in one transaction and return what it returns; when it fails, nothing of it stands.

    In a lake, work that met another writer's commit is done again from its beginning, on the state it meets then. It
    may therefore run several times: what it changes outside the database it must change to the same each time.

    Args:
        con: a connection without a transaction.
        work: what is done.
        leaving: is called after each time, whatever became of it, to drop the work's temporary tables: those stay when
            a lake refuses to commit, because they are in another database.
    """
    if not is_lake(con):
        return _once(con, work, leaving)
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

    attempts = Retrying(
        retry=retry_if_exception(is_conflict),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT_SECONDS),
        reraise=True,
    )
    done: T = attempts(_once, con, work, leaving)
    return done


def _once(con: duckdb.DuckDBPyConnection, work: Callable[[], T], leaving: Callable[[], None]) -> T:
    con.execute("begin")
    try:
        done = work()
        con.execute("commit")
        return done
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that failed has rolled back already
            con.execute("rollback")
        raise
    finally:
        leaving()
