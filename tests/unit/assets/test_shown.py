"""What the UI is told of a table: a few masked rows in the order of the grain, a picture, offenders as plain cells."""

import base64
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg
import duckdb
import pytest

from cape_pipeline.assets.shown import (
    LONGEST_CELL,
    PICTURES,
    SAMPLE,
    SAMPLE_ROWS,
    UNCHANGED,
    as_cell,
    check_results,
    counted,
    counted_by_month,
    detailed,
    is_unchanged,
    picture_metadata,
    sample_metadata,
)
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import WHOLE
from cape_pipeline.warehouse.contract_sql import Offence
from cape_pipeline.warehouse.publish import CheckOutcome, Publication, outcomes_of
from tests.support.tables import empty_tables, put

BILLS = "ace.bills"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        yield con


def rows_of(told: dict[str, dg.TableMetadataValue]) -> list[dict[str, Any]]:
    return [dict(record.data) for record in told[SAMPLE].records]


def published(table_id: str, *built: str) -> Publication:
    return Publication(table_id, 7, built, ())


def test_the_sample_is_the_first_rows_by_grain_whatever_order_they_stand_in(con: duckdb.DuckDBPyConnection) -> None:
    for number in (7, 3, 1, 5, 2, 6, 4):
        put(con, "ace.importers", importer_number=f"12-345678{number}")
    told = rows_of(sample_metadata(con, CONTRACTS["ace.importers"], [WHOLE]))
    contract = CONTRACTS["ace.importers"]
    key = ", ".join(contract.grain)
    expected = con.execute(f"select right(importer_number, 4) from ace.importers order by {key} limit 5").fetchall()
    assert len(told) == SAMPLE_ROWS
    assert [row["importer_number"] for row in told] == [f"…{last}" for (last,) in expected]


def test_the_sample_of_a_run_of_months_is_of_the_months_that_were_built(con: duckdb.DuckDBPyConnection) -> None:
    for number, month in ((1, "2025-03"), (2, "2025-04"), (3, "undated")):
        put(con, "lines.entry_baselines", entry_number=f"ABC1234567{number}", partition_month=month)
    contract = CONTRACTS["lines.entry_baselines"]
    told = rows_of(sample_metadata(con, contract, ["2025-04", "undated"]))
    assert [row["entry_number"] for row in told] == ["ABC12345672", "ABC12345673"]


def test_an_empty_table_has_no_sample(con: duckdb.DuckDBPyConnection) -> None:
    assert sample_metadata(con, CONTRACTS["ace.importers"], [WHOLE]) == {}


def test_a_table_that_was_not_built_tells_its_lineage_and_no_rows(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "lines.entry_baselines", entry_number="ABC12345671", partition_month="2025-03")
    contract = CONTRACTS["lines.entry_baselines"]
    assert set(detailed(con, contract, published("lines.entry_baselines"))) == {"dagster/column_lineage"}
    assert SAMPLE in detailed(con, contract, published("lines.entry_baselines", "2025-03"))


def test_names_and_free_texts_are_not_told_and_what_is_unknown_stays_unknown(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "ace.importers", importer_number="12-3456789", importer_name="Acme Toys", client_id=None)
    (row,) = rows_of(sample_metadata(con, CONTRACTS["ace.importers"], [WHOLE]))
    assert (row["importer_number"], row["importer_name"], row["client_id"]) == ("…6789", "(hidden)", None)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (Decimal("1234.50"), "1234.50"),
        (date(2026, 7, 20), "2026-07-20"),
        (["a", "b"], "a, b"),
        ("x" * LONGEST_CELL, "x" * LONGEST_CELL),
        ("x" * (LONGEST_CELL + 1), "x" * (LONGEST_CELL - 1) + "…"),
    ],
)
def test_a_cell_is_as_the_table_of_the_ui_takes_it(value: object, cell: object) -> None:
    assert as_cell(value) == cell


def test_what_was_built_is_told_by_month_or_as_nothing() -> None:
    told = counted(published("lines.duty_splits", "2025-03", "2025-04"))
    assert told == {"dagster/row_count": 7, "built": "2025-03, 2025-04"}
    assert is_unchanged({"built": dg.MetadataValue.text(str(counted(published("lines.duty_splits"))["built"]))})
    assert counted(published("lines.duty_splits"))["built"] == UNCHANGED


def test_each_month_is_told_with_its_own_rows(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into warehouse.builds values ('lines.duty_splits', '2025-03', 'x', 12, 'y'),"
        " ('lines.duty_splits', '2025-04', 'x', 0, ''), ('lines.law_dates', '2025-03', 'x', 5, 'y')"
    )
    told = counted_by_month(con, "lines.duty_splits", ["2025-03", "2025-04", "2025-05"])
    assert told == {"2025-03": {"dagster/partition_row_count": 12}, "2025-04": {"dagster/partition_row_count": 0}}


def test_offenders_are_masked_plain_cells_under_the_promise_they_break() -> None:
    contract = CONTRACTS["ace.importers"]
    hostile = {"importer_number": "12-3456789", "importer_name": "<img src=x>", "load_id": "a|b\n![](http://x)"}
    (checked, *_) = outcomes_of(contract, {"contract": [Offence("one row for each key", 1, (hostile,))]})
    (result,) = check_results("ace.importers", [checked])
    table = result.metadata["1 × one row for each key"]
    assert isinstance(table, dg.TableMetadataValue)
    assert dict(table.records[0].data) == {
        "importer_number": "…6789",
        "importer_name": "(hidden)",
        "load_id": "a|b\n![](http://x)",
    }
    assert (result.passed, result.metadata["offending rows"]) == (False, dg.MetadataValue.int(1))


def test_a_check_that_holds_says_that_nothing_offends() -> None:
    (result,) = check_results(BILLS, [CheckOutcome("contract", "as declared", ())])
    assert (result.passed, result.metadata) == (True, {"offending rows": dg.MetadataValue.int(0)})


def test_every_picture_is_of_a_table_there_is_and_is_shown_as_an_image(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(PICTURES) <= set(CONTRACTS)
    monkeypatch.setitem(PICTURES, "ace.bills", ("bills", lambda _: "<svg>&amp;</svg>"))
    (told,) = picture_metadata(con, BILLS).values()
    encoded = told.value.removeprefix("![bills](data:image/svg+xml;base64,").removesuffix(")")
    assert base64.b64decode(encoded) == b"<svg>&amp;</svg>"
    assert picture_metadata(con, "ace.loads") == {}


@pytest.mark.parametrize("table_id", PICTURES)
def test_where_there_is_nothing_to_draw_there_is_no_picture(con: duckdb.DuckDBPyConnection, table_id: str) -> None:
    assert picture_metadata(con, table_id) == {}
