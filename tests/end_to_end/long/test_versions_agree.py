"""What the product is compared with does the same job: its results are the product's own.

Belongs here: the pandas version and the floor against the product on a small sample. Does not belong here: what
anything costs.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.sample import write_sample
from cape_pipeline.settings import Settings
from tests.benchmarks import floor, pandas_version
from tests.support.pipeline import empty_warehouse, run_on

ENTRIES = 500
DAY = date(2026, 7, 20)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, ENTRIES, 1)
    return folder


@pytest.fixture(scope="module")
def both(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The product's warehouse, with what the pandas version and the floor made of the same exports beside it."""
    folder = tmp_path_factory.mktemp("versions")
    pandas_version.run(exports, folder / "pandas", DAY)
    floor.load(exports, folder / "floor.duckdb", Settings(threads=1, memory_limit="500MB"))
    con = empty_warehouse()
    run_on(con, exports, DAY)
    con.execute("create schema other")
    for name in ("eligibility", "interest_accruals", "duty_splits", "classified_lines", "reconciliation"):
        con.execute(f"create view other.{name} as from '{folder}/pandas/{name}.parquet'")
    con.execute(f"attach '{folder}/floor.duckdb' as bare (read_only)")
    yield con
    con.close()


def differences(con: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> list[tuple[object, ...]]:
    return con.execute(
        f"(({ours}) except all ({theirs})) union all (({theirs}) except all ({ours})) order by all limit 5"
    ).fetchall()


def test_pandas_gives_every_entry_the_status_and_path_that_the_product_gives(both: duckdb.DuckDBPyConnection) -> None:
    columns = "entry_number, cape_status, recommended_path"
    assert not differences(
        both, f"select {columns} from entries.eligibility", f"select {columns} from other.eligibility"
    )


def test_pandas_owes_every_complete_entry_the_principal_that_the_product_owes(both: duckdb.DuckDBPyConnection) -> None:
    assert not differences(
        both,
        "select entry_number, cast(refund_principal_usd * 100 as bigint) from entries.eligibility"
        " where data_complete and refund_principal_usd > 0",
        "select entry_number, cast(principal as bigint) from other.eligibility where is_complete and principal > 0",
    )


def test_pandas_accrues_the_interest_that_the_product_accrues_to_the_cent(both: duckdb.DuckDBPyConnection) -> None:
    assert not differences(
        both,
        "select entry_number, accrual_end_date, cast(interest_usd * 100 as bigint) from refunds.interest_accruals",
        "select entry_number, cast(end_date as date), interest from other.interest_accruals",
    )


def test_pandas_splits_the_duty_of_every_line_as_the_product_does(both: duckdb.DuckDBPyConnection) -> None:
    assert not differences(
        both,
        "select entry_number, line_number, cast(ieepa_low_usd * 100 as bigint), cast(ieepa_high_usd * 100 as bigint),"
        " cast(section_301_usd * 100 as bigint), cast(section_232_usd * 100 as bigint) from lines.duty_splits",
        "select entry_number, line_number, low, high, section_301, section_232 from other.duty_splits",
    )


def test_pandas_matches_every_refund_as_the_product_does(both: duckdb.DuckDBPyConnection) -> None:
    assert not differences(
        both,
        "select refund_number, match_status from payments.rev603_reconciliation where es022_usd is not null",
        "select refund_number, match_status from other.reconciliation",
    )


def test_the_floor_holds_every_tariff_row_that_the_product_received(both: duckdb.DuckDBPyConnection) -> None:
    """Rows without an entry number are no rows; what the product set aside, the floor has with an empty amount."""
    (table,) = [
        name
        for (name,) in both.execute(
            "select table_name from duckdb_columns() where database_name = 'bare' and column_name = 'HTS Number - Full'"
        ).fetchall()
    ]
    assert not differences(
        both,
        "select sum(duty_usd), sum(goods_value_usd), min(entry_date), max(entry_date) from ace.es003_tariff_lines"
        " where duty_usd is not null",
        'select sum("Line Tariff Duty Amount"), sum("Line Tariff Goods Value Amount"), min("Entry Date"),'
        f' max("Entry Date") from bare.{table} where "Line Tariff Duty Amount" is not null'
        " and \"Entry Summary Number\" not like '%E+%'",
    )


def test_the_floor_reads_every_file_of_a_folder_once(exports: Path) -> None:
    read = [path for paths in floor.reports(exports).values() for path in paths]
    assert sorted(read) == sorted(exports.glob("*.csv"))
