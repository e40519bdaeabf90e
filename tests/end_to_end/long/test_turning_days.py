"""Between two of its turning days nothing of an entry turns: the tables by entry, built anew as of day after day.

Belongs here: that `entries.turning_days` leaves no day out. Does not belong here: which fact turns which day
(`tests/tables/entries/test_turning_days.py`), and how a moved day is followed (`tests/unit/warehouse/test_by_key.py`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import duckdb
import pytest

from cape_pipeline.assets.registry import publish_as_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.demo import write_demo
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from cape_pipeline.sample import write_sample
from cape_pipeline.warehouse.changes import forget_changes
from tests.support.pipeline import empty_warehouse, receive

#: The tables of `entries` whose rows follow by entry, and what they rest on.
BY_ENTRY = tuple(
    table_id
    for table_id, contract in CONTRACTS.items()
    if contract.independent_by == "entry_number" and contract.source == "sql" and not table_id.startswith("refunds.")
)
#: What else they read: where the rows of one of these move with the day, all that reads it is built anew.
NOT_BY_ENTRY = (
    "ace.readable_loads", "entries.refund_chains", "entries.refund_cash", "entries.reported_refunds",
    "entries.refund_amount_bases", "entries.payee_designations",
)  # fmt: skip
LISTED = "entries.turning_days"
#: The days of the programme and of the demo, their eves, and days long after.
NAMED = (
    "2025-08-01", "2026-02-20", "2026-04-19", "2026-04-20", "2026-04-21", "2026-06-28", "2026-06-29", "2026-07-06",
    "2026-07-07", "2026-07-20", "2026-07-21", "2026-08-31", "2027-04-02", "2028-02-29",
)  # fmt: skip


def days(seed: int) -> list[date]:
    """The named days, and some more each with its morrow, in order."""
    drawn = [date(2026, 3, 1) + timedelta(days=Random(seed + n).randrange(300)) for n in range(5)]
    return sorted({*map(date.fromisoformat, NAMED), *drawn, *(day + timedelta(days=1) for day in drawn)})


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    demo, sample = folder / "demo", folder / "sample"
    write_demo(demo)
    write_sample(sample, 400, 1)
    return {"demo": demo, "sample": sample}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as connection:
        yield connection


def build_anew(con: duckdb.DuckDBPyConnection, day: date) -> None:
    publish_as_of(con, day)
    forget_changes(con)
    rebuild(con, MONTHS, (*BY_ENTRY, *NOT_BY_ENTRY, LISTED))


def content(con: duckdb.DuckDBPyConnection, table_id: str) -> object:
    columns = ", ".join(CONTRACTS[table_id].column_names())
    return con.execute(f"select count(*), sum(hash({columns})) from {table_id}").fetchone()


def keep(con: duckdb.DuckDBPyConnection) -> None:
    for table_id in BY_ENTRY:
        con.execute(f"create or replace temp table {table_id.replace('.', '_')} as from {table_id}")


def turned(con: duckdb.DuckDBPyConnection, table_id: str) -> list[tuple[str]]:
    """Entries whose rows are others than those that were kept, although they have no turning day between."""
    kept = f"temp.{table_id.replace('.', '_')}"
    return con.execute(
        f"select distinct entry_number from ((from {table_id} except all from {kept}) union all"
        f" (from {kept} except all from {table_id})) anti join temp.turning using (entry_number) order by all limit 5"
    ).fetchall()


@pytest.mark.parametrize(("name", "seed"), [("demo", 1), ("sample", 2)])
def test_an_entry_turns_on_no_day_that_is_not_listed(
    con: duckdb.DuckDBPyConnection, exports: dict[str, Path], name: str, seed: int
) -> None:
    asked = days(seed)
    receive(con, exports[name], asked[0])
    build_anew(con, asked[0])
    compared = 0
    for before, day in pairwise(asked):
        keep(con)
        stood = [content(con, table_id) for table_id in NOT_BY_ENTRY]
        con.execute(
            f"create or replace temp table turning as select distinct entry_number from {LISTED}"
            f" where turning_date > date '{before}' and turning_date <= date '{day}'"
        )
        build_anew(con, day)
        if stood == [content(con, table_id) for table_id in NOT_BY_ENTRY]:
            compared += 1
            unlisted = {table_id: told for table_id in BY_ENTRY if (told := turned(con, table_id))}
            assert unlisted == {}, f"from {before} to {day}"
    assert compared >= len(asked) // 2
