"""The newest row of every refund in REV-603, in `entries.reported_refunds`, and what kind of refund its type tells.

Belongs here: newest rows, types, what the report says of returns and diversions. Does not belong here: cash.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def refund(con: Connection, load: int = 1, run: date | None = None, **columns: Any) -> None:
    load_id = put_load(con, load, "REV-603", run)
    row = {"refund_number": "R1", "total_refund_usd": Decimal("104.00"), **columns}
    put(con, "ace.rev603_refunds", load_id=load_id, **row)


def told(con: Connection) -> dict[str, dict[str, Any]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    con.register("seeded", load_registry(project_files("registry_seeds"))["registry.refund_types"])
    con.execute("insert into registry.refund_types by name select * from seeded")
    con.unregister("seeded")
    assert broken_promises(con, "entries.reported_refunds") == []
    return {row["refund_number"]: row for row in rows_of(con, "entries.reported_refunds")}


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("CAPE", "cape"), ("Cape refund", "cape"), ("IEEPA Duty Refund", "cape"), ("Drawback", "other"),
        ("DRAWBACK-CAPE", "cape"), ("Post-Summary Correction", "other"), ("19 USC 1520(d)", "other"),
        ("Protest", "other"), ("Type 77", "unknown"), (" ", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_the_words_of_the_type_tell_the_kind_and_an_unknown_text_tells_none(
    con: Connection, printed: str | None, kind: str
) -> None:
    refund(con, refund_type=printed)
    row = told(con)["R1"]
    assert (row["refund_class"], row["refund_type"]) == (kind, printed)


def test_a_word_withdrawn_from_the_list_tells_nothing(con: Connection) -> None:
    put(con, "registry.refund_types", type_words="ODD", refund_class="cape", withdrawn_date=AS_OF)
    refund(con, refund_type="odd")
    assert told(con)["R1"]["refund_class"] == "unknown"


def test_the_newest_run_wins_and_a_row_of_a_later_day_is_not_seen(con: Connection) -> None:
    refund(con, 1, date(2026, 7, 8), refund_secondary_status="Treasury Issued")
    refund(con, 2, date(2026, 7, 1), refund_secondary_status="Funds Diverted")
    refund(con, 3, AS_OF, refund_secondary_status="Check/ACH Returned", refund_date=AS_OF + timedelta(days=1))
    row = told(con)["R1"]
    assert row["refund_secondary_status"] == "Treasury Issued"
    assert (row["is_said_diverted"], row["is_said_returned"]) == (False, False)


def test_of_one_run_the_file_loaded_last_wins_and_of_one_file_the_last_row(con: Connection) -> None:
    run = date(2026, 7, 8)
    refund(con, 2, run, refund_status="second file", source_row=2)
    refund(con, 1, run, refund_status="first file", source_row=9)
    for number in (4, 3):
        put(con, "ace.rev603_refunds", load_id=f"{2:064x}", refund_number="R1", refund_status=f"row {number}",
            source_row=number)  # fmt: skip
    refund(con, 3, None, refund_status="a file of no known run", source_row=9)
    assert told(con)["R1"]["refund_status"] == "row 4"


@pytest.mark.parametrize(
    ("status", "on_rev613", "diverted", "returned"),
    [
        ("Funds Diverted", False, True, False), ("Check/ACH Returned", False, False, True),
        ("Treasury Issued", True, False, True), (None, False, False, False),
    ],
)  # fmt: skip
def test_what_cbp_says_of_a_return_and_a_diversion_is_read(
    con: Connection, status: str | None, *, on_rev613: bool, diverted: bool, returned: bool
) -> None:
    refund(con, refund_secondary_status=status)
    if on_rev613:
        put(con, "ace.rev613_rejected_refunds", load_id=put_load(con, 9, "REV-613"), refund_number="R1")
    row = told(con)["R1"]
    assert (row["is_said_diverted"], row["is_said_returned"], row["is_returned"]) == (diverted, returned, on_rev613)


@pytest.mark.parametrize(
    ("trace", "key"), [("0000-12 34", "1234"), ("031a", "31A"), ("000", None), ("-", None), (None, None)]
)
def test_a_trace_is_compared_without_separators_and_leading_zeros(
    con: Connection, trace: str | None, key: str | None
) -> None:
    refund(con, trace_number=trace, payee_number="12-345678900")
    row = told(con)["R1"]
    assert (row["trace_key"], row["trace_number"], row["payee_key"]) == (key, trace, "123456789")


def test_without_rev603_there_is_no_refund(con: Connection) -> None:
    assert told(con) == {}
