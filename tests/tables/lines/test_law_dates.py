"""lines.law_dates: entries whose rows are judged by another day than their date of entry."""

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, put, rows_of
from tests.tables.promises import broken_promises

TABLE = "lines.law_dates"
ADMITTED, FILED = date(2025, 3, 10), date(2025, 6, 12)


def law_dates(con: duckdb.DuckDBPyConnection, entry_type: str, admitted: date | None, **entry: Any) -> list[Any]:
    put(
        con,
        "lines.entry_baselines",
        **{"entry_date": date(2025, 6, 2), "entry_summary_date": FILED, "entry_type_code": entry_type, **entry},
    )
    if admitted:
        put(con, "ace.current_entry_facts", privileged_foreign_date=admitted)
    assert broken_promises(con, TABLE) == []
    return [(row["law_date"], row["law_date_basis"]) for row in rows_of(con, TABLE)]


def test_zone_goods_are_judged_by_the_day_of_their_privileged_status(con: duckdb.DuckDBPyConnection) -> None:
    assert law_dates(con, "06", ADMITTED) == [(ADMITTED, "privileged_foreign_date")]


@pytest.mark.parametrize(("entry_type", "admitted"), [("01", ADMITTED), ("06", None), ("01", None), (None, ADMITTED)])
def test_other_goods_and_zone_goods_without_a_known_day_by_their_date_of_entry(
    con: duckdb.DuckDBPyConnection, entry_type: str, admitted: date | None
) -> None:
    assert law_dates(con, entry_type, admitted) == []


def test_the_policy_of_the_entry_date_lets_it_decide_for_zone_goods_too(con: duckdb.DuckDBPyConnection) -> None:
    choose(con, zone_goods_policy="entry_date")
    assert law_dates(con, "06", ADMITTED) == []


def test_the_policy_of_the_filing_date_takes_the_day_of_the_entry_summary(con: duckdb.DuckDBPyConnection) -> None:
    choose(con, law_date_policy="filing_date")
    assert law_dates(con, "01", None) == [(FILED, "filing_date")]


def test_under_it_an_entry_without_that_day_keeps_its_date_of_entry(con: duckdb.DuckDBPyConnection) -> None:
    choose(con, law_date_policy="filing_date")
    assert law_dates(con, "01", None, entry_summary_date=None) == []


def test_under_it_zone_goods_keep_the_day_of_their_status(con: duckdb.DuckDBPyConnection) -> None:
    choose(con, law_date_policy="filing_date")
    assert law_dates(con, "06", ADMITTED) == [(ADMITTED, "privileged_foreign_date")]
