"""The quick reading of rows in the usual form: one pattern over the whole row, then plain casts.

Belongs here: which form of a cell is usual, by kind, and its value. Does not belong here: any other form of a cell and
what is wrong with it (`conversion.py`), which reads the rows that this reading leaves.

Nearly every row of an export is written as ACE writes it. Such a row needs no cleaning cell by cell, and nothing can be
wrong with it. Both readings give the same values for it; the tests hold them against each other.
"""

from cape_pipeline.ace.conversion import (
    has_importer_key,
    is_label,
    is_unusable,
    other_cells,
    quoted,
    reading,
    value_of,
)
from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.reports import ReportColumn

# Between the cells of a row while the pattern is held against it; a cell that holds it is not usual.
_SEAM = "\x02"
# What `ace_clean` takes off, and the sign that Excel's text wrapper begins with.
_OUTER = r" \t\n\r\x1a\x{a0}\x{200b}\x{feff}"
_CLEAN_TEXT = rf"[^{_OUTER}={_SEAM}](?:[^{_SEAM}]*[^{_OUTER}{_SEAM}])?"
_MONTH, _MONTH_DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH_OF_TWO, _DAY_OF_TWO = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_US_DAY = rf"{_MONTH}/{_MONTH_DAY}/20[0-9]{{2}}"
_ISO_DAY = rf"20[0-9]{{2}}-{_MONTH_OF_TWO}-{_DAY_OF_TWO}"
_PATTERNS = {
    "code": "[0-9A-Za-z]+",
    "entry_number": "[A-Z0-9]{3}-?[0-9]{7}-?[0-9]",
    # an employer's number with or without suffix, a social security number, a number that CBP assigned
    "importer_number": "[0-9]{2}-[0-9]{7}(?:[0-9A-Z]{2})?|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{6}-[0-9]{5}",
    "day": f"{_US_DAY}|{_ISO_DAY}",
    "amount": r"-?\$?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,2})?",
    "whole": r"0{0,3}[1-9][0-9]{0,5}(?:\.0{1,3})?",
    "hts_number": r"[0-9]{8}|[0-9]{10}|[0-9]{4}\.[0-9]{2}\.[0-9]{2}(?:\.?[0-9]{2})?",
}
# A worksheet holds days with the time of midnight.
_SHEET_DAY = f"{_US_DAY}|{_ISO_DAY}(?: 00:00:00)?"
_DAY_FORMS = "['%m/%d/%Y', '%Y-%m-%d']"
# Their quick patterns allow nothing that the contract's own pattern would refuse.
_ALWAYS_MATCH = frozenset({"entry_number", "hts_number"})


def usual_select(inspection: Inspection, stage: str, width: int) -> str:
    """SQL over `stage`, whose columns are `file_at` and the received cells `c1` to `c<width>` as text.

    One row for each received row, in their order: `file_at`, the typed columns, `other_cells`, and `cells`. Where
    `cells` is NULL the row is a usual one and its typed columns stand. Elsewhere it holds all cells of the row, to be
    read in full, and the typed columns mean nothing.
    """
    cells = [f"c{position}" for position in range(1, width + 1)]
    mapped = [column for column in inspection.report.columns if column.name in inspection.cell_of]
    cell = {column.name: f"c{inspection.cell_of[column.name] + 1}" for column in mapped}
    parsed = [column for column in mapped if not _is_quick(column)]
    values = [f"{_value(c, cell[c.name], inspection)} as v_{c.name}" for c in mapped]
    key = [_importer_key("v_importer_number")] if has_importer_key(inspection) else []
    typed = [f"v_{name} as {name}" for name in inspection.columns_present]
    return f"""
with
    received as (
        select file_at, {", ".join(cells)}, {_fits(inspection, cells)} as fits
        from {stage}
    ),
    parsed as (
        select {", ".join(["*", *(f"{reading(c, _text(cell[c.name]))} as p_{c.name}" for c in parsed)])}
        from received
    ),
    valued as (
        select {", ".join(["*", *values])}
        from parsed
    ),
    judged as (
        select *, {" and ".join(["fits", *_conditions(mapped, cell)])} as is_usual
        from valued
    )
select
    file_at, {", ".join([*typed, *key])}, {other_cells(inspection, _text)} as other_cells,
    case when not is_usual then [{", ".join(cells)}] end as cells
from judged
"""


def _text(cell: str) -> str:
    """A clean cell; NULL where it is empty."""
    return f"nullif({cell}, '')"


def _is_quick(column: ReportColumn) -> bool:
    return column.kind == "text" or (
        column.kind in _PATTERNS and not (column.kind == "whole" and (column.field.at_least or 0) > 1)
    )


def _fits(inspection: Inspection, cells: list[str]) -> str:
    """Whether a row has as many cells as the header, each of the usual form; cells that are not there join nothing."""
    if any("." in name for name in inspection.cell_of):  # an amount that is put together from two cells
        return "false"
    row = _SEAM.join(_cell_patterns(inspection))
    return f"regexp_full_match(concat_ws({quoted(_SEAM)}, {', '.join(cells)}), {quoted(row)})"


def _cell_patterns(inspection: Inspection) -> list[str]:
    column_at = {cell: inspection.report.column(name) for name, cell in inspection.cell_of.items()}
    patterns = []
    for at in range(len(inspection.headers)):
        column = column_at.get(at)
        pattern = _CLEAN_TEXT if column is None else _pattern(column, inspection)
        patterns.append(f"(?:{pattern})" if column is not None and column.required else f"(?:{pattern})?")
    return patterns


def _pattern(column: ReportColumn, inspection: Inspection) -> str:
    if not _is_quick(column) or column.kind == "text":
        return _CLEAN_TEXT
    if column.kind == "day" and inspection.sheet_name is not None:
        return _SHEET_DAY
    if column.kind == "code" and column.width:
        return f"[0-9]{{1,{column.width}}}|[0-9A-Z]{{{column.width},}}"
    return _PATTERNS[column.kind]


def _value(column: ReportColumn, cell: str, inspection: Inspection) -> str:
    """The value of a cell of the usual form. For any other it is of no use, but is no error either."""
    if not _is_quick(column):
        return value_of(column, _text(cell))
    match column.kind:
        case "day":
            # an empty text would be tried, and its error told, for every row
            day = _text(cell) if inspection.sheet_name is None else f"left({_text(cell)}, 10)"
            return f"cast(try_strptime({day}, {_DAY_FORMS}) as date)"
        case "amount":
            return f"try_cast(replace(replace({cell}, '$', ''), ',', '') as decimal(18, 2))"
        case "whole":
            return f"try_cast({cell} as integer)"
        case "entry_number":
            return f"replace({_text(cell)}, '-', '')"
        case "hts_number":
            return f"replace({_text(cell)}, '.', '')"
        case "code" if column.width:
            padded = f"lpad({_text(cell)}, {column.width}, '0')"
            return f"case when length({cell}) < {column.width} then {padded} else {cell} end"
    return _text(cell)


def _conditions(mapped: list[ReportColumn], cell: dict[str, str]) -> list[str]:
    """What the pattern cannot say: days that are none, numbers that do not fit, labels of totals."""
    found = []
    for column in mapped:
        value, text = f"v_{column.name}", _text(cell[column.name])
        if not _is_quick(column):
            found.append(f"not {is_unusable(column, text)}")
        elif column.kind == "day":
            found.append(f"({value} is not null or {cell[column.name]} = '')")
        elif column.field.matches and column.kind not in _ALWAYS_MATCH:
            found.append(f"regexp_matches({value}, {quoted(column.field.matches)}) is not false")
        if column.check:
            found.append(f"entry_check_digit_ok({value}) is not false")
        if column.required and column.kind in ("text", "code"):
            found.append(f"not {is_label(value)}")
    return found


def _importer_key(number: str) -> str:
    """As the macro of that name: the commonest form, NN-NNNNNNN, without its patterns."""
    bare = f"replace({number}, '-', '')"
    return f"case when length({number}) = 10 then {bare} else importer_key({number}) end as importer_key"
