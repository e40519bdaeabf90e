"""From the seed files to typed frames: the whole registry loads, or a sentence for every fault says where it lies.

Belongs here: reading the files, the rules between rows and between files, and the frames. Does not belong here: what a
single row must satisfy (`models.py`), the valuation day (`registry.as_of`, written by the run), Dagster, DuckDB.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import polars as pl
from pydantic import ValidationError

from cape_pipeline.registry.models import (
    POLICY_POINTS,
    SEEDS,
    Chapter99Family,
    CitedRow,
    IeepaHeading,
    Policy,
    PreferenceClaim,
    ProgrammeDate,
    SeedRow,
    Source,
    StackingRule,
    TimingPolicy,
    columns,
)
from cape_pipeline.registry.window import overlapping_neighbours

POLARS_TYPES: dict[type, Any] = {
    str: pl.String,
    bool: pl.Boolean,
    int: pl.Int32,
    date: pl.Date,
    Decimal: pl.Decimal(9, 6),
    tuple: pl.List(pl.String),
}
HEADER_ROW = 1
CLOCK = "payment_clock"
#: Faults that a message tells one by one.
MOST_TOLD = 50


class RegistryError(ValueError):
    """The seeds cannot be used; `problems` holds one sentence for each fault, naming file, row and column.

    As text it tells the first of them, because one damaged column makes a fault of every row.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - MOST_TOLD
        super().__init__("\n".join([*self.problems[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]))


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row and where it stands: the file's name and the row as a spreadsheet counts it (the header is row 1)."""

    file_name: str
    row_number: int
    row: SeedRow

    def says(self, column: str, sentence: str) -> str:
        return place(self.file_name, self.row_number, column) + sentence


def place(file_name: str, row_number: int, column: str) -> str:
    """Return the start of every sentence about a cell."""
    return f"{file_name}, row {row_number}, column {column}: "


def load_registry(folder: Path, believed_on: date | None = None) -> dict[str, pl.DataFrame]:
    """Read every seed file of a folder.

    Args:
        folder: holds one `<table>.csv` for each table of `models.SEEDS`, and no other csv file.
        believed_on: only what the folder held to be right on that day: rows recorded by then and not withdrawn by
            then. What was withdrawn later stands without its withdrawn_date, as it did then; a table that was begun
            later is empty.

    Returns:
        One frame a table, by table id ("registry.sources"), with the columns and types that the contracts of
        `registry` state. Without `believed_on`, rows withdrawn as wrong are included, with their withdrawn_date.

    Raises:
        RegistryError: with every fault found, one sentence each; nothing is loaded in part.
    """
    problems: list[str] = []
    tables = {table: _read_table(folder / f"{table}.csv", model, problems) for table, model in SEEDS.items()}
    problems += [
        f"{path.name}: no table has this name; the registry knows {', '.join(SEEDS)}"
        for path in sorted(folder.glob("*.csv"))
        if path.stem not in SEEDS
    ]
    for table in tables.values():
        problems += _two_rows_for_one_day(table)
    problems += _unknown_sources(tables)
    problems += _unknown_programmes(tables)
    problems += _unknown_names_in_stacks(tables)
    problems += _crossing_families(tables)
    problems += _not_one_default_policy(tables)
    problems += _payment_clocks_that_differ(tables)
    if problems:
        raise RegistryError(problems)
    if believed_on is not None:
        tables = {table: _believed(rows, believed_on) for table, rows in tables.items()}
        if problems := [f"as believed on {believed_on}: {said}" for said in _rules_of_one_belief(tables)]:
            raise RegistryError(problems)
    return {f"registry.{table}": _frame(SEEDS[table], rows) for table, rows in tables.items()}


def unlike_this_release(folder: Path) -> list[str]:
    """Files and columns by which a folder of another release differs from what this one reads, for a sentence."""
    unlike = []
    for table, model in SEEDS.items():
        path = folder / f"{table}.csv"
        if not path.is_file():
            unlike.append(f"{path.name} is missing")
            continue
        try:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                header = next(csv.reader(handle), [])
        except (UnicodeDecodeError, csv.Error):
            continue  # load_registry says what is wrong with it
        expected = _expected_header(model)
        unlike += [f"{path.name} lacks the column {column}" for column in expected if column not in header]
        unlike += [
            f"{path.name} has the column {column}, which is not read" for column in header if column not in expected
        ]
    return unlike


def _expected_header(model: type[SeedRow]) -> list[str]:
    return [column for column in columns(model) if column not in model.derived]


def _believed(rows: Sequence[PlacedRow], day: date) -> list[PlacedRow]:
    """The rows that stood on a day, each as it stood then."""
    return [
        replace(placed, row=placed.row.model_copy(update={"withdrawn_date": None}))
        if placed.row.is_withdrawn
        else placed
        for placed in rows
        if placed.row.is_believed_on(day)
    ]


def _rules_of_one_belief(tables: dict[str, list[PlacedRow]]) -> list[str]:
    """Faults between the rows that are believed at one time."""
    return [*_crossing_families(tables), *_not_one_default_policy(tables)]


# --- reading --------------------------------------------------------------------------------------------------------


def _read_table(path: Path, model: type[SeedRow], problems: list[str]) -> list[PlacedRow]:
    expected = _expected_header(model)
    try:
        # utf-8-sig: a spreadsheet that saved the file may have put a byte order mark in front.
        with path.open(encoding="utf-8-sig", newline="") as handle:
            lines = list(csv.reader(handle, strict=True))
    except FileNotFoundError:
        problems.append(f"{path.name}: the file is missing from the registry folder {path.parent}")
        return []
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(f"{path.name}: not a csv file in UTF-8 ({error})")
        return []
    header = lines[0] if lines else []
    if header != expected:
        problems += _header_problems(path.name, header, expected)
        return []
    placed = []
    for row_number, cells in enumerate(lines[1:], start=HEADER_ROW + 1):
        if len(cells) != len(header):
            problems.append(
                f"{path.name}, row {row_number}, column {header[min(len(cells), len(header)) - 1]}: "
                f"{len(cells)} cells where the header has {len(header)}"
            )
            continue
        given = {column: cell for column, cell in zip(header, cells, strict=True) if cell != ""}
        try:
            placed.append(PlacedRow(path.name, row_number, model.model_validate(given)))
        except ValidationError as error:
            problems += _sentences(path.name, row_number, error)
    if not placed and len(lines) <= HEADER_ROW:
        problems.append(f"{path.name}: the file holds no row")
    return placed


def _header_problems(file_name: str, header: list[str], expected: list[str]) -> list[str]:
    unknown = [
        place(file_name, HEADER_ROW, column) + "no such column; remove it or correct its name"
        for column in header
        if column not in expected
    ]
    missing = [
        place(file_name, HEADER_ROW, column) + "the column is missing" for column in expected if column not in header
    ]
    if unknown or missing:
        return unknown + missing
    return [f"{file_name}, row {HEADER_ROW}: the columns must be, once each and in this order, {', '.join(expected)}"]


def _sentences(file_name: str, row_number: int, error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        context = fault.get("ctx", {})
        column = str(context.get("column") or (fault["loc"][0] if fault["loc"] else "?"))
        match fault["type"]:
            case "missing":
                sentence = (
                    "the cell is empty; every row needs one"
                    if column != "source"
                    else ("the cell is empty; a row that names no source does not load")
                )
            case "value_error":
                sentence = str(context["error"])
            case "extra_forbidden":
                sentence = "no such column; remove it or correct its name"
            case "registry_row":
                sentence = fault["msg"]
            case _:
                sentence = f"'{fault['input']}' cannot stand here: {fault['msg']}"
        yield place(file_name, row_number, column) + sentence


# --- rules between rows and between files ---------------------------------------------------------------------------


Row = TypeVar("Row", bound=SeedRow)


def _live_rows(rows: Sequence[PlacedRow], model: type[Row]) -> list[tuple[PlacedRow, Row]]:
    """Return the rows that have not been withdrawn, with what stands in them."""
    return [(placed, placed.row) for placed in rows if isinstance(placed.row, model) and not placed.row.is_withdrawn]


def _two_rows_for_one_day(rows: Sequence[PlacedRow]) -> Iterator[str]:
    """Live rows of one key may not share a day; a correction is recorded on another day than what it corrects."""
    by_key: dict[tuple[object, ...], list[PlacedRow]] = defaultdict(list)
    recorded: dict[tuple[object, ...], PlacedRow] = {}
    for placed in rows:
        row = placed.row
        key = tuple(getattr(row, column) for column in row.key)
        if not row.is_withdrawn:
            by_key[key].append(placed)
        twin = recorded.setdefault((*key, row.window.first_day, row.recorded_date), placed)
        if twin is not placed and (twin.row.is_withdrawn or row.is_withdrawn):
            yield placed.says(
                "recorded_date",
                f"row {twin.row_number} is the same rule recorded on the same day; a correction is recorded on the day "
                "the wrong row is withdrawn",
            )
    for same_key in by_key.values():
        for earlier, later in overlapping_neighbours([placed.row.window for placed in same_key]):
            first, second = sorted((same_key[earlier], same_key[later]), key=lambda placed: placed.row_number)
            yield second.says(_first_window_column(second.row), _overlap_sentence(first, second))
    yield from _believed_at_once(rows)


def _believed_at_once(rows: Sequence[PlacedRow]) -> Iterator[str]:
    """A row that is withdrawn by now may not have been believed beside another one for the same day either."""
    by_key: dict[tuple[object, ...], list[PlacedRow]] = defaultdict(list)
    for placed in rows:
        by_key[tuple(getattr(placed.row, column) for column in placed.row.key)].append(placed)
    for same_key in by_key.values():
        for wrong in (placed for placed in same_key if placed.row.is_withdrawn):
            for other in same_key:
                is_told_once = not other.row.is_withdrawn or wrong.row_number < other.row_number
                is_told_already = (other.row.window.first_day, other.row.recorded_date) == (
                    wrong.row.window.first_day,
                    wrong.row.recorded_date,
                )
                if other is not wrong and is_told_once and not is_told_already and wrong.row.is_at_odds_with(other.row):
                    yield wrong.says(
                        "withdrawn_date",
                        f"row {other.row_number} was recorded for the same days while this row was believed; the day a "
                        "row is withdrawn is the day its correction is recorded",
                    )


def _first_window_column(row: SeedRow) -> str:
    return row.window_columns[0] if row.window_columns else row.key[0]


def _overlap_sentence(first: PlacedRow, second: PlacedRow) -> str:
    name = " ".join(str(getattr(second.row, column)) for column in second.row.key) or "the table"
    if second.row.window_columns is None:
        return f"{name} is already in row {first.row_number}; withdraw the wrong one"
    window = first.row.window
    return (
        f"{name}: the window overlaps row {first.row_number} "
        f"({window.first_day or 'open'} to {window.last_day or 'open'}); both ends are included, so one must end the "
        "day before the other starts, or be withdrawn"
    )


def _unknown_sources(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    known = {row.source for _, row in _live_rows(tables["sources"], Source)}
    for rows in tables.values():
        for placed in rows:
            if isinstance(placed.row, CitedRow) and placed.row.source not in known:
                yield placed.says(
                    "source", f"'{placed.row.source}' is not a key of sources.csv; add the document there first"
                )


def _unknown_programmes(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    known = {row.programme for _, row in _live_rows(tables["programme_dates"], ProgrammeDate)}
    for placed, row in _live_rows(tables["ieepa_headings"], IeepaHeading):
        if row.programme not in known:
            yield placed.says(
                "programme",
                f"'{row.programme}' has no row in programme_dates.csv, so its court date could not be computed",
            )


def _unknown_names_in_stacks(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    """What stands on a line is called by its programme or, where it is not IEEPA, by its family."""
    known = {row.programme for _, row in _live_rows(tables["programme_dates"], ProgrammeDate)}
    known |= {row.family for _, row in _live_rows(tables["chapter99_families"], Chapter99Family)}
    named = [
        (placed, column, name)
        for placed, rule in _live_rows(tables["stacking_rules"], StackingRule)
        for column, names in (("programme", (rule.programme,)), ("beside", rule.beside))
        for name in names
    ]
    named += [
        (placed, "programme", claim.programme)
        for placed, claim in _live_rows(tables["preference_claims"], PreferenceClaim)
    ]
    for placed, column, name in named:
        if name not in known:
            yield placed.says(
                column, f"'{name}' is neither a programme of programme_dates.csv nor a family of chapter99_families.csv"
            )


def _crossing_families(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    """Two families that share a heading on a day must be nested: the consumer takes the narrowest range."""
    ranged = [
        (placed, family, str(family.heading_from), str(family.heading_to))
        for placed, family in _live_rows(tables["chapter99_families"], Chapter99Family)
        if family.heading_from is not None
    ]
    for (one, a, a_from, a_to), (other, b, b_from, b_to) in combinations(ranged, 2):
        shared = a_from <= b_to and b_from <= a_to and a.window.overlaps(b.window)
        nested = (a_from <= b_from and b_to <= a_to) or (b_from <= a_from and a_to <= b_to)
        same = (a_from, a_to) == (b_from, b_to)
        if shared and a.pattern != b.pattern and (same or not nested):
            yield other.says(
                "pattern",
                f"{b.pattern} and {a.pattern} (row {one.row_number}) share headings and neither is the narrower",
            )


def _not_one_default_policy(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    """Every point has exactly one default reading."""
    by_point: dict[str, list[tuple[PlacedRow, Policy]]] = {point: [] for point in POLICY_POINTS}
    for placed, policy in _live_rows(tables["policies"], Policy):
        by_point[policy.policy_point].append((placed, policy))
    for point, policies in by_point.items():
        if not policies and tables["policies"]:
            yield f"policies.csv: no reading of {point} is left; every point needs a default"
            continue
        defaults = [placed for placed, policy in policies if policy.is_default]
        if policies and len(defaults) != 1:
            placed = defaults[-1] if defaults else policies[-1][0]
            yield placed.says("is_default", f"{len(defaults)} readings of {point} are the default; exactly one must be")


def _payment_clocks_that_differ(tables: dict[str, list[PlacedRow]]) -> Iterator[str]:
    """The readings of the payment clock are the timing policies."""
    named = {policy.policy for _, policy in _live_rows(tables["policies"], Policy) if policy.policy_point == CLOCK}
    clocked = {policy.timing_policy for _, policy in _live_rows(tables["timing_policies"], TimingPolicy)}
    for placed, policy in _live_rows(tables["policies"], Policy):
        if policy.policy_point == CLOCK and policy.policy not in clocked:
            yield placed.says("policy", f"'{policy.policy}' has no row in timing_policies.csv that states its days")
    for placed, timing in _live_rows(tables["timing_policies"], TimingPolicy):
        if timing.timing_policy not in named:
            yield placed.says("timing_policy", f"'{timing.timing_policy}' is no reading of {CLOCK} in policies.csv")


# --- frames ---------------------------------------------------------------------------------------------------------


def _frame(model: type[SeedRow], rows: Sequence[PlacedRow]) -> pl.DataFrame:
    """One column at a time, with the type its annotation names, so that an empty column keeps its type."""
    return pl.DataFrame(
        [
            pl.Series(column, [getattr(placed.row, column) for placed in rows], dtype=_polars_type(model, column))
            for column in columns(model)
        ]
    )


def _polars_type(model: type[SeedRow], column: str) -> Any:
    return POLARS_TYPES[_base_type(model.model_fields[column].annotation)]


def _base_type(annotation: Any) -> type:
    """Find the plain type behind Annotated, optional, Literal and tuple annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _base_type(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _base_type(next(part for part in get_args(annotation) if part is not NoneType))
    if origin is Literal:
        return str
    plain: type = origin or annotation
    return plain
