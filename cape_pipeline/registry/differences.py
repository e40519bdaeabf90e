"""What differs between two registries: rows added, withdrawn and changed, by table, with the cells that differ.

Belongs here: comparing what two registries hold to be right. Does not belong here: reading seeds (`load.py`), what a
difference does to amounts (`cape_pipeline/registry_diff.py`), Dagster, DuckDB.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from cape_pipeline.registry.models import SEEDS, SeedRow, columns
from cape_pipeline.registry.window import Window

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of a changed row, as each side has it."""

    column: str
    a: Any
    b: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """One rule both sides have, in different words or days."""

    name: str
    a: Row
    b: Row
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class TableDifference:
    """What one table holds to be right on each side: rows only B believes, rows only A believes, and rows that differ.

    A row that is corrected (withdrawn, and recorded again otherwise) is one changed row.
    """

    table: str
    added: tuple[Row, ...]
    withdrawn: tuple[Row, ...]
    changed: tuple[RowChange, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.withdrawn or self.changed)


def differences(a: Mapping[str, pl.DataFrame], b: Mapping[str, pl.DataFrame]) -> tuple[TableDifference, ...]:
    """Compare what two registries believe.

    Args:
        a: frames by table id, as `load_registry` returns them.
        b: the same of the other side.

    Returns:
        One difference for each seed table that differs, in the order of the seeds. Rows withdrawn as wrong are not
        compared, because they decide nothing.
    """
    found = (_difference(table, a[f"registry.{table}"], b[f"registry.{table}"]) for table in SEEDS)
    return tuple(difference for difference in found if difference)


def row_name(table: str, row: Row) -> str:
    """What a reader calls a row: its key, and the first day of its window where the table has windows."""
    model = SEEDS[table]
    key = " ".join(str(row[column]) for column in model.key)
    first_day = row[model.window_columns[0]] if model.window_columns else None
    if first_day is None:
        return key
    return f"{key} from {first_day}" if key else f"from {first_day}"


def _difference(table: str, a: pl.DataFrame, b: pl.DataFrame) -> TableDifference:
    model = SEEDS[table]
    groups_a, groups_b = _believed_by_key(model, a), _believed_by_key(model, b)
    added: list[Row] = []
    withdrawn: list[Row] = []
    changed: list[RowChange] = []
    for key in dict.fromkeys((*groups_a, *groups_b)):
        only_a, only_b = groups_a.get(key, []), groups_b.get(key, [])
        for pairing in (_same_first_day, _overlapping):
            for row_a, row_b in _pairs(model, only_a, only_b, pairing):
                only_a.remove(row_a)
                only_b.remove(row_b)
                if cells := _cells(model, row_a, row_b):
                    changed.append(RowChange(row_name(table, row_a), row_a, row_b, cells))
        withdrawn += only_a
        added += only_b
    return TableDifference(table, tuple(added), tuple(withdrawn), tuple(changed))


def _believed_by_key(model: type[SeedRow], frame: pl.DataFrame) -> dict[tuple[Any, ...], list[Row]]:
    """The rows that are not withdrawn, by key."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in frame.select(columns(model)).iter_rows(named=True):
        if row.get("withdrawn_date") is None:
            groups[tuple(row[column] for column in model.key)].append(row)
    return groups


def _window(model: type[SeedRow], row: Row) -> Window:
    return Window(*(row[column] for column in model.window_columns)) if model.window_columns else Window()


def _same_first_day(one: Window, other: Window) -> bool:
    return one.first_day == other.first_day


def _overlapping(one: Window, other: Window) -> bool:
    return one.overlaps(other)


def _pairs(
    model: type[SeedRow], only_a: Sequence[Row], only_b: Sequence[Row], is_pair: Callable[[Window, Window], bool]
) -> list[tuple[Row, Row]]:
    """Each row of A with the first row of B that is its counterpart and not yet another's."""
    left, found = list(only_b), []
    for row_a in only_a:
        for position, row_b in enumerate(left):
            if is_pair(_window(model, row_a), _window(model, row_b)):
                found.append((row_a, left.pop(position)))
                break
    return found


def _cells(model: type[SeedRow], row_a: Row, row_b: Row) -> tuple[CellChange, ...]:
    """The cells that differ; what is derived from another cell is not told twice."""
    return tuple(
        CellChange(column, row_a[column], row_b[column])
        for column in columns(model)
        if column not in model.derived and row_a[column] != row_b[column]
    )


def breaches(a: Mapping[str, pl.DataFrame], b: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences for rows of A that B has edited or deleted, where it should have withdrawn them.

    Only meaningful where B is a later state of A as a whole, not a belief of one day.
    """
    for table, model in SEEDS.items():
        identity = (*model.key, *(model.window_columns or ())[:1], "recorded_date")
        later = {tuple(row[column] for column in identity): row for row in _rows(model, b[f"registry.{table}"])}
        for row in _rows(model, a[f"registry.{table}"]):
            now = later.get(tuple(row[column] for column in identity))
            place = f"{table}.csv, {row_name(table, row)}, recorded {row['recorded_date']}: "
            if now is None:
                yield place + "the row is gone; a row found wrong stays, with a withdrawn_date"
            elif edited := [
                column
                for column in columns(model)
                if row[column] != now[column] and not (column == "withdrawn_date" and row[column] is None)
            ]:
                yield place + f"edited in place ({', '.join(edited)}); a correction is a row of its own"


def _rows(model: type[SeedRow], frame: pl.DataFrame) -> Iterator[Row]:
    return frame.select(columns(model)).iter_rows(named=True)
