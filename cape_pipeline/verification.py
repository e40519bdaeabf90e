"""Verify: whether the received files, the registry and every table are what the warehouse says they are.

Nothing is written. Every archived file is read again and hashed; the rows of every file are added up again; every table
is hashed and held against what was recorded with its rows; every view is computed in full; every promise of every
contract and every claim is looked at; and every issued position must still have what it is built from again.

Belongs here: what is looked at and what is said of it. Does not belong here: how one table is looked at
(`warehouse/verify.py`), and the command (`commands/verify.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import duckdb

from cape_pipeline.ace import macros_sql
from cape_pipeline.ace.archive import is_whole, place_of
from cape_pipeline.ace.control_totals import ControlTotal, control_totals
from cape_pipeline.assets.registry import SEEDED
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.issued.keeping import count_positions, lacking
from cape_pipeline.registry.load import load_registry
from cape_pipeline.resources import open_storage
from cape_pipeline.settings import EMBEDDED, Settings, project_files
from cape_pipeline.staleness import months_in_play
from cape_pipeline.warehouse.builds import WHOLE, content_of, read_builds, stale_tables
from cape_pipeline.warehouse.connection import WarehouseUnusable
from cape_pipeline.warehouse.contract_sql import shape_offences, such_as
from cape_pipeline.warehouse.masking import masked_rows
from cape_pipeline.warehouse.verify import broken_promises, changed_months

Kind = Literal["received file", "registry", "table", "promise", "behind", "issued position"]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: what kind, what it is about, and a sentence that says what to do."""

    kind: Kind
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what was found; without findings all of it is as recorded."""

    files_hashed: int
    #: Loaded with --discard-raw, so there is nothing to hash.
    files_not_kept: int
    seeds_compared: int
    tables_hashed: int
    views_computed: int
    positions_examined: int
    control_totals: tuple[ControlTotal, ...]
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings


def verify(settings: Settings, progress: Progress = lambda _: None) -> Verification:
    """Look at everything.

    Raises:
        WarehouseUnusable: there is no warehouse, or it cannot be opened.
        RegistryError: a seed of this installation cannot be used.
    """
    if settings.storage == EMBEDDED and not settings.warehouse.is_file():
        raise WarehouseUnusable(f"{settings.warehouse}: there is no warehouse; cape run makes one")
    con = open_storage(settings)
    try:
        for macro in macros_sql():
            con.execute(macro)
        if (
            con.execute("select 1 from duckdb_tables() where schema_name = 'ace' and table_name = 'loads'").fetchone()
            is None
        ):
            raise WarehouseUnusable(f"{settings.warehouse} holds no tables yet: cape run makes them")
        kept, not_kept, of_files = _of_files(con, settings, progress)
        totals = control_totals(con)
        findings = [*of_files, *_of_totals(totals), *_of_seeds(con), *_of_tables(con, progress), *_behind(con)]
    finally:
        con.close()
    progress("issued positions")
    findings += [Finding("issued position", name, sentence) for name, sentence in lacking(settings.archive)]
    views = sum(contract.source == "view" for contract in CONTRACTS.values())
    return Verification(
        kept,
        not_kept,
        len(SEEDED),
        len(CONTRACTS) - views,
        views,
        count_positions(settings.archive),
        tuple(totals),
        tuple(findings),
    )


def _of_files(con: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress) -> tuple[int, int, list[Finding]]:
    progress("received files")
    rows = con.execute("select load_id, file_name, is_raw_kept from ace.loads order by load_number").fetchall()
    found = []
    for load_id, file_name, is_kept in rows:
        if is_kept and not is_whole(settings.archive, load_id):
            place = place_of(settings.archive, load_id)
            why = "is not the file that was loaded" if place.is_file() else "is gone"
            sentence = f"its copy {place} {why}: put the file with sha256 {load_id} back from a backup"
            found.append(Finding("received file", file_name, sentence))
    kept = sum(bool(is_kept) for *_, is_kept in rows)
    return kept, len(rows) - kept, found


def _of_totals(totals: Iterable[ControlTotal]) -> Iterator[Finding]:
    """Files whose rows do not come to what they came to when they were loaded."""
    for total in totals:
        if not total.is_as_recorded:
            sentence = (
                f"its rows come to {total.control_total_usd}, and came to {total.recorded_usd} when it was loaded:"
                " restore the warehouse, or delete it and run again"
            )
            yield Finding("received file", total.file_name, sentence)


def _of_seeds(con: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Registry tables of the warehouse that are not those of this installation."""
    frames = load_registry(project_files("registry_seeds"))
    builds = read_builds(con)
    for contract in SEEDED:
        table_id = contract.table_id()
        con.register("shipped_seed", frames[table_id])
        shipped = content_of(con, contract, "shipped_seed").get(WHOLE, (0, ""))
        con.unregister("shipped_seed")
        stands = builds.get((table_id, WHOLE))
        if stands is None or (stands.row_count, stands.content_hash) != shipped:
            sentence = (
                "the warehouse was built with other rows than this installation has: cape registry diff tells which,"
                " cape run takes them over"
            )
            yield Finding("registry", table_id, sentence)


def _of_tables(con: duckdb.DuckDBPyConnection, progress: Progress) -> Iterator[Finding]:
    builds = read_builds(con)
    for table_id, contract in CONTRACTS.items():
        if (table_id, WHOLE) not in builds and not any(recorded == table_id for recorded, _ in builds):
            continue  # never built: told by what is behind
        progress(table_id)
        if shape_offences(con, contract, f"from {table_id}"):
            yield Finding("behind", table_id, "was made by another release: cape run builds it anew")
            continue
        for month in changed_months(con, contract, builds):
            rows = "its rows" if month == WHOLE else f"its rows of {month}"
            sentence = f"{rows} are not those that were written: restore the warehouse, or delete it and run again"
            yield Finding("table", table_id, sentence)
        for offence in broken_promises(con, contract, builds):
            shown = such_as(masked_rows(offence.rows, contract))
            sentence = f"{offence.promise}: broken by {offence.count:,} rows, such as {shown}"
            yield Finding("promise", table_id, sentence)


def _behind(con: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """One finding for a table and all its months that are behind in the same way."""
    months: dict[tuple[str, str], list[str]] = {}
    for sentence in stale_tables(con, CONTRACTS, months_in_play(con)):
        table_id, month, why = sentence.split(" ", 2)
        months.setdefault((table_id, why), []).append(month)
    for (table_id, why), behind in months.items():
        of_months = "" if behind == [WHOLE] else f" ({', '.join(behind)})"
        yield Finding("behind", table_id, f"{why}{of_months}: cape run brings it up to date")
