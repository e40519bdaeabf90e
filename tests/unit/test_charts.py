"""The two charts: drawn from finished tables, the same bytes each time, nothing where there is nothing to draw."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from cape_pipeline.charts import exposure_by_path, payment_calendar
from tests.support.tables import empty_tables, put

AS_OF = date(2026, 7, 20)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as tables:
        put(tables, "registry.as_of", as_of_date=AS_OF)
        yield tables


def path(con: duckdb.DuckDBPyConnection, name: str, status: str = "eligible", **values: object) -> None:
    given = {"entry_count": 2, "later_entry_count": 0, "principal_unknown_count": 0} | values
    put(con, "reports.position_by_path", cape_status=status, recommended_path=name, **given)


def batch(con: duckdb.DuckDBPyConnection, key: str, total: str | None, due: date | None) -> None:
    put(
        con,
        "refunds.refund_batches",
        batch_id=key,
        total_usd=None if total is None else Decimal(total),
        payment_to_date=due,
        refund_numbers=[],
    )


def words_of(svg: str) -> list[str]:
    """Every text of the picture; reading it shows that it is well-formed."""
    root = ET.fromstring(svg)  # noqa: S314 (our own picture)
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_exposure_adds_up_each_path_with_its_entries(con: duckdb.DuckDBPyConnection) -> None:
    money = {"refund_principal_usd": Decimal(1000), "open_principal_usd": Decimal(400)}
    path(con, "file_cape", refund_principal_high_usd=Decimal(1500), **money)
    path(con, "file_cape", "eligible_paid_on_liquidation", refund_principal_high_usd=Decimal(1000), **money)
    told = words_of(exposure_by_path(con))
    assert "file CAPE (4)" in told
    assert "2.5 k" in told
    assert {"refunded or settled", "open and certain", "may come above it"} <= set(told)


def test_an_entry_dated_after_the_day_is_not_counted_in_the_exposure(con: duckdb.DuckDBPyConnection) -> None:
    money = dict.fromkeys(("refund_principal_usd", "open_principal_usd", "refund_principal_high_usd"), Decimal(10))
    path(con, "file_cape", entry_count=5, later_entry_count=2, **money)
    assert "file CAPE (3)" in words_of(exposure_by_path(con))


def test_what_no_bar_holds_is_in_no_legend(con: duckdb.DuckDBPyConnection) -> None:
    money = dict.fromkeys(("refund_principal_usd", "open_principal_usd", "refund_principal_high_usd"), Decimal(10))
    path(con, "file_cape", **money)
    assert {"refunded or settled", "may come above it"}.isdisjoint(words_of(exposure_by_path(con)))


def test_an_unknown_principal_is_told_and_not_drawn(con: duckdb.DuckDBPyConnection) -> None:
    money = dict.fromkeys(("refund_principal_usd", "open_principal_usd", "refund_principal_high_usd"), Decimal(10))
    path(con, "file_cape", **money)
    path(con, "manual_review", "review", principal_unknown_count=3)
    told = words_of(exposure_by_path(con))
    assert "3 entries of unknown principal in no bar" in told
    assert not any(word.startswith("manual review") for word in told)


def test_the_calendar_puts_each_amount_into_the_month_of_its_day(con: duckdb.DuckDBPyConnection) -> None:
    batch(con, "a", "1500.00", date(2026, 9, 30))
    batch(con, "b", "500.00", date(2026, 9, 1))
    refund = {"refund_class": "cape", "refund_date": date(2026, 7, 1)}
    put(con, "entries.refund_cash", refund_number="R1", rev603_usd=Decimal(3000), diverted_usd=Decimal(900), **refund)
    cash = {"deposited_usd": Decimal(7000), "bank_value_date": date(2026, 8, 2), "rev603_usd": Decimal(7000)}
    put(con, "entries.refund_cash", refund_number="R2", **refund, **cash)
    told = words_of(payment_calendar(con))
    assert [word for word in told if word.startswith("2026-")] == ["2026-07", "2026-08", "2026-09"]
    assert {"2.1 k", "7.0 k", "2.0 k"} <= set(told)


def test_a_month_without_a_payment_stands_between_two_with_one(con: duckdb.DuckDBPyConnection) -> None:
    batch(con, "a", "1.00", date(2026, 11, 30))
    batch(con, "b", "1.00", date(2027, 1, 1))
    told = words_of(payment_calendar(con))
    assert [word for word in told if word.startswith("202")] == ["2026-11", "2026-12", "2027-01"]


def test_what_has_no_day_or_no_amount_is_told_beside_the_calendar(con: duckdb.DuckDBPyConnection) -> None:
    batch(con, "a", "10.00", date(2026, 9, 30))
    batch(con, "b", "2500.25", None)
    batch(con, "c", None, date(2026, 9, 30))
    told = words_of(payment_calendar(con))
    assert "USD 2,500.25 has no date yet and is in no bar; 1 of unknown amount in no bar" in told


@pytest.mark.parametrize(
    "other", [{"refund_class": "other"}, {"refund_class": "cape", "reissued_as": "R9"}], ids=["other money", "reissued"]
)
def test_other_money_and_what_was_issued_anew_is_in_no_bar(
    con: duckdb.DuckDBPyConnection, other: dict[str, str]
) -> None:
    day = {"refund_date": date(2026, 7, 1), "rev603_usd": Decimal(3000)}
    put(con, "entries.refund_cash", refund_number="R1", **day, **other)
    assert payment_calendar(con) == ""


def test_a_refund_under_way_is_no_batch_that_is_expected(con: duckdb.DuckDBPyConnection) -> None:
    given = {"total_usd": Decimal(5), "payment_to_date": date(2026, 9, 1)}
    put(con, "refunds.refund_batches", batch_id="a", refund_numbers=["R1"], **given)
    assert payment_calendar(con) == ""


def test_a_far_outlier_does_not_stretch_the_calendar_beyond_ten_years(con: duckdb.DuckDBPyConnection) -> None:
    batch(con, "a", "1.00", date(1999, 1, 1))
    batch(con, "b", "1.00", date(2026, 9, 1))
    words = words_of(payment_calendar(con))
    told = [word for word in words if word[:2] in ("19", "20")]
    assert 1 < len(told) <= 14
    assert min(told) == "2016-10"
    assert "USD 1.00 is from before 2016-10 and in no bar" in words


def test_nothing_to_draw_is_no_picture(con: duckdb.DuckDBPyConnection) -> None:
    assert exposure_by_path(con) == ""
    assert payment_calendar(con) == ""
    batch(con, "b", "2500.25", None)
    path(con, "manual_review", "review", principal_unknown_count=3)
    assert exposure_by_path(con) == ""
    assert payment_calendar(con) == ""


def test_the_same_tables_give_the_same_bytes_without_a_clock(con: duckdb.DuckDBPyConnection) -> None:
    batch(con, "a", "10.00", date(2026, 9, 30))
    first = payment_calendar(con)
    assert first == payment_calendar(con)
    assert first.startswith("<svg")
    assert "dc:date" not in first
    assert "dc:creator" not in first


def test_the_module_alone_imports_no_drawing_library() -> None:
    program = "import sys, cape_pipeline.charts; print(sorted({'matplotlib', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
