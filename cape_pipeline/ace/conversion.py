"""The one SELECT that turns received text cells into typed columns and says what is wrong with the rest.

Belongs here: SQL made from a report's column kinds. Does not belong here: getting the cells into DuckDB, and the
tables they end in (`load.py`); how a single cell is read (`macros.py`).

The SELECT has one row for each received row, metadata and header rows included: the typed columns, then `row_kind`
(NULL for data; `blank`, `total`, `footer` or `header` for rows that are none), `faults` (NULL, or what cannot be used)
and `raw_row` (only where there is a fault). Everything that is needed for faulty rows alone stands inside a CASE, so
that a clean file does not pay for it.
"""

from collections.abc import Sequence

from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.reports import ReportColumn, report_book

FAULT_TYPE = "struct(column_name varchar, reason_code varchar, raw_value varchar, detail varchar)"
WHOLE_ROW = "whole_row"

_READ = {
    "text": "{t}",
    "code": "ace_code({t})",
    "entry_number": "ace_entry_number({t})",
    "importer_number": "ace_importer_number({t})",
    "day": "ace_day({t})",
    "amount": "ace_amount({t})",
    "whole": "ace_whole({t})",
    "hts_number": "ace_hts_number({t})",
    "flag": "ace_flag({t})",
    "vocabulary": "ace_word({t})",
    "last_four": "ace_last_four({t})",
}
_FIRST_DAY, _LAST_DAY = "date '2000-01-01'", "date '2099-12-31'"
# Days added to an empty spreadsheet cell (1900-03-20 is empty plus 80).
_EMPTY_PLUS_DAYS = "date '1899-12-30' and date '1999-12-31'"
_NOT_SAID = "('unknown', '?')"


def typed_select(inspection: Inspection, stage: str, width: int) -> str:
    """SQL over `stage`, whose columns are `c1` to `c<width>` as text.

    Cells beyond the header's are spare: in a text file they show that a row was cut at the wrong places. NULL (not '')
    in a cell means that a text file's row ended before it.
    """
    mapped = [column for column in inspection.report.columns if column.name in inspection.cell_of]
    cell = {column.name: f"c{inspection.cell_of[column.name] + 1}" for column in mapped}
    cells = [f"c{position}" for position in range(1, width + 1)]
    bad = " or ".join(f"bad_{column.name}" for column in mapped)
    key = inspection.report.contract.column_names()
    importer_key = ["importer_key(v_importer_number) as importer_key"] if _has_importer_key(key, cell) else []
    return f"""
with
    cleaned as (
        select {_comma(cells)}, {_comma(f"ace_clean({cell[c.name]}) as t_{c.name}" for c in mapped)}
        from {stage}
    ),
    parsed as (
        select *, {_comma(f"{_READ[c.kind].format(t=f't_{c.name}')} as p_{c.name}" for c in mapped)}
        from cleaned
    ),
    valued as (
        select *, {_comma(f"{_value(c)} as v_{c.name}" for c in mapped)}
        from parsed
    ),
    judged as (
        select
            *, {_comma(f"{_unusable(c)} as bad_{c.name}" for c in mapped)},
            {_misshapen(inspection, mapped, cell, cells)} as bad_shape
        from valued
    ),
    doubted as (
        select *, {bad} or bad_shape or {_label_as_key(mapped)} as doubtful
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
    {_comma([f"v_{column.name} as {column.name}" for column in mapped] + importer_key)},
    row_kind,
    case when doubtful and row_kind is null and ({bad} or bad_shape) then {_faults(mapped)} end as faults,
    case when doubtful and row_kind is null then {_raw_row(inspection, cells)} end as raw_row
from named
"""


def _has_importer_key(names: Sequence[str], cell: dict[str, str]) -> bool:
    return "importer_key" in names and "importer_number" in cell


# --- values ---------------------------------------------------------------------------------------------------------


def _value(column: ReportColumn) -> str:
    """What goes into the table: the parsed cell where it keeps what the contract promises, else NULL."""
    parsed = f"p_{column.name}"
    if column.kind == "day":
        return f"case when {parsed} between {_FIRST_DAY} and {_LAST_DAY} then {parsed} end"
    if column.kind == "whole":
        return f"case when {parsed} >= {column.field.at_least or 0} then {parsed} end"
    if column.kind == "vocabulary":
        return _vocabulary(column)
    if column.kind == "code" and column.width:
        padded = f"lpad({parsed}, {column.width}, '0')"
        is_short = f"length({parsed}) < {column.width} and regexp_full_match({parsed}, '[0-9]+')"
        parsed = f"case when {is_short} then {padded} else upper({parsed}) end"
    if column.field.matches and column.kind != "entry_number":
        return f"case when regexp_matches({parsed}, {quoted(column.field.matches)}) then {parsed} end"
    return parsed


def _vocabulary(column: ReportColumn) -> str:
    """The vocabulary's own spelling; an empty cell of a column that is there is 'none' where there is such a word."""
    words = column.field.one_of or ()
    branches = " ".join(f"when {quoted(_word(word))} then {quoted(word)}" for word in words)
    blank = "'none'" if "none" in words else "null"
    return f"case when t_{column.name} is null then {blank} else case p_{column.name} {branches} end end"


def _word(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


# --- faults ---------------------------------------------------------------------------------------------------------


def _unusable(column: ReportColumn) -> str:
    """True where the row cannot be used because of this column; never NULL."""
    text, value = f"t_{column.name}", f"v_{column.name}"
    if column.kind == "flag":
        return f"({value} is null and lower({text}) not in {_NOT_SAID})"
    unread = f"{text} is not null and {value} is null"
    if column.blank_before_2000:
        unread += f" and not coalesce(p_{column.name} between {_EMPTY_PLUS_DAYS}, false)"
    if column.check:
        unread += f" or not coalesce(entry_check_digit_ok({value}), true)"
    if column.required:
        unread += f" or {text} is null"
    return f"({unread})"


def _misshapen(
    inspection: Inspection, mapped: Sequence[ReportColumn], cell: dict[str, str], cells: Sequence[str]
) -> str:
    """A text row that has filled cells beyond its header, or ends before a cell that holds money."""
    if inspection.delimiter is None:
        return "false"
    beyond = [f"ace_clean({spare}) is not null" for spare in cells[len(inspection.headers) :]]
    short = [f"{cell[column.name]} is null" for column in mapped if column.kind == "amount"]
    return f"({' or '.join(beyond + short) or 'false'})"


def _label_as_key(mapped: Sequence[ReportColumn]) -> str:
    """A total's label is a readable text, so a key that takes any text must be looked at."""
    texts = [column.name for column in mapped if column.required and column.kind in ("text", "code", "importer_number")]
    return " or ".join(_is_label(f"t_{name}") for name in texts) or "false"


def _is_label(text: str) -> str:
    book = report_book()
    return f"coalesce(regexp_full_match(lower({text}), {quoted(f'{book.total_label}|{book.footer}')}), false)"


def _keys(mapped: Sequence[ReportColumn]) -> list[str]:
    return [f"t_{column.name}" for column in mapped if column.required and column.kind != "amount"]


def _filled(cells: Sequence[str]) -> str:
    return f"list_filter([{_comma(f'ace_clean({name})' for name in cells)}], lambda cell: cell is not null)"


def _row_kind(inspection: Inspection, mapped: Sequence[ReportColumn]) -> str:
    """Which rows are no data: empty ones, totals, known footers, and the header printed again on a new page."""
    book = report_book()
    keyless = " and ".join(f"({key} is null or {_is_label(key)})" for key in _keys(mapped))
    printed = f"[{_comma(f't_{column.name}' for column in mapped)}]"
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
    no_key = " and ".join(f"{key} is null" for key in _keys(mapped))
    shape = (
        "'the row has other cells than the header: a cut line, a delimiter or a quotation mark out of place'",
        "'the row is no data row known here: its key cells are empty'",
    )
    single = _comma(f"case when bad_{column.name} then {_fault(column)} end" for column in mapped)
    return f"""case
            when bad_shape then [{_struct(quoted(WHOLE_ROW), "'row_shape'", "null", shape[0])}]
            when {no_key} then [{_struct(quoted(WHOLE_ROW), "'row_shape'", "null", shape[1])}]
            else list_filter([{single}], lambda fault: fault is not null)
        end"""


def _fault(column: ReportColumn) -> str:
    text, value = f"t_{column.name}", f"v_{column.name}"
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
    """JSON of header to cell as received; headers that are empty or stand twice are named by their place."""
    pairs: list[str] = []
    used: set[str] = set()
    for position, name in enumerate(cells):
        header = inspection.headers[position] if position < len(inspection.headers) else ""
        if not header or header in used:
            header = f"column {position + 1}"
        used.add(header)
        pairs.append(f"{quoted(header)}, {name}")
    return f"cast(json_object({_comma(pairs)}) as varchar)"


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _comma(parts: Sequence[str] | object) -> str:
    return ", ".join(parts)  # type: ignore[arg-type]
