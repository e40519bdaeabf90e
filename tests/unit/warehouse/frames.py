"""Frames that keep a contract, and frames that break it in a known place.

Belongs here: making values from the fields of a contract. Does not belong here: any verdict on them.
"""

import math
import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from cape_pipeline.warehouse.contract import POLARS_TYPES, Field, TableContract

#: For each pattern of the project: the n-th text that fits it.
FITTING = {
    r"^(undated|20[0-9]{2}-(0[1-9]|1[0-2]))$": lambda n: f"20{n // 12:02}-{n % 12 + 1:02}" if n else "undated",
    r"^[0-9]{4,10}$": lambda n: f"{n:04}",
    r"^[A-Z0-9]{3}[0-9]{8}$": lambda n: f"A1C{n:08}",
    r"^[0-9a-f]{64}$": lambda n: f"{n:064x}",
    r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}$": lambda n: f"9903.{n // 100:02}.{n % 100:02}",
    r"^[A-Z0-9]{3}$": lambda n: f"{n:03}",
    r"^[0-9]{8}$": lambda n: f"{n:08}",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": lambda n: f"name-{n}",
}
CENT = {"DECIMAL(18,2)": "0.01", "DECIMAL(9,6)": "0.000001", "DECIMAL(38,20)": "1e-20", "DECIMAL(38,22)": "1e-22"}
OTHER_TYPE: dict[str, Any] = {
    "VARCHAR": pl.Binary,
    "VARCHAR[]": pl.String,
    "DATE": pl.Datetime("us"),
    "TIMESTAMP": pl.Date,
    "BOOLEAN": pl.Int32,
    "INTEGER": pl.Int64,
    "BIGINT": pl.Int32,
    "DECIMAL(18,2)": pl.Decimal(18, 3),
    "DECIMAL(9,6)": pl.Decimal(18, 6),
    "DECIMAL(38,20)": pl.Decimal(38, 22),
    "DECIMAL(38,22)": pl.Decimal(38, 20),
}


def good_value(field: Field, n: int) -> Any:
    """The n-th value that keeps every promise of the field; other n, other value, as far as the promises allow."""
    if field.one_of:
        return field.one_of[n % len(field.one_of)]
    if field.matches:
        return FITTING[field.matches](n)
    least = field.at_least or 0
    if field.sql_type in CENT:
        return Decimal(least) + n * Decimal(CENT[field.sql_type])
    return {
        "VARCHAR": f"text {n}",
        "VARCHAR[]": [] if n == 0 else [f"text {n}", "ä"],
        "DATE": date(2025, 1, 1) + timedelta(days=n),
        "TIMESTAMP": datetime.fromisoformat("2025-01-01T12:30") + timedelta(seconds=n),
        "BOOLEAN": n % 2 == 0,
        "INTEGER": least + n,
        "BIGINT": least + n,
    }[field.sql_type]


def bad_values(field: Field) -> Iterator[Any]:
    """Values of the right type that break exactly one promise of the field each."""
    if not field.nullable:
        yield None
    step = Decimal(CENT[field.sql_type]) if field.sql_type in CENT else 1
    if field.at_least is not None:
        yield field.at_least - step
    if field.at_most is not None:
        yield field.at_most + step
    if field.one_of:
        yield from ("", field.one_of[0].upper() + "!", f" {field.one_of[0]}", f"{field.one_of[0]}\n")
    if field.matches:
        good = FITTING[field.matches](7)
        yield from (
            text
            for text in ("", "?", f" {good}", f"{good}\n", f"{good}{good}", good[1:], f"x\n{good}")
            if not re.fullmatch(field.matches, text) or text.endswith("\n")
        )


def distinct_keys(contract: type[TableContract]) -> int:
    """How many of the first good rows have different keys: few where every column of the key is a closed list."""
    columns = [field for field in contract.fields if field.name in contract.grain]
    lists = [len(field.one_of) for field in columns if field.one_of]
    return math.lcm(*lists) if len(lists) == len(columns) else sys.maxsize


def good_rows(contract: type[TableContract], count: int) -> list[dict[str, Any]]:
    """Rows with as many different keys; the second has null wherever null is allowed."""
    rows = [{field.name: good_value(field, n) for field in contract.fields} for n in range(count)]
    if count > 1:
        rows[1] |= {field.name: None for field in contract.fields if field.nullable}
    return rows


def frame_of(contract: type[TableContract], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows as a frame of the contract's types."""
    return pl.DataFrame(rows, schema={field.name: POLARS_TYPES[field.sql_type] for field in contract.fields})
