"""Lines of a broker's list, brought through the tables that split them, in bulk and under the shipped registry.

Belongs here: lines as plain data and running the SELECTs on them. Does not belong here: expectations.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from tests.support.tables import rows_of
from tests.tables.lines.filed import entry_number, month_of, shipped_registry
from tests.tables.many import put_many
from tests.tables.promises import build

DUTIES = "lines.broker_line_duties"
STACKS = "lines.rate_stacks"
FITS = "lines.rate_fits"
SPLITS = "lines.rate_derived_splits"
DECIDING = ("registry.ieepa_headings", "registry.origin_aliases", "registry.other_duty_rates")
SHIRT = "6109100010"  # outside every list of Section 232 goods
AMOUNTS = (
    "paid_duty_usd",
    "ieepa_duty_usd",
    "ieepa_fentanyl_duty_usd",
    "ieepa_reciprocal_duty_usd",
    "ieepa_brazil_duty_usd",
    "ieepa_india_duty_usd",
    "section_301_duty_usd",
    "section_232_duty_usd",
    "section_201_duty_usd",
    "section_122_duty_usd",
    "column_1_duty_usd",
    "other_duty_usd",
)


def listed(origin: str | None, day: str | None, *, value: str | None = "1000", **told: str | None) -> dict[str, Any]:
    """One line: what is told of it (amounts without their `_duty_usd`, `rate`, `spi`, `hts`, `fact`, `type`)."""
    amounts = {name: told.pop(name.removesuffix("_duty_usd"), None) for name in AMOUNTS}
    row: dict[str, Any] = {
        "country_of_origin": origin,
        "entry_date": None if day is None else date.fromisoformat(day),
        "goods_value_usd": None if value is None else Decimal(value),
        "hts_number": told.pop("hts", None) or SHIRT,
        "column_1_rate_filed": told.pop("rate", None),
        "line_spi_code": told.pop("spi", None),
        "fact": told.pop("fact", None),
        "entry_type_code": told.pop("type", None) or "01",
        **{name: None if amount is None else Decimal(amount) for name, amount in amounts.items()},
    }
    assert not told, f"a line has no {sorted(told)}"
    return row


def write_lists(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make what was received these lines and nothing else, each line 1 of an entry of its own."""
    for table_id in DECIDING:
        con.execute(f"delete from {table_id}")
        con.register("given_rows", shipped_registry()[table_id])
        con.execute(f"insert into {table_id} by name select * from given_rows")
        con.unregister("given_rows")
    for table_id in ("ace.current_broker_lines", "lines.entry_baselines", "ace.current_entry_facts"):
        con.execute(f"delete from {table_id}")
    numbered = [(entry_number(position), row) for position, row in enumerate(rows, 1)]
    put_many(
        con,
        "ace.current_broker_lines",
        [
            {"entry_number": number, "line_number": 1, "source_row": position + 1}
            | {name: told for name, told in row.items() if name not in ("fact", "entry_type_code")}
            for position, (number, row) in enumerate(numbered, 1)
        ],
    )
    put_many(
        con,
        "lines.entry_baselines",
        [
            {
                "entry_number": number,
                "baseline_basis": "broker_lines",
                "partition_month": month_of(row["entry_date"]),
                "entry_month": row["entry_date"].strftime("%Y-%m") if row["entry_date"] else "undated",
                "entry_date": row["entry_date"],
                "entry_type_code": row["entry_type_code"],
                "importer_number": "12-3456789",
            }
            for number, row in numbered
        ],
    )
    facts = [{"entry_number": number, "column_1_rate": row["fact"]} for number, row in numbered if row["fact"]]
    put_many(con, "ace.current_entry_facts", facts)


def duties_of(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is stated of every line, in the order of the lines."""
    write_lists(con, rows)
    return rows_of(con, DUTIES)


def fits_of(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the stacks that fit agree on, in the order of the lines."""
    write_lists(con, rows)
    return fits_of_written(con)


def fits_of_written(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The same for the lines that were written before."""
    build(con, DUTIES)
    build(con, STACKS)
    return rows_of(con, FITS)


def split_lists(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The split of every line, in the order of the lines; the table holds them too."""
    write_lists(con, rows)
    for table_id in (DUTIES, STACKS, FITS, SPLITS):
        build(con, table_id)
    return rows_of(con, SPLITS)
