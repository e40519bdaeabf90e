"""A process of its own that reads workbooks, with bounded memory: a workbook made to harm ends this process alone.

Belongs here: what runs in that process, which is started as a script and imports nothing of this project. Does not
belong here: starting it and telling what went wrong (`workbook.py`).

A few kilobytes of XLSX can ask for hundreds of gigabytes (by a cell in the last row and column, or by strings that
are all alike), and the library that reads them ends its process when memory is refused. Requests come as JSON, a line
each: `path` of the workbook and the `folder` for its worksheets. The answer is a line of JSON: `sheets` with `name`,
`visible` and `file` (Arrow, all cells text, empty is ''), or `refused`.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]

# What a formula that failed leaves behind; the exact kind (#N/A, #REF!) does not matter, but it is not an empty cell.
ERROR_CELL = "#ERROR!"
#: A full worksheet of 64 columns, and so many gigabytes of memory as a number of text cells take.
MOST_CELLS = 1 << 26


def serve(most_memory: int) -> None:
    """Answer requests until there are no more, or memory is refused, of which the process may die."""
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(_answer(request["path"], Path(request["folder"]))) + "\n")
        sys.stdout.flush()


def _answer(path: str, folder: Path) -> dict[str, Any]:
    try:
        workbook = fastexcel.read_excel(path)
        return {"sheets": [_write(workbook, name, folder / f"{at}") for at, name in enumerate(workbook.sheet_names)]}
    except MemoryError:
        return {"refused": "memory"}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 (a damaged archive may panic in Rust, and a panic is no Exception)
        return {"refused": f"{type(error).__name__}: {str(error)[:1000]}"}


def _write(workbook: fastexcel.ExcelReader, name: str, file: Path) -> dict[str, Any]:
    # skip_rows=0 keeps empty rows above the first filled one, so that rows can be named as the spreadsheet shows them.
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if sheet.width * sheet.total_height > MOST_CELLS:
        raise MemoryError
    batch, errors = sheet.to_arrow_with_errors()
    failed: dict[int, list[int]] = {}
    for cell in errors.errors if errors is not None else []:
        row, column = cell.offset_position
        failed.setdefault(column, []).append(row)
    cells = [_cells(batch.column(at), failed.get(at)) for at in range(batch.num_columns)]
    names = [f"c{position}" for position in range(1, batch.num_columns + 1)]
    table = pa.record_batch(cells, names=names) if cells else pa.record_batch([], schema=pa.schema([]))
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
        writer.write(table)
    return {"name": name, "visible": sheet.visible == "visible", "file": file.name}


def _cells(column: pa.Array, failed: list[int] | None) -> pa.Array:
    filled = pc.fill_null(column.cast(pa.large_string()), "")
    if failed is None:
        return filled
    at = pa.array(range(len(filled)))
    return pc.if_else(pc.is_in(at, value_set=pa.array(failed, type=at.type)), ERROR_CELL, filled)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
