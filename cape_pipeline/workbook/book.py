"""The workbook as a file: its sheets in order, its dictionary, and bytes that are the same for the same tables.

Belongs here: the file as a whole. Does not belong here: a sheet's choice (`sheets`), its filling (`filling`), the first
sheet (`summary`); writing the bytes to a folder (`outputs.py`).
"""

import io
from datetime import datetime, time

import duckdb
from xlsxwriter import Workbook

from cape_pipeline.settings import WORKBOOK_ROWS
from cape_pipeline.warehouse.connection import working_folder
from cape_pipeline.workbook.cells import KINDS_IN_WORDS, kind_of
from cape_pipeline.workbook.filling import ROWS_OF_A_SHEET, Filled, Looks, fill, meaning_of
from cape_pipeline.workbook.sheets import sheets
from cape_pipeline.workbook.summary import NAME, Books, write_summary

DICTIONARY = "Dictionary"
DICTIONARY_HEADS = (("sheet", 22), ("column", 34), ("kind", 32), ("may be unknown", 14), ("meaning", 110))


def workbook(
    con: duckdb.DuckDBPyConnection, *, most_rows: int = WORKBOOK_ROWS, rows_of_a_sheet: int = ROWS_OF_A_SHEET
) -> bytes:
    """The workbook of a finished warehouse or of its snapshot, in the format of Excel (.xlsx).

    Rows are written as they are read and kept on disk until the file is packed, so that memory does not grow with them.
    Of a table of more than `most_rows` rows those stand in it that matter most, and the others as sums. One of more
    than `rows_of_a_sheet` rows goes on in numbered sheets. The sums of the first sheet hold all rows, shown or not.
    The day in the file's properties is the as-of day, and the same tables give the same bytes.
    """
    (as_of,) = con.execute("select as_of_date from registry.as_of").fetchall()[0]
    content = io.BytesIO()
    with working_folder(con, "workbook-") as folder:
        book = Workbook(
            content,
            {
                "constant_memory": True,
                "tmpdir": str(folder),
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "use_zip64": True,
            },
        )
        book.set_properties({"title": f"IEEPA refunds as of {as_of}", "created": datetime.combine(as_of, time())})
        looks = Looks(book)
        first = book.add_worksheet(NAME)
        books = {
            sheet.name: fill(con, book, looks, sheet, str(as_of), rows_of_a_sheet, most_rows) for sheet in sheets(con)
        }
        write_summary(con, book, first, looks, books)
        _write_dictionary(book, looks, books)
        book.close()
    return content.getvalue()


def _write_dictionary(book: Workbook, looks: Looks, books: Books) -> None:
    """Every column of every sheet: its kind, whether it may be unknown, and its meaning."""
    worksheet = book.add_worksheet(DICTIONARY)
    for position, (head, width) in enumerate(DICTIONARY_HEADS):
        worksheet.set_column(position, position, width, looks.values["text"])
        worksheet.write_string(0, position, head, looks.header)
    row = 0
    for filled in books.values():
        for told in _dictionary_of(filled):
            row += 1
            for position, text in enumerate(told):
                worksheet.write_string(row, position, text)
    worksheet.freeze_panes(1, 2)
    worksheet.autofilter(0, 0, row, len(DICTIONARY_HEADS) - 1)
    worksheet.set_landscape()
    worksheet.repeat_rows(0)
    worksheet.fit_to_pages(1, 0)


def _dictionary_of(filled: Filled) -> list[tuple[str, ...]]:
    return [
        (
            filled.sheet.name,
            column.field.name,
            KINDS_IN_WORDS[kind_of(column.field)] + (", a formula" if column.formula else ""),
            "yes" if column.field.nullable else "no",
            meaning_of(column),
        )
        for column in filled.sheet.columns
    ]
