"""Who is known not to be enrolled for ACH refunds, in `entries.payees_not_enrolled`.

Belongs here: what the user's files say of a payee. Does not belong here: the alerts that follow from it (`payments`).
"""

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
PAYEE = "961234567"


@pytest.mark.parametrize(
    ("by_importers", "by_payees", "is_listed"),
    [
        (False, None, True), (None, False, True), (False, False, True),
        (False, True, False), (True, False, False), (True, None, False), (None, None, False),
    ],
)  # fmt: skip
def test_a_payee_is_listed_where_a_file_says_no_and_none_says_yes(
    con: Connection, *, by_importers: bool | None, by_payees: bool | None, is_listed: bool
) -> None:
    put(con, "ace.current_importers", importer_key=PAYEE, ach_enrolled=by_importers)
    put(con, "entries.payee_designations", payee_key=PAYEE, ach_enrolled=by_payees)
    assert broken_promises(con, "entries.payees_not_enrolled") == []
    assert [row["payee_key"] for row in rows_of(con, "entries.payees_not_enrolled")] == [PAYEE] * is_listed


def test_without_files_nobody_is_listed(con: Connection) -> None:
    assert rows_of(con, "entries.payees_not_enrolled") == []
