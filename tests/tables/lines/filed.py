"""Filed entry lines, brought through the tables of `lines` in bulk.

Belongs here: lines as plain data, writing them with the shipped registry, and running the chain of tables on them.
Does not belong here: expectations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import rows_of
from tests.tables.promises import build

DECIDING = (
    "registry.ieepa_headings",
    "registry.chapter99_families",
    "registry.origin_aliases",
    "registry.stacking_rules",
    "registry.preference_claims",
    "registry.quantity_units",
)
LOAD_ID = "f" * 64
COMMODITY = "8501109000"
MONEY = pl.Decimal(18, 2)
TARIFF_COLUMNS: dict[str, Any] = {
    "load_id": pl.String,
    "source_row": pl.Int32,
    "entry_number": pl.String,
    "line_number": pl.Int32,
    "tariff_ordinal": pl.Int32,
    "entry_date": pl.Date,
    "country_of_origin": pl.String,
    "line_spi_code": pl.String,
    "hts_number": pl.String,
    "goods_value_usd": MONEY,
    "duty_usd": MONEY,
    "column_1_rate_filed": pl.String,
    **{f"quantity_{number}{part}": pl.String for number in (1, 2, 3) for part in ("", "_unit")},
}
VERSION_COLUMNS: dict[str, Any] = {
    "entry_number": pl.String,
    "load_id": pl.String,
    "load_number": pl.Int32,
    "version_ordinal": pl.Int32,
}
COUNT_COLUMNS: dict[str, Any] = {
    "entry_number": pl.String,
    "version_ordinal": pl.Int32,
    "tariff_row_count": pl.Int32,
    "filed_duty_usd": MONEY,
}
BASELINE_COLUMNS: dict[str, Any] = {
    "entry_number": pl.String,
    "version_ordinal": pl.Int32,
    "partition_month": pl.String,
    "entry_month": pl.String,
    "entry_date": pl.Date,
    "entry_summary_date": pl.Date,
    "entry_type_code": pl.String,
    "importer_number": pl.String,
    "data_complete": pl.Boolean,
}
FACT_COLUMNS: dict[str, Any] = {
    "entry_number": pl.String,
    "column_1_rate": pl.String,
    "privileged_foreign_date": pl.Date,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One tariff row: digits, duty, value, printed column 1 rate, up to three quantities with units; None is blank."""

    hts: str
    duty: Decimal | None
    value: Decimal | None = None
    column_1: str | None = None
    quantities: tuple[tuple[str | None, str | None], ...] = ()

    def quantity_cells(self) -> dict[str, str | None]:
        """The six cells of the quantities."""
        blank: tuple[str | None, str | None] = (None, None)
        cells: dict[str, str | None] = {}
        for number, (quantity, unit) in enumerate((*self.quantities, blank, blank, blank)[:3], 1):
            cells |= {f"quantity_{number}": quantity, f"quantity_{number}_unit": unit}
        return cells


@dataclass(frozen=True, slots=True)
class Line:
    """One entry line, alone on its entry; `is_row_dated` False leaves the date to the entry."""

    origin: str | None
    entry_date: date | None
    rows: tuple[Row, ...] = field(default=())
    entry_type: str = "01"
    spi: str | None = None
    column_1_fact: str | None = None
    summary_date: date | None = None
    privileged_foreign_date: date | None = None
    is_row_dated: bool = True


def line(
    origin: str | None,
    entry_date: str | None,
    duties: dict[str, str | None],
    *,
    base_duty: str | None = "0",
    value: str | None = "1000",
    column_1: str | None = None,
    **more: Any,
) -> Line:
    """Chapter 99 rows by heading with their duty, then one commodity row with the value and the column 1 rate."""
    rows = [Row(heading.replace(".", ""), _money(duty)) for heading, duty in duties.items()]
    rows.append(Row(COMMODITY, _money(base_duty), _money(value), column_1))
    return Line(origin, None if entry_date is None else date.fromisoformat(entry_date), tuple(rows), **more)


def _money(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


@cache
def shipped_registry() -> dict[str, pl.DataFrame]:
    """The seeds this project ships, read once for the test process."""
    return load_registry(project_files("registry_seeds"))


def write_registry(con: duckdb.DuckDBPyConnection) -> None:
    """Make the registry tables that decide lines what is shipped."""
    for table_id in DECIDING:
        _replace(con, table_id, shipped_registry()[table_id])


def entry_number(position: int) -> str:
    return f"ABC{position:08}"


def write_lines(con: duckdb.DuckDBPyConnection, lines: Sequence[Line]) -> None:
    """Make what was received these lines and nothing else.

    Each is line 1 of an entry of its own, numbered from 1, with its baseline and the user's fact.
    """
    numbered = [(entry_number(position), filed) for position, filed in enumerate(lines, 1)]
    tariff_rows = [
        {
            "load_id": LOAD_ID,
            "source_row": source_row,
            "entry_number": number,
            "line_number": 1,
            "tariff_ordinal": source_row,
            "entry_date": filed.entry_date if filed.is_row_dated else None,
            "country_of_origin": filed.origin,
            "line_spi_code": filed.spi,
            "hts_number": row.hts,
            "goods_value_usd": row.value,
            "duty_usd": row.duty,
            "column_1_rate_filed": row.column_1,
            **row.quantity_cells(),
        }
        for number, filed in numbered
        for source_row, row in enumerate(filed.rows, 1)
    ]
    versions = [
        {"entry_number": number, "load_id": LOAD_ID, "load_number": 1, "version_ordinal": 1} for number, _ in numbered
    ]
    counts = [
        {
            "entry_number": number,
            "version_ordinal": 1,
            "tariff_row_count": len(filed.rows),
            "filed_duty_usd": _sum_of_known(row.duty for row in filed.rows),
        }
        for number, filed in numbered
    ]
    baselines = [
        {
            "entry_number": number,
            "version_ordinal": 1,
            "partition_month": month_of(filed.entry_date),
            "entry_month": filed.entry_date.strftime("%Y-%m") if filed.entry_date else "undated",
            "entry_date": filed.entry_date,
            "entry_summary_date": filed.summary_date,
            "entry_type_code": filed.entry_type,
            "importer_number": "12-3456789",
            "data_complete": True,
        }
        for number, filed in numbered
    ]
    facts = [
        {
            "entry_number": number,
            "column_1_rate": filed.column_1_fact,
            "privileged_foreign_date": filed.privileged_foreign_date,
        }
        for number, filed in numbered
    ]
    _replace(con, "ace.es003_tariff_lines", pl.DataFrame(tariff_rows, schema=TARIFF_COLUMNS))
    _replace(con, "ace.entry_version_loads", pl.DataFrame(versions, schema=VERSION_COLUMNS))
    _replace(con, "ace.entry_versions", pl.DataFrame(counts, schema=COUNT_COLUMNS))
    _replace(con, "lines.entry_baselines", pl.DataFrame(baselines, schema=BASELINE_COLUMNS))
    _replace(con, "ace.current_entry_facts", pl.DataFrame(facts, schema=FACT_COLUMNS))


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def month_of(day: date | None) -> str:
    """The month a row is built with, for days up to 2028."""
    return "undated" if day is None else max(day.strftime("%Y-%m"), "2025-01")


def _replace(con: duckdb.DuckDBPyConnection, table_id: str, rows: pl.DataFrame) -> None:
    con.execute(f"delete from {table_id}")
    con.register("given_rows", rows)
    con.execute(f"insert into {table_id} by name select * from given_rows")
    con.unregister("given_rows")


def classify_all(con: duckdb.DuckDBPyConnection, lines: Sequence[Line]) -> list[list[dict[str, Any]]]:
    """The classified rows of every line, in the order of filing, under the shipped registry."""
    write_registry(con)
    write_lines(con, lines)
    build(con, "lines.law_dates")
    build(con, "lines.heading_decisions")
    by_entry: dict[str, list[dict[str, Any]]] = {entry_number(n): [] for n in range(1, len(lines) + 1)}
    for row in rows_of(con, "lines.classified_lines"):
        by_entry[row["entry_number"]].append(row)
    return list(by_entry.values())


def split_all(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The split of every line that `classify_all` has classified, in the order of the lines."""
    build(con, "lines.classified_lines")
    build(con, "lines.specific_duties")
    return rows_of(con, "lines.duty_splits")


def classified(con: duckdb.DuckDBPyConnection, filed: Line) -> list[dict[str, Any]]:
    """The classified rows of one line, in the order of filing."""
    return classify_all(con, [filed])[0]


def split(con: duckdb.DuckDBPyConnection, filed: Line) -> dict[str, Any]:
    """The split of one line."""
    classify_all(con, [filed])
    (row,) = split_all(con)
    return row
