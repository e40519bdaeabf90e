"""What is kept of a fault names no value: neither its own words, nor those of what caused it."""

import traceback
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cape_pipeline.ace.errors import TooManyRejected
from cape_pipeline.warehouse.masking import without_values

VALUE = 'O\'Hara "Ltd" 57-1357924'


def raised(work: str) -> Exception:
    try:
        with duckdb.connect() as con:
            con.execute("create table keys (number varchar primary key)")
            con.execute("insert into keys values (?)", [VALUE])
            exec(work, {"con": con, "value": VALUE, "pl": pl})  # noqa: S102 (the sentences below)
    except Exception as fault:  # noqa: BLE001 (any kind is what is asked for)
        return fault
    raise AssertionError(work)


@pytest.mark.parametrize(
    "work",
    [
        "con.execute('select cast(number as integer) from keys')",
        "con.execute('insert into keys values (?)', [value])",
        "con.execute('select cast(57135792400 as integer)')",
        "int(value)",
        "{}[value]",
        "pl.Series([value]).cast(pl.Int64)",
        "raise ValueError(57135792400) from KeyError(value)",
    ],
)
def test_a_fault_about_a_value_is_kept_without_it(work: str) -> None:
    fault = raised(work)
    shown = without_values(fault)
    told = "".join(traceback.format_exception(shown))
    assert any(part in "".join(traceback.format_exception(fault)) for part in ("Hara", "57135792400"))
    assert not any(part in told for part in ("Hara", "1357924", "57135792400"))
    assert type(shown) is type(fault)
    assert shown.__traceback__ is not None


@pytest.mark.parametrize(
    "fault",
    [
        OSError(28, "No space left on device", "exports/ES-003.csv"),
        duckdb.IOException('IO Error: Could not read file "cape.duckdb"'),
        duckdb.BinderException('Binder Error: Referenced column "x" not found'),
        TooManyRejected(Path("a.csv"), 12345, 12345, ()),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_of_the_system_or_of_ours_is_kept_as_it_is(fault: Exception) -> None:
    assert without_values(fault) is fault


def test_what_the_system_said_behind_a_fault_stays_behind_it() -> None:
    fault, full = ValueError("'secret'"), OSError(28, "No space left on device")
    fault.__cause__ = full
    assert without_values(fault).__cause__ is full
