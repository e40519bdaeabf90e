"""The first sheet: the day and its basis, what is not known, the figures as formulas over all sheets, and the checks.

Belongs here: which figures and checks the first sheet shows and their formulas. Does not belong here: any figure of its
own; a value beside a formula is what the warehouse says it must come to, for programs that do not calculate.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cape_pipeline.contracts import fields as f
from cape_pipeline.workbook.filling import LETTER_PAPER, Filled, Looks, check_columns, write_text, write_value

NAME = "Summary"
#: Under these names other workbooks may link to a figure.
DAY_NAME, NOT_CLOSING_NAME, DIFFERENCES_NAME = "as_of_date", "checks_that_do_not_close", "check_differences"
STAGES_IN_WORDS = {
    "cash": "settled in cash",
    "certified": "in a refund CBP certified, not all in cash",
    "accepted": "accepted by CAPE",
    "eligible_unfiled": "may be filed",
    "protest_or_court": "by protest or court",
    "doubtful": "in review, or above the certain part",
    "none": "no receivable",
}
STAGE_COLUMNS = (
    "entry_count",
    "principal_usd",
    "range_above_low_usd",
    "accrued_interest_usd",
    "received_principal_usd",
    "received_interest_usd",
    "open_principal_usd",
    "open_interest_usd",
)
#: The lines of the roll-forward, with their columns of principal and of interest; what is not told apart stands in all.
ROLLFORWARD_LINES = (
    ("Opening", "opening_principal_usd", "opening_interest_usd", ""),
    ("Newly recognised", "newly_recognised_principal_usd", "newly_recognised_interest_usd", ""),
    ("Interest of the period", "", "period_interest_usd", ""),
    ("Cash received", "cash_principal_usd", "cash_interest_usd", ""),
    ("Set off against bills", "", "", "offset_movement_usd"),
    ("Remeasured", "remeasured_principal_usd", "remeasured_interest_usd", ""),
    ("Written off", "", "", "written_off_usd"),
)
WATERFALL_LINES = (
    ("Principal expected", "expected_principal_usd"),
    ("Interest expected", "expected_interest_usd"),
    ("ES-022 less expected", "entry_variance_usd"),
    ("In ES-022, not expected", "not_expected_usd"),
    ("ES-022", "es022_usd"),
    ("REV-603 less ES-022", "consolidation_variance_usd"),
    ("REV-603", "rev603_usd"),
    ("Diverted to unpaid bills", "diverted_usd"),
    ("Returned or held by CBP", "rejected_usd"),
    ("On its way", "pending_usd"),
    ("Found at the bank", "deposited_usd"),
    ("Unexplained", "unexplained_usd"),
)
NO_ADVICE = (
    "Facts by stage of certainty; which stage is recognised is your own accounting policy."
    " No legal or accounting advice."
)

Books = Mapping[str, Filled]


@dataclass(frozen=True, slots=True)
class Figure:
    """What the warehouse says, and the formula that must come to it; no formula where the figure stands as it is."""

    value: Decimal | int | None
    formula: str = ""

    def plus(self, other: "Figure") -> "Figure":
        known = [figure.value for figure in (self, other) if figure.value is not None]
        return Figure(sum(known[1:], known[0]) if known else None, f"ROUND(SUM({self.term})+SUM({other.term}),2)")

    @property
    def term(self) -> str:
        return self.formula or str(self.value or 0)


@dataclass(slots=True)
class Page:
    """The first sheet while it is written, line by line."""

    book: Workbook
    sheet: Worksheet
    looks: Looks
    row: int = 0

    def section(self, title: str, *heads: str) -> None:
        """A title after an empty line, with the heads of its columns."""
        self.row += 1
        self.sheet.write_string(self.row, 0, title, self.looks.section)
        for column, head in enumerate(heads, start=1):
            self.sheet.write_string(self.row, column, head, self.looks.header)
        self.row += 1

    def line(
        self, label: str, *figures: Figure | None, kind: str = "usd", first: str = "", note: str = "", name: str = ""
    ) -> None:
        """A label, its figures, where there are any, and a note; the first figure may be of another kind.

        Under `name` other workbooks may link to the first figure.
        """
        self.sheet.write_string(self.row, 0, label)
        for column, figure in enumerate(figures, start=1):
            if figure is not None:
                cell_kind = first if first and column == 1 else kind
                look = self.looks.values[cell_kind]
                write_value(self.sheet, self.row, column, figure.value, cell_kind, look, figure.formula)
        if note:
            self.sheet.write_string(self.row, len(figures) + 1, note, self.looks.quiet)
        self.name(name)
        self.row += 1

    def told(self, label: str, value: str | date | None, note: str = "", name: str = "") -> None:
        """A label and a text or a day; an unknown one is an empty cell with the word beside it."""
        self.sheet.write_string(self.row, 0, label)
        if isinstance(value, date):
            self.sheet.write_datetime(self.row, 1, value, self.looks.values["day"])
        elif value:
            write_text(self.sheet, self.looks, self.row, 1, value)
        said = note or ("" if value else "unknown")
        if said:
            self.sheet.write_string(self.row, 2, said, self.looks.quiet)
        self.name(name)
        self.row += 1

    def name(self, name: str, column: int = 1) -> None:
        """Give a cell of this line a name, if any is given."""
        if name:
            cell = xl_rowcol_to_cell(self.row, column, row_abs=True, col_abs=True)
            self.book.define_name(name, f"={NAME}!{cell}")


def total(filled: Filled, name: str) -> Figure:
    """The sum of a column over all its sheets, whatever is filtered: of no rows it is zero, of unknown ones unknown."""
    value = filled.totals[name] if filled.row_count else 0
    if name in filled.written_as_text:
        return Figure(value)
    cells = ",".join(filled.ranges(name))
    return Figure(value, _unless(f"COUNT({cells})=0" if filled.row_count else "", f"ROUND(SUM({cells}),2)"))


def total_where(filled: Filled, name: str, criteria: Mapping[str, str], value: Any, *, rows: int) -> Figure:
    """The same over the rows that meet Excel criteria of our own words, by column: `rows` of them."""
    if name in filled.written_as_text:
        return Figure(value)
    known, sums = [], []
    for part, cells in enumerate(filled.ranges(name)):
        met = ",".join(f"{filled.ranges(by)[part]},{criterion}" for by, criterion in criteria.items())
        known.append(f'COUNTIFS({met},{cells},"<>")')
        sums.append(f"SUMIFS({cells},{met})")
    unknown = f"{'+'.join(known)}=0" if rows else ""
    return Figure(value if rows else 0, _unless(unknown, f"ROUND({'+'.join(sums)},2)"))


def _unless(unknown: str, formula: str) -> str:
    """The formula, and an empty text where nothing is known that it could sum."""
    return f'IF({unknown},"",{formula})' if unknown else formula


def count_of(filled: Filled, name: str, value: int) -> Figure:
    """How many cells of a column are filled."""
    return Figure(value, f"COUNTA({','.join(filled.row_ranges(name))}){_plus(filled.unseen.get(name, 0))}")


def _plus(count: int) -> str:
    """So many of the rows that are not shown."""
    return f"+{count}" if count > 0 else str(count) if count else ""


def unknown_of(filled: Filled, key: str, name: str, value: int) -> Figure:
    """How many rows have no value in a column of numbers."""
    keys, cells = ",".join(filled.row_ranges(key)), ",".join(filled.row_ranges(name))
    unseen = filled.unseen.get(key, 0) - filled.unseen.get(name, 0)
    return Figure(value, f"COUNTA({keys})-COUNTA({cells}){_plus(unseen)}")


def asked(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value of a query."""
    (value,) = con.execute(query).fetchall()[0]
    return value


def write_summary(con: duckdb.DuckDBPyConnection, book: Workbook, sheet: Worksheet, looks: Looks, books: Books) -> None:
    """Write the first sheet, once all others stand."""
    page = Page(book, sheet, looks)
    sheet.set_column(0, 0, 66)
    sheet.set_column(1, 8, 19)
    sheet.write_string(0, 0, "IEEPA refunds: the position for the books", looks.title)
    sheet.write_string(1, 0, NO_ADVICE, looks.quiet)
    page.row = 2
    checks = _checks(con, books)
    position = _row(con, "reports.position")
    _write_basis(con, page, position, books, checks)
    _write_unknown(con, page, position, books)
    _write_stages(con, page, books)
    _write_rollforward(page, books)
    _write_waterfall(page, books)
    _write_expected(con, page, books)
    _write_months(page, books)
    _write_checks(page, checks)
    _write_index(page, books)
    sheet.freeze_panes(2, 1)
    sheet.set_landscape()
    sheet.set_paper(LETTER_PAPER)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&A&CAs of {position['as_of_date']}&RPage &P of &N")
    sheet.activate()


def _row(con: duckdb.DuckDBPyConnection, table_id: str) -> dict[str, Any]:
    """The one row of a table; without one, every column is unknown."""
    cursor = con.execute(f"select * from {table_id}")
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    return dict(zip(names, rows[0], strict=True)) if rows else dict.fromkeys(names)


def _write_basis(
    con: duckdb.DuckDBPyConnection, page: Page, position: dict[str, Any], books: Books, checks: list["Check"]
) -> None:
    entries, books_told = books["Receivable entries"], _row(con, "reports.receivable_rollforward_total")
    page.section("What this rests on")
    page.told("As of", position["as_of_date"], "nothing dated after it is used", DAY_NAME)
    page.told("Registry version", position["registry_version"], "hash of the law and readings that decided")
    for report in ("es003", "es022", "rev603"):
        label = f"{report[:-3].upper()}-{report[-3:]}"
        page.told(f"Newest dated {label}", position[f"newest_{report}_run_date"])
    page.line(
        "Reports of CBP without a run date",
        Figure(position["undated_load_count"]),
        kind="count",
        note="read all the same; see Sources",
    )
    page.line("Files received", count_of(books["Sources"], "file_name", books["Sources"].row_count), kind="count")
    page.line("Entry summaries known", count_of(entries, "entry_number", entries.row_count), kind="count")
    page.line(
        "of them dated after the day",
        Figure(position["later_entry_count"]),
        kind="count",
        note="counted, and in no sum of Position by path",
    )
    others = asked(con, "select coalesce(any_value(other_than_default), []) from registry.policies_in_force")
    page.told("Readings other than the default", "; ".join(others), "" if others else "none; see Readings")
    page.told(
        "Books opened with",
        books_told["opening_close_name"],
        "" if books_told["opening_close_name"] else "nothing: no period was closed before",
    )
    not_closing = sum(1 for check in checks if check.difference)
    page.line(
        "Checks that do not close",
        Figure(not_closing, f'COUNTIF({DIFFERENCES_NAME},"<>0")'),
        kind="count",
        note=f"of {len(checks)} further down",
        name=NOT_CLOSING_NAME,
    )


def _write_unknown(con: duckdb.DuckDBPyConnection, page: Page, position: dict[str, Any], books: Books) -> None:
    """What no report holds, and what is uncertain: in no sum, or at its low end."""
    entries, receivable = books["Receivable entries"], books["Receivable"]
    page.section("What is not known")
    page.line(
        "Entries whose principal is unknown",
        unknown_of(entries, "entry_number", "principal_usd", entries.missing_count("principal_usd")),
        kind="count",
        note="in no sum of this file",
    )
    page.line(
        "Entries whose interest is unknown",
        unknown_of(entries, "entry_number", "accrued_interest_usd", entries.missing_count("accrued_interest_usd")),
        kind="count",
        note="interest_unknown_reason says why",
    )
    page.line(
        "Refunds no report states an amount of", total(books["Cash waterfall"], "amount_unknown_count"), kind="count"
    )
    page.line(
        "Received rows that could not be used",
        Figure(position["quarantined_row_count"]),
        kind="count",
        note="see Quarantine",
    )
    findings = books["Coverage"].filled_count("coverage_finding")
    page.line(
        "Months of an importer that look incomplete",
        count_of(books["Coverage"], "coverage_finding", findings),
        kind="count",
        note="see Coverage",
    )
    page.line(
        "Things that would not be true of a correct world",
        count_of(books["Exceptions"], "exception_key", books["Exceptions"].row_count),
        kind="count",
        note="see Exceptions",
    )
    page.line(
        "What may come above the certain principal",
        total(receivable, "range_above_low_usd"),
        note="in no other sum of this sheet",
    )
    page.line(
        "Certain principal that rests on a named assumption",
        total(receivable, "rests_on_assumption_usd"),
        note="in the sums",
    )
    page.line(
        "Cash that reduces no receivable",
        Figure(asked(con, "select max(unapplied_cash_usd) from reports.receivable_rollforward_total")),
        note="no report tells the amounts of its entries",
    )


def _write_stages(con: duckdb.DuckDBPyConnection, page: Page, books: Books) -> None:
    """The receivable by stage of certainty, over all importers."""
    receivable = books["Receivable"]
    sums = {
        stage: amounts
        for stage, *amounts in con.execute(
            f"select stage, count(*), {', '.join(f'sum({name})' for name in STAGE_COLUMNS)}"
            " from reports.receivable_position group by stage"
        ).fetchall()
    }
    page.section("Receivable by stage", *STAGE_COLUMNS)
    for stage in f.RECEIVABLE_STAGES:
        rows, *amounts = sums.get(stage, [0] * (len(STAGE_COLUMNS) + 1))
        figures = [
            total_where(receivable, name, {"stage": f'"{stage}"'}, value, rows=rows)
            for name, value in zip(STAGE_COLUMNS, amounts, strict=True)
        ]
        page.line(f"{stage}: {STAGES_IN_WORDS[stage]}", *figures, first="count")
    for name in ("open_principal_usd", "open_interest_usd"):
        page.name(name, STAGE_COLUMNS.index(name) + 1)
    page.line("All stages", *(total(receivable, name) for name in STAGE_COLUMNS), first="count")


def _write_rollforward(page: Page, books: Books) -> None:
    """Opening, movements and closing over all importers; the closing adds up the lines above it."""
    rollforward = books["Rollforward"]
    page.section("Roll-forward", "principal", "interest", "principal and interest")
    first = page.row + 1
    for label, principal, interest, both in ROLLFORWARD_LINES:
        parts = [total(rollforward, name) if name else None for name in (principal, interest)]
        known = [part for part in parts if part]
        whole = total(rollforward, both) if both else known[0] if len(known) == 1 else known[0].plus(known[1])
        page.line(label, *parts, whole)
    closing = total(rollforward, "computed_closing_usd")
    last = page.row
    page.name("closing_usd", 3)
    page.line(
        "Closing",
        total(rollforward, "closing_principal_usd"),
        total(rollforward, "closing_interest_usd"),
        Figure(closing.value, f"ROUND(SUM(D{first}:D{last}),2)"),
    )


def _write_waterfall(page: Page, books: Books) -> None:
    page.section("From expected to cash", "all payees")
    for label, name in WATERFALL_LINES:
        shared = name if name in ("deposited_usd", "unexplained_usd") else ""
        page.line(label, total(books["Cash waterfall"], name), name=shared)


def _write_months(page: Page, books: Books) -> None:
    """The interest of each calendar month, for the journal."""
    page.section("Interest by month", "interest_usd", "month that ends on")
    months = books["Interest by month"]
    told = sorted((month, 1, sums.sums["interest_usd"]) for (month,), sums in months.groups.items())
    _write_by_month(page, months, "interest_usd", "period_end", told)


def _write_expected(con: duckdb.DuckDBPyConnection, page: Page, books: Books) -> None:
    """The cash of batches that are in no refund yet, by the month in which their payment window ends."""
    batches = books["Payment batches"]
    page.section("Cash expected, in no refund yet", "total_usd", "month that ends on")
    told = f"select {{}}, count(*), sum(total_usd) from ({batches.sheet.query}) where is_expected and {{}}"
    by_month = told.format("expected_by_date", "expected_by_date is not null") + " group by expected_by_date"
    expected = con.execute(f"{by_month} order by 1").fetchall()
    _write_by_month(page, batches, "total_usd", "expected_by_date", expected)
    for label, criteria, predicate in (
        (
            "In a month that cannot be foreseen",
            {"is_expected": "TRUE", "expected_by_date": '"="'},
            "expected_by_date is null",
        ),
        ("All expected", {"is_expected": "TRUE"}, "true"),
    ):
        _, rows, value = con.execute(told.format("null", predicate)).fetchall()[0]
        page.line(label, total_where(batches, "total_usd", criteria, value, rows=rows))


def _write_by_month(page: Page, filled: Filled, name: str, by: str, months: Iterable[tuple[date, int, Any]]) -> None:
    """A line for each month, given as its last day, rows and sum, with the sum as a formula."""
    for month, rows, value in months:
        page.sheet.write_datetime(page.row, 2, month, page.looks.values["day"])
        criteria = {by: f"DATE({month.year},{month.month},{month.day})"}
        page.line(f"{month:%Y-%m}", total_where(filled, name, criteria, value, rows=rows))


# --- checks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """Two ways to one amount."""

    label: str
    left: Figure
    right: Figure
    kind: str = "usd"

    @property
    def difference(self) -> Decimal | int:
        return (self.left.value or 0) - (self.right.value or 0)


def _checks(con: duckdb.DuckDBPyConnection, books: Books) -> list[Check]:
    """What must agree, each told as a sentence that is true when it does."""
    receivable, entries = books["Receivable"], books["Receivable entries"]
    rollforward, movements = books["Rollforward"], books["Rollforward entries"]
    paths, refunds, waterfall = books["Position by path"], books["Refunds"], books["Cash waterfall"]
    position, stated = _row(con, "reports.position"), _row(con, "reports.receivable_rollforward_total")
    received = total(entries, "received_principal_usd").plus(total(entries, "received_interest_usd"))
    in_books = _where(entries, "open_principal_usd", "stage", '"<>none"', lambda stage: stage != "none")
    counted = _where(refunds, "deposited_usd", "is_counted", "TRUE", bool)
    of_refunds = _where(refunds, "deposited_usd", "refund_number", '"<>"', lambda number: number is not None)
    return [
        *(
            Check(f"Receivable and its entries: {name}", total(receivable, name), total(entries, name))
            for name in STAGE_COLUMNS[1:]
        ),
        *(
            Check(f"Roll-forward and its entries: {name}", total(rollforward, name), total(movements, name))
            for name in ("closing_principal_usd", "closing_interest_usd", "computed_closing_usd")
        ),
        Check(
            "Roll-forward: opening and movements, and the closing stated",
            total(rollforward, "computed_closing_usd"),
            Figure(stated["closing_usd"]),
        ),
        Check(
            "Closing principal and the open principal of all stages but none",
            total(rollforward, "closing_principal_usd"),
            in_books,
        ),
        Check(
            "Interest by month and by entry",
            total(books["Interest by month"], "interest_usd"),
            total(books["Interest by entry"], "months_usd"),
        ),
        Check(
            "Position by path and reports.position",
            total(paths, "refund_principal_usd"),
            Figure(position["refund_principal_usd"]),
        ),
        Check(
            "Entries by path and entries known", total(paths, "entry_count"), Figure(position["entry_count"]), "count"
        ),
        Check(
            "Cash of the refunds that count and the waterfall",
            counted,
            total(waterfall, "deposited_usd"),
        ),
        Check(
            "Cash of all refunds, and what reduces a receivable with what does not",
            of_refunds,
            received.plus(Figure(stated["unapplied_cash_usd"])),
        ),
        *(
            Check(
                f"{filled.sheet.name}: rows whose {name} is not 0.00",
                not_closing(filled, name),
                Figure(0),
                "count",
            )
            for filled in books.values()
            for name in check_columns(filled.sheet)
        ),
    ]


def _where(filled: Filled, name: str, by: str, criterion: str, holds: Callable[[Any], bool]) -> Figure:
    """The sum of a column over the rows that meet a criterion, told as Excel does and as the warehouse does."""
    rows, value = filled.where(name, by, holds)
    return total_where(filled, name, {by: criterion}, value, rows=rows)


def not_closing(filled: Filled, name: str) -> Figure:
    """How many cells of a check column are not zero."""
    counted = "+".join(f'COUNTIF({cells},">0.004")+COUNTIF({cells},"<-0.004")' for cells in filled.row_ranges(name))
    # a row that does not close matters most, so it is shown; the count beside the formula is of all rows
    return Figure(filled.wrong_count(name), counted)


def _write_checks(page: Page, checks: list[Check]) -> None:
    page.section("Checks", "one way", "another way", "difference", "finding")
    first = page.row
    for check in checks:
        row = page.row + 1
        difference = Figure(check.difference, f"ROUND(SUM(B{row})-SUM(C{row}),2)")
        page.sheet.write_formula(
            page.row,
            4,
            f'=IF(D{row}=0,"closes","does not close")',
            None,
            "does not close" if check.difference else "closes",
        )
        page.line(check.label, check.left, check.right, difference, kind=check.kind)
    page.book.define_name(DIFFERENCES_NAME, f"={NAME}!$D${first + 1}:$D${page.row}")


def _write_index(page: Page, books: Books) -> None:
    """The sheets, each with a link, its rows and what a row is."""
    page.section("Sheets", "rows", "what a row is")
    for filled in books.values():
        for part in filled.parts:
            page.sheet.write_url(page.row, 0, f"internal:'{part.name}'!A1", string=part.name)
            page.sheet.write_number(page.row, 1, part.row_count, page.looks.values["count"])
            more = f" {filled.unseen_count:,} more rows are not shown." if filled.unseen_count else ""
            page.sheet.write_string(page.row, 2, f"{filled.sheet.about}{more}", page.looks.quiet)
            page.row += 1
