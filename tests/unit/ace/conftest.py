"""What the tests of this folder share: one connection with empty `ace` tables; each test in its own transaction.

Belongs here: fixtures. Does not belong here: any expectation.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.warehouse.tables import create_table_sql
from tests.unit.ace.intake import Intake, received_contracts


@pytest.fixture(scope="session")
def ace_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute("create schema ace")
    for contract in received_contracts():
        con.execute(create_table_sql(contract))
    yield con
    con.close()


@pytest.fixture
def intake(ace_connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Iterator[Intake]:
    ace_connection.execute("begin")
    yield Intake(ace_connection, tmp_path)
    ace_connection.execute("rollback")


@pytest.fixture(scope="module")
def place(ace_connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Intake:
    """For properties: one for all examples of a module, each of which undoes what it loaded."""
    return Intake(ace_connection, tmp_path_factory.mktemp("properties"))
