"""What `cape explain` prints: the story of one entry for people, at any width of the screen.

Belongs here: words, order and layout. Does not belong here: reading the warehouse (`explain.py`), any figure.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from cape_pipeline.layout import Column, print_pairs, print_records, print_rows, shown
from cape_pipeline.summary import Rows

WIDE = 150  # columns from which the tariff rows of a line stand in one table
NUMBERS = ("_usd", "_rate", "_days", "_count", "days")  # endings of columns whose figures stand to the right
DECIMALS_SHOWN = 6  # of an unrounded amount; --json has them all
BUCKETS = {
    "section_232_usd": "Section 232",
    "section_301_usd": "Section 301",
    "section_201_usd": "Section 201",
    "section_122_usd": "Section 122",
    "chapter_98_usd": "chapter 98",
    "other_chapter99_usd": "other chapter 99",
    "column_1_usd": "column 1",
}
SPLIT_BASES = {
    "filed_rows": "as filed on its rows",
    "replacement_net": "as filed on its rows, with column 1 duty taken out of the 15 % row",
    "replacement_range": "a range, because the column 1 duty in the 15 % row is not certain",
    "rate_derived": "derived from the rates of the registry, because the export has no chapter 99 rows",
}
COLUMN_1_BASES = {
    "printed": "the rate the export prints",
    "entry_facts": "the rate stated in entry_facts.csv",
    "filed_base_row": "the duty on the row of chapters 1 to 97",
}
STATED = (
    "hts_number line_spi_code column_1_rate_filed paid_duty_usd ieepa_duty_usd ieepa_fentanyl_duty_usd"
    " ieepa_reciprocal_duty_usd ieepa_brazil_duty_usd ieepa_india_duty_usd section_301_duty_usd section_232_duty_usd"
    " section_201_duty_usd section_122_duty_usd column_1_duty_usd other_duty_usd"
)

Teller = Callable[[dict[str, Any]], str]


def print_explanation(console: Console, told: dict[str, Any]) -> None:
    """Print the story of the entry, made by `explain_entry`."""
    console.print(f"\nEntry {told['entry_number']}", style="bold", highlight=False)
    for answer in told["eligibility"]:
        console.print(
            f"As of {answer['as_of_date']}: {answer['cape_status']} / {answer['recommended_path']}"
            f" ({answer['path_reason']}). Principal {_between(answer, 'refund_principal_usd')},"
            f" refunded {_cell('_usd', answer['refunded_principal_usd']) or 'nothing'}.",
            highlight=False,
        )
    if told["other_readings"]:
        console.print(
            f"Under readings other than the default: {', '.join(told['other_readings'])}.",
            style="yellow",
            highlight=False,
        )
    _print_lines(console, told)
    files = {row["load_id"]: row["file_name"] for row in told["files"]}
    _print(
        console,
        "Rows that could not be used",
        [{**row, "file": files.get(row["load_id"])} for row in told["quarantined_rows"]],
        "file source_row column_name reason_code raw_value",
    )
    _print(
        console,
        "Rules that do not pass",
        [row for row in told["findings"] if row["outcome"] != "pass"],
        "rule_id outcome message source",
    )
    _print(
        console,
        "Clocks",
        told["deadlines"],
        "liquidation_date cape_deadline_date reliquidation_deadline_date protest_deadline_date",
    )
    _print(
        console,
        "Filing",
        told["filing"],
        "submitter_type submitter_id undrafted_reason unattested_facts attestations exclusion_reason"
        " waiting_declaration_id",
    )
    _print(console, "Declarations it is on", told["declarations"], "declaration_id row_number claim_outcome")
    _print(
        console,
        "Refiling after CBP failed it",
        told["resubmission"],
        "claim_number message message_state resubmission_state first_step cape_deadline_date psc_deadline_date",
    )
    _print(
        console,
        "Interest",
        _without_the_obvious(told["interest"]),
        "deposit_sequence principal_usd deposit_kind deposit_date deposit_date_basis deposit_earliest_date"
        " deposit_latest_date interest_start_rule accrual_end_date accrual_end_basis accrual_end_reason rate_class"
        " accrual_days interest_usd interest_low_usd interest_high_usd is_interest_for_review is_rate_carried_forward"
        " interest_unknown_reason",
    )
    _print(
        console,
        "Interest by quarter (unrounded)",
        _without_the_obvious(told["interest_segments"]),
        "deposit_sequence quarter_start days annual_rate opening_usd interest_usd closing_usd is_rate_carried_forward",
    )
    _print(
        console,
        "Interest for late payment",
        [row for row in told["late_interest"] if row["late_periods"] or row["late_interest_high_usd"]],
        "refund_number liquidation_date payment_date payment_basis days_to_payment excluded_days late_periods"
        " balance_usd late_interest_usd late_interest_high_usd late_unknown_reason",
    )
    _print(
        console,
        "Payment batch",
        told["batches"],
        "payee_number liquidation_date liquidation_basis entry_count total_usd payment_from_date payment_to_date",
    )
    _print(
        console,
        "Refunds",
        told["refunds"],
        "refund_number claim_number expected_principal_usd cbp_principal_usd expected_interest_usd cbp_interest_usd"
        " cause",
    )
    _print(
        console,
        "Payments these refunds came in",
        told["reconciliation"],
        "refund_number match_status rev603_usd deposited_usd unexplained_usd trace_number next_action",
    )
    _print(console, "Alerts", told["alerts"], "alert_code since_date due_date message next_action")
    if told["sources"]:
        console.print("\nSources", style="bold", highlight=False)
        print_pairs(console, [(row["source"], _document(row)) for row in told["sources"]])


# ---- the lines and their rows ---------------------------------------------------------------------------------------


def _print_lines(console: Console, told: dict[str, Any]) -> None:
    meanings = {row["anomaly_code"]: row for row in told["anomalies"]}
    assumptions = {row["assumption_id"]: row["default_reading"] for row in told["assumptions"]}
    files = {row["load_id"]: row["file_name"] for row in told["files"]}
    for split in told["lines"]:
        number = split["line_number"]
        received = told["broker_lines"] if split["split_basis"] == "rate_derived" else told["received_rows"]
        filed = [row for row in received if row["line_number"] == number]
        printed_rates = {row.get("tariff_ordinal"): row["column_1_rate_filed"] for row in filed}
        rows = [
            {**row, "column_1_rate_filed": printed_rates.get(row["tariff_ordinal"])}
            for row in told["contributions"]
            if row["line_number"] == number
        ]
        console.print(f"\n{_line_title(split)}", style="bold", highlight=False)
        for sentence in (*_amounts(split), *_basis(split, assumptions), *_received(filed, files)):
            console.print(sentence, highlight=False)
        if console.width >= WIDE:
            _print_row_table(console, rows)
        else:
            _print_row_blocks(console, rows)
        if split["split_basis"] == "rate_derived":
            _print(console, "As the list states it", filed, STATED)
        for code in split["anomaly_codes"]:
            _print_anomaly(
                console, code, [row["tariff_ordinal"] for row in rows if code in row["anomaly_codes"]], meanings
            )


def _line_title(split: dict[str, Any]) -> str:
    known = (
        ("origin ", split["country_of_origin"]),
        ("entered ", split["entry_date"]),
        ("value ", _cell("_usd", split["line_value_usd"])),
    )
    return f"Line {split['line_number']}: " + ", ".join(name + str(value) for name, value in known if value)


def _amounts(split: dict[str, Any]) -> list[str]:
    parts = [f"IEEPA {_between(split, 'ieepa_low_usd', 'ieepa_high_usd')}"]
    parts += [f"{name} {_cell('_usd', split[column])}" for column, name in BUCKETS.items() if split[column]]
    return [f"Duty filed {_cell('_usd', split['paid_duty_usd'])}: {', '.join(parts)}."]


def _basis(split: dict[str, Any], assumptions: dict[str, str]) -> list[str]:
    told = [f"Split: {SPLIT_BASES.get(split['split_basis'], split['split_basis'])}."]
    if split["split_basis"] == "rate_derived" and split["programmes"]:
        told.append(f"IEEPA programmes that fit: {', '.join(split['programmes'])}.")
    if split["column_1_basis"]:
        told.append(f"Column 1 from {COLUMN_1_BASES.get(split['column_1_basis'], split['column_1_basis'])}.")
    name = split["rests_on_assumption"]
    if name:
        told.append(f"Rests on the assumption {name}: {assumptions.get(name, 'see registry.assumptions')}")
    return told


def _received(filed: Rows, files: dict[str, str]) -> list[str]:
    by_file: dict[str, list[int]] = {}
    for row in filed:
        by_file.setdefault(row["load_id"], []).append(row["source_row"])
    told = [
        f"Received as row{'s' if len(rows) > 1 else ''} {', '.join(map(str, sorted(rows)))} of"
        f" {files.get(load_id, load_id)}."
        for load_id, rows in by_file.items()
    ]
    days = {row["law_date"] for row in filed if row.get("law_date") not in (None, row["entry_date"])}
    return told + [f"Judged by the law of {day}, not of the date of entry." for day in sorted(days)]


#: What is told of a tariff row, by its name in both layouts; the first four stand in the title of a block.
ROW_TELLERS: tuple[tuple[str, Teller], ...] = (
    ("row", lambda row: str(row["tariff_ordinal"])),
    ("heading", lambda row: str(row["heading"])),
    ("duty", lambda row: _cell("_usd", row["duty_usd"]) or "blank"),
    ("IEEPA", lambda row: _between(row, "ieepa_low_usd", "ieepa_high_usd")),
    ("why", lambda row: str(row["contribution_reason"])),
    ("programme", lambda row: _cell("", row["programme"])),
    ("window", lambda row: _window(row["effective_from"], row["effective_to"])),
    ("rate", lambda row: _rate(row)),
    ("authority", lambda row: _cell("", row["authority"])),
    ("source", lambda row: _source(row)),
)
IN_TITLE = 4
TO_THE_RIGHT = ("duty", "IEEPA")


def _print_row_table(console: Console, rows: Rows) -> None:
    if not rows:
        return
    table = Table()
    for name, _ in ROW_TELLERS:
        is_text = name in ("why", "authority", "source")
        table.add_column(
            name,
            overflow="fold",
            justify="right" if name in TO_THE_RIGHT else "left",
            width=None if is_text else _longest_word(name, rows),
            ratio=1 if is_text else None,
        )
    for row in rows:
        table.add_row(*(shown(tell(row)) for _, tell in ROW_TELLERS))
    console.print(table)


def _longest_word(name: str, rows: Rows) -> int:
    """Width of a column whose texts fold at blanks; `2025-08-07 to` and `15 %` stay together."""
    tell = dict(ROW_TELLERS)[name]
    words = [word for row in rows for word in re.split(r"(?<=\bto) |(?<=%) ", tell(row))]
    return max(map(len, [name, *words]))


def _print_row_blocks(console: Console, rows: Rows) -> None:
    for row in rows:
        told = [(name, tell(row)) for name, tell in ROW_TELLERS]
        ordinal, heading, duty, ieepa = (text for _, text in told[:IN_TITLE])
        console.print(f"\n  Row {ordinal}  {heading}   duty {duty}   IEEPA {ieepa}", style="bold", highlight=False)
        print_pairs(console, told[IN_TITLE:])


def _print_anomaly(console: Console, code: str, ordinals: Sequence[int], meanings: dict[str, dict[str, Any]]) -> None:
    where = f" (row {', '.join(map(str, ordinals))})" if ordinals else ""
    meaning = meanings.get(code)
    told = f"{meaning['anomaly_meaning']} Effect: {meaning['anomaly_effect']}." if meaning else "no meaning recorded"
    console.print(f"{code}{where}: {told}", style="yellow", highlight=False)


def _window(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return ""
    if last is None:
        return f"since {first}"
    return f"{first} to {last}" if first else f"until {last}"


def _rate(row: dict[str, Any]) -> str:
    if row["floor_rate"] is not None:
        return f"{_percent(row['floor_rate'])} less column 1"
    if row["registry_rate"] is None:
        return str(row["column_1_rate_filed"] or "") if row["duty_bucket"] == "column_1" else ""
    return _percent(row["registry_rate"]) if row["registry_rate"] else "none"


def _source(row: dict[str, Any]) -> str:
    if not row["rule_source"]:
        return ""
    place = (row["rule_locator"] or "").split(";")[0]
    return ", ".join(part for part in (row["rule_title"], place) if part) + f" ({row['rule_source']})"


# ---- interest -------------------------------------------------------------------------------------------------------


def _without_the_obvious(rows: Rows) -> Rows:
    """The rows of interest without what is the same for nearly every entry: an only deposit, no range, no warning."""
    plain = {row.get("deposit_sequence") for row in rows} == {1}
    return [{name: None if _is_obvious(name, row, plain=plain) else row[name] for name in row} for row in rows]


def _is_obvious(name: str, row: dict[str, Any], *, plain: bool) -> bool:
    match name:
        case "deposit_sequence":
            return plain
        case "interest_start_rule":
            return bool(row[name] == "payment_date")
        case "deposit_earliest_date" | "deposit_latest_date":
            return bool(row[name] == row["deposit_date"])
        case "interest_low_usd" | "interest_high_usd":
            return bool(row[name] == row["interest_usd"])
        case _:
            return row[name] is False


# ---- any other table ------------------------------------------------------------------------------------------------


def _print(console: Console, title: str, rows: Rows, columns: str) -> None:
    """Rows under a title; columns without any value are left out."""
    if not rows:
        return
    names = [name for name in columns.split() if any(row[name] not in (None, []) for row in rows)]
    cells = [[_cell(name, row[name]) for name in names] for row in rows]
    titles = [Column(name.removesuffix("_usd").replace("_", " "), name.endswith(NUMBERS)) for name in names]
    console.print()
    print_rows(console, titles, cells, print_records, title=title)


def _document(row: dict[str, Any]) -> str:
    return ", ".join(str(part) for part in (row["title"], row["reference"], row["document_date"]) if part)


def _between(row: dict[str, Any], low: str, high: str | None = None) -> str:
    """One amount, or two where they differ."""
    high = high or low.replace("_usd", "_high_usd")
    least, most = _cell("_usd", row[low]), _cell("_usd", row[high])
    if least == most:
        return least or "unknown"
    return f"{least or 'unknown'} to {most or 'unknown'}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if isinstance(value, Decimal):
        if name.endswith("_rate"):
            return _percent(value)
        return f"{value:,.2f}" if value == round(value, 2) else f"{value:,.{DECIMALS_SHOWN}f}"
    return str(value)
