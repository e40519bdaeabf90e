"""The SELECT that turns received text cells of any form into typed columns and says what is wrong with the rest.

Belongs here: SQL made from a report's column kinds. Does not belong here: the quick reading of rows in the usual form
(`usual_rows.py`); getting the cells into DuckDB (`staging.py`), and the tables they end in (`load.py`); how a single
cell is read (`macros.py`).

The SELECT has one row for each received row, metadata and header rows included: the typed columns, then `row_kind`
(NULL for data; `blank`, `total`, `footer` or `header` for rows that are none), `faults` (NULL, or what cannot be used)
and `raw_row` (only where there is a fault). Everything that is needed for faulty rows alone stands inside a CASE, so
that a clean file does not pay for it.
"""

from collections.abc import Callable, Mapping, Sequence

from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.reports import ReportColumn, report_book

FAULT_TYPE = "struct(column_name varchar, reason_code varchar, raw_value varchar, detail varchar)"
WHOLE_ROW = "whole_row"

# Kinds with a quick reading of the usual form of a cell, tried before the cell is cleaned: most cells need no more.
_QUICK = frozenset({"code", "entry_number", "importer_number", "day", "amount", "whole", "hts_number"})
_MACROS = {"vocabulary": "ace_word"}
_FIRST_DAY, _LAST_DAY = "date '2000-01-01'", "date '2099-12-31'"
# Days added to an empty spreadsheet cell (1900-03-20 is empty plus 80).
_EMPTY_PLUS_DAYS = "date '1899-12-30' and date '1999-12-31'"
_NOT_SAID = "('unknown', '?')"
_NEVER = "(false)"


def typed_select(inspection: Inspection, stage: str, width: int) -> str:
    """SQL over `stage`, whose columns are `file_at` and `file_row_number`, which are passed on, and `c1` to `c<width>`.

    Cells are text. Those beyond the header's are spare: in a text file they show that a row was cut at the wrong
    places. NULL (not '') in a cell means that a text file's row ended before it.
    """
    mapped = [column for column in inspection.report.columns if column.name in inspection.cell_of]
    cell = {column.name: _cell(column, inspection.cell_of) for column in mapped}
    cells = [f"c{position}" for position in range(1, width + 1)]
    bad = " or ".join(f"bad_{column.name}" for column in mapped)
    importer_key = ["importer_key(v_importer_number) as importer_key"] if has_importer_key(inspection) else []
    return f"""
with
    received as (
        select file_at, file_row_number, {_comma(cells)}, {_comma(f"{cell[c.name]} as r_{c.name}" for c in mapped)}
        from {stage}
    ),
    quickly_read as (
        select {_comma(["*", *(f"ace_quick_{c.kind}(r_{c.name}) as q_{c.name}" for c in mapped if c.kind in _QUICK)])}
        from received
    ),
    parsed as (
        select *, {_comma(f"{_read(c)} as p_{c.name}" for c in mapped)}
        from quickly_read
    ),
    valued as (
        select *, {_comma(f"{value_of(c, _text(c))} as v_{c.name}" for c in mapped)}
        from parsed
    ),
    judged as (
        select
            *, {_comma(f"{is_unusable(c, _text(c))} as bad_{c.name}" for c in mapped)},
            {_misshapen(inspection, mapped, cells)} as bad_shape
        from valued
    ),
    doubted as (
        select *, {bad} or bad_shape as unusable, unusable or {_label_as_key(mapped)} as doubtful
        from judged
    ),
    filled as (
        select *, case when doubtful then {_filled(cells)} end as filled_cells
        from doubted
    ),
    named as (
        select *, case when doubtful then {_row_kind(inspection, mapped)} end as row_kind
        from filled
    )
select
    file_at, file_row_number,
    {_comma([f"v_{column.name} as {column.name}" for column in mapped] + importer_key)},
    row_kind,
    case when unusable and row_kind is null then {_faults(mapped)} end as faults,
    case when unusable and row_kind is null then {_raw_row(inspection, cells)} end as raw_row,
    {other_cells(inspection, _cleaned)} as other_cells
from named
"""


def typed_columns(inspection: Inspection) -> list[str]:
    """Typed columns of the SELECT, in its order, without `other_cells`."""
    return [*inspection.columns_present, *(["importer_key"] if has_importer_key(inspection) else [])]


def has_importer_key(inspection: Inspection) -> bool:
    """Whether rows get the key by which importers are joined."""
    return "importer_key" in inspection.report.contract.column_names() and "importer_number" in inspection.cell_of


def _cell(column: ReportColumn, cell_of: Mapping[str, int]) -> str:
    """The received cell; where a bank has a column of debits or one of directions, with the sign they give it."""
    received = f"c{cell_of[column.name] + 1}"
    if (debit := cell_of.get(f"{column.name}.debit")) is not None:
        received = f"ace_credit_or_debit({received}, c{debit + 1})"
    if (direction := cell_of.get(f"{column.name}.direction")) is not None:
        received = f"ace_directed({received}, c{direction + 1})"
    return received


def _cleaned(cell: str) -> str:
    return f"ace_clean({cell})"


def _text(column: ReportColumn) -> str:
    """The cell without what spreadsheets put around it; NULL where nothing is left."""
    return _cleaned(f"r_{column.name}")


def _read(column: ReportColumn) -> str:
    """The full reading, only where the quick one gave nothing: a CASE, because DuckDB evaluates one branch of it."""
    if column.kind == "text":
        return _text(column)
    full = reading(column, _text(column))
    return f"case when q_{column.name} is null then {full} else q_{column.name} end" if column.kind in _QUICK else full


def reading(column: ReportColumn, text: str) -> str:
    """A clean text read as its column's kind says."""
    return f"{_MACROS.get(column.kind, f'ace_{column.kind}')}({text})"


# --- values ---------------------------------------------------------------------------------------------------------


def value_of(column: ReportColumn, text: str) -> str:
    """What goes into the table: the parsed cell `p_…` where it keeps what the contract promises, else NULL."""
    parsed = f"p_{column.name}"
    if column.kind == "day":
        return f"case when {parsed} between {_FIRST_DAY} and {_LAST_DAY} then {parsed} end"
    if column.kind == "whole":
        return f"case when {parsed} >= {column.field.at_least or 0} then {parsed} end"
    if column.kind == "vocabulary":
        return _vocabulary(column, text)
    if column.blank_is_unknown:
        return f"case when {text} is not null then {parsed} end"
    if column.kind == "code" and column.width:
        padded = f"lpad({parsed}, {column.width}, '0')"
        is_short = f"length({parsed}) < {column.width} and regexp_full_match({parsed}, '[0-9]+')"
        parsed = f"case when {is_short} then {padded} else upper({parsed}) end"
    if column.field.matches and column.kind != "entry_number":
        return f"case when regexp_matches({parsed}, {quoted(column.field.matches)}) then {parsed} end"
    return parsed


def _vocabulary(column: ReportColumn, text: str) -> str:
    """The vocabulary's own spelling; an empty cell of a column that is there is 'none' where there is such a word."""
    words = column.field.one_of or ()
    branches = " ".join(f"when {quoted(_word(word))} then {quoted(word)}" for word in words)
    blank = "'none'" if "none" in words else "null"
    return f"case when {text} is null then {blank} else case p_{column.name} {branches} end end"


def _word(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


# --- faults ---------------------------------------------------------------------------------------------------------


def is_unusable(column: ReportColumn, text: str) -> str:
    """True where the row cannot be used because of this column, whose value is `v_…`; never NULL."""
    value = f"v_{column.name}"
    if column.required:
        unread = f"{value} is null"
    else:
        filled = f"{text} is not null"
        if column.kind == "flag":
            filled = f"coalesce(lower({text}) not in {_NOT_SAID}, false)"
        if column.blank_before_2000:
            filled += f" and not coalesce(p_{column.name} between {_EMPTY_PLUS_DAYS}, false)"
        unread = "false" if column.kind == "text" else f"case when {value} is null then {filled} else false end"
    if column.check:
        unread += f" or not coalesce(entry_check_digit_ok({value}), true)"
    return f"({unread})"


def _misshapen(inspection: Inspection, mapped: Sequence[ReportColumn], cells: Sequence[str]) -> str:
    """A text row that has filled cells beyond its header, or ends before a cell that holds money."""
    if inspection.delimiter is None:
        return "false"
    beyond = [f"ace_clean({spare}) is not null" for spare in cells[len(inspection.headers) :]]
    short = [f"c{inspection.cell_of[column.name] + 1} is null" for column in mapped if column.kind == "amount"]
    return f"({' or '.join(beyond + short) or 'false'})"


def _label_as_key(mapped: Sequence[ReportColumn]) -> str:
    """A total's label is a readable text, so a key that takes any text must be looked at."""
    texts = [column for column in mapped if column.required and column.kind in ("text", "code", "importer_number")]
    return " or ".join(is_label(f"v_{column.name}") for column in texts) or "false"


def is_label(text: str) -> str:
    """True where a text is what a total or a footer is called; never NULL."""
    book = report_book()
    return f"coalesce(regexp_full_match(lower({text}), {quoted(f'{book.total_label}|{book.footer}')}), false)"


def _keys(mapped: Sequence[ReportColumn]) -> list[str]:
    return [_text(column) for column in mapped if column.required and column.kind != "amount"]


def _filled(cells: Sequence[str]) -> str:
    return f"list_filter([{_comma(f'ace_clean({name})' for name in cells)}], lambda cell: cell is not null)"


def _row_kind(inspection: Inspection, mapped: Sequence[ReportColumn]) -> str:
    """Which rows are no data: empty ones, totals, known footers, and the header printed again on a new page."""
    book = report_book()
    keyless = " and ".join(f"({key} is null or {is_label(key)})" for key in _keys(mapped)) or "false"
    printed = f"[{_comma(f'ace_clean(c{inspection.cell_of[column.name] + 1})' for column in mapped)}]"
    header = f"[{_comma(quoted(inspection.headers[inspection.cell_of[column.name]]) for column in mapped)}]"
    labels = f"list_filter(filled_cells, lambda cell: regexp_full_match(lower(cell), {quoted(book.total_label)}))"
    not_money = "list_filter(filled_cells, lambda cell: ace_amount(cell) is null)"
    return f"""case
            when len(filled_cells) = 0 then 'blank'
            when {printed} = {header} then 'header'
            when len(filled_cells) = 1 and regexp_full_match(lower(filled_cells[1]), {quoted(book.footer)})
                then 'footer'
            when ({keyless}) and (len({labels}) > 0 or len({not_money}) = 0) then 'total'
        end"""


def _faults(mapped: Sequence[ReportColumn]) -> str:
    no_key = " and ".join(f"{key} is null" for key in _keys(mapped)) or "false"
    shape = (
        "'the row has other cells than the header: a cut line, a delimiter or a quotation mark out of place'",
        "'the row is no data row known here: its key cells are empty'",
    )
    fallible = [column for column in mapped if is_unusable(column, _text(column)) != _NEVER]
    single = _comma(f"case when bad_{column.name} then {_fault(column)} end" for column in fallible)
    return f"""case
            when bad_shape then [{_struct(quoted(WHOLE_ROW), "'row_shape'", "null", shape[0])}]
            when {no_key} then [{_struct(quoted(WHOLE_ROW), "'row_shape'", "null", shape[1])}]
            else list_filter(cast([{single}] as {FAULT_TYPE}[]), lambda fault: fault is not null)
        end"""


def _fault(column: ReportColumn) -> str:
    text, value = _text(column), f"v_{column.name}"
    missing = f"{text} is null"
    lost = f"ace_digits_lost({text})"
    lost_told = "'a spreadsheet wrote the number so; its digits cannot be known: export as text'"
    zero_told = "'leading zeros are lost; the number cannot be known: export as text'"
    cases: list[tuple[str, str, str]] = [(missing, "required_value_missing", "null")]
    if column.kind == "entry_number":
        few = f"regexp_full_match(ace_number_as_digits({text}), '[0-9]{{8,10}}')"
        expected = f"'check digit ' || {value}[11:11] || ' does not fit; expected ' || entry_check_digit({value})"
        cases += [(lost, "digits_lost", lost_told), (few, "digits_lost", zero_told)]
        cases += [(f"{value} is not null", "entry_number_shape", expected)]
        cases += [("true", "entry_number_shape", "'an entry number has 3 letters or digits and 8 digits'")]
    elif column.kind == "hts_number":
        few = f"regexp_full_match(replace(ace_number_as_digits({text}), '.', ''), '[0-9]{{7}}|[0-9]{{9}}')"
        cases += [(lost, "digits_lost", lost_told), (few, "digits_lost", zero_told)]
        cases += [("true", "number_unreadable", "'a tariff number has 8 or 10 digits'")]
    elif column.kind == "importer_number":
        few = f"regexp_full_match(ace_number_as_digits({text}), '[0-9]+')"
        cases += [(lost, "digits_lost", lost_told), (few, "digits_lost", zero_told)]
        cases += [("true", "code_unreadable", "'an importer number such as 12-3456789'")]
    elif column.kind in ("code", "last_four", "text"):
        cases += [(lost, "digits_lost", lost_told), ("true", "code_unreadable", "'one word of letters and digits'")]
    elif column.kind in ("vocabulary", "flag"):
        words = column.field.one_of or ("Y", "N", "unknown")
        cases += [("true", "value_not_in_vocabulary", quoted("one of: " + ", ".join(words)))]
    else:
        reason, told = {
            "day": ("date_unreadable", "a day from 2000 to 2099 as MM/DD/YYYY or YYYY-MM-DD"),
            "amount": ("amount_unreadable", "an amount with at most two decimals"),
            "whole": ("number_unreadable", "a whole number from 1"),
        }[column.kind]
        cases += [("true", reason, quoted(told))]
    branches = " ".join(
        f"when {when} then {_struct(quoted(column.name), quoted(reason), text, detail)}"
        for when, reason, detail in cases
    )
    return f"case {branches} end"


def _struct(column_name: str, reason: str, raw_value: str, detail: str) -> str:
    packed = f"'column_name': {column_name}, 'reason_code': {reason}, 'raw_value': {raw_value}, 'detail': {detail}"
    return f"cast({{{packed}}} as {FAULT_TYPE})"


def _raw_row(inspection: Inspection, cells: Sequence[str]) -> str:
    """JSON of header to cell as received."""
    pairs = _comma(f"{quoted(name)}, {cell}" for name, cell in zip(_names(inspection, len(cells)), cells, strict=True))
    return f"cast(json_object({pairs}) as varchar)"


def other_cells(inspection: Inspection, cleaned: Callable[[str], str]) -> str:
    """JSON of header to text of the filled cells that no column takes; NULL where there are none."""
    taken = set(inspection.cell_of.values())
    names = _names(inspection, len(inspection.headers))
    others = [(name, f"c{cell + 1}") for cell, name in enumerate(names) if cell not in taken]
    if not others:
        return "cast(null as varchar)"
    entries = _comma(f"{{'k': {quoted(name)}, 'v': {cleaned(cell)}}}" for name, cell in others)
    filled = f"list_filter([{entries}], lambda entry: entry.v is not null)"
    any_filled = " or ".join(f"{cleaned(cell)} is not null" for _, cell in others)
    return f"case when {any_filled} then cast(to_json(map_from_entries({filled})) as varchar) end"


def _names(inspection: Inspection, width: int) -> list[str]:
    """What each cell of a row is called: its header, or its place where that is empty or stood before."""
    names: list[str] = []
    used: set[str] = set()
    for position in range(width):
        header = inspection.headers[position] if position < len(inspection.headers) else ""
        if not header or header in used:
            header = f"column {position + 1}"
        used.add(header)
        names.append(header)
    return names


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _comma(parts: Sequence[str] | object) -> str:
    return ", ".join(parts)  # type: ignore[arg-type]
