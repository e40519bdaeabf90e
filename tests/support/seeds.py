"""Copies of the seeds, changed the way a person changes them: withdrawn and recorded again, or wrongly in place.

Belongs here: editing the csv files of a copy. Does not belong here: expectations.
"""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

SEED_FOLDER = Path(__file__).parents[2] / "registry_seeds"
Rows = list[dict[str, str]]


def copy_seeds(target: Path) -> Path:
    """The seed files of this project, without their pages, in a folder of their own."""
    target.mkdir(parents=True)
    for path in SEED_FOLDER.glob("*.csv"):
        shutil.copy(path, target / path.name)
    return target


def edit(folder: Path, table: str, change: Callable[[Rows], None]) -> None:
    """Change the rows of one seed file."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows, header = list(reader), list(reader.fieldnames or ())
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def the_row(rows: Rows, match: dict[str, str]) -> dict[str, str]:
    """The one believed row with these cells."""
    (found,) = (
        row
        for row in rows
        if not row.get("withdrawn_date") and all(row[name] == value for name, value in match.items())
    )
    return found


def put_in_place(folder: Path, table: str, match: dict[str, str], **cells: str) -> None:
    """Overwrite cells of one row, as nobody should."""
    edit(folder, table, lambda rows: the_row(rows, match).update(cells))


def correct(folder: Path, table: str, match: dict[str, str], day: str, **cells: str) -> None:
    """Withdraw one row on a day, and record it again that day with other cells."""

    def change(rows: Rows) -> None:
        wrong = the_row(rows, match)
        rows.append(wrong | cells | {"recorded_date": day})
        wrong["withdrawn_date"] = day

    edit(folder, table, change)
