"""Worksheets as frames of text, every cell as it would be typed in; a BAI2 statement counts as one worksheet.

Belongs here: reading XLSX (and XLS) through fastexcel, and keeping what was read last. Does not belong here: knowing
what the cells mean.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import fastexcel
import polars as pl

from cape_pipeline.ace.bank_statement import read_bank_statement
from cape_pipeline.ace.errors import UnreadableExport

# What a formula that failed leaves behind; the exact kind (#N/A, #REF!) does not matter, but it is not an empty cell.
ERROR_CELL = "#ERROR!"
STATEMENT = "BAI2"

T = TypeVar("T")


@dataclass(frozen=True)
class Sheet:
    """One worksheet: columns `c1`, `c2`, … of text; row n of the frame is row n + 1 of the sheet; empty is ''."""

    name: str
    visible: bool
    frame: pl.DataFrame


def read_sheets(path: Path, encoding: str | None = None) -> tuple[Sheet, ...]:
    """All worksheets, in their order; with an encoding, the file is a BAI2 statement.

    A workbook can only be read whole, so the newest one is kept in memory: a file is inspected and then loaded.
    `forget_sheets` lets it go.

    Raises:
        UnreadableExport: when the workbook is cut off, damaged or protected.
    """
    return _read_sheets(path, path.stat().st_mtime_ns, encoding)


def forget_sheets() -> None:
    """Free the memory of the workbook read last."""
    _read_sheets.cache_clear()


@lru_cache(maxsize=1)
def _read_sheets(path: Path, _modified: int, encoding: str | None) -> tuple[Sheet, ...]:
    if encoding is not None:
        return (Sheet(STATEMENT, visible=True, frame=read_bank_statement(path, encoding)),)
    workbook = _guarded(path, partial(fastexcel.read_excel, path))
    return tuple(_guarded(path, partial(_read_sheet, workbook, name)) for name in workbook.sheet_names)


def _read_sheet(workbook: fastexcel.ExcelReader, name: str) -> Sheet:
    # skip_rows=0 keeps empty rows above the first filled one, so that rows can be named as the spreadsheet shows them.
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    batch, errors = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(pl.from_arrow(batch))
    frame.columns = [f"c{position}" for position in range(1, frame.width + 1)]
    frame = frame.with_columns(pl.all().cast(pl.String).fill_null(""))
    for cell in errors.errors if errors is not None else []:
        row, column = cell.offset_position
        frame[row, column] = ERROR_CELL
    return Sheet(name, sheet.visible == "visible", frame)


def _guarded(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a damaged archive may panic inside Rust, and a panic is no Exception
        raise UnreadableExport(
            path, "the workbook is cut off, damaged or protected and cannot be opened: export it again"
        ) from error
