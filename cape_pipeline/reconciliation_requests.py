"""The packet that goes to CBP for a refund whose variance exceeds what is immaterial: a letter, and the audit trail.

Belongs here: which refunds get a packet, the words of the letter, and the rows of the file beside it. Does not belong
here: any figure, each is read from a finished table; whether a variance is material (`payments.rev603_reconciliation`);
writing files (`outputs.py`).
"""

import csv
import hashlib
import io
import re
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.inert import inert

Row = Mapping[str, Any]

REFUNDS_MAILBOX = "IEEPARefunds@cbp.dhs.gov"
ACH_MAILBOX = "frn-achrefundsupport@cbp.dhs.gov"
LINE_WIDTH = 96
#: What is asked for each finding, in the order in which it is asked.
QUESTIONS = {
    "diverted_unsupported": "Please name each bill this refund was applied to, with its number, date and amount.",
    "cash_differs": "Please tell by which payments, with trace number and date, the total of this refund was paid.",
    "ach_rejected": "Please tell why the payment was returned, and when it will be issued again.",
    "reports_differ": "ES-022 and REV-603 state different amounts for this refund. Please tell why.",
    "principal_differs": "Please tell for the entries below which tariff rows the refunded principal is made of.",
    "netting": "The principal differs by what other duty of the entry changed. Please confirm the netting.",
    "interest_differs": "Please give the interest computation of the entries below: first and last day, rates.",
    "interest_days": "The interest differs by whole days. Please state its first and last day for the entries below.",
    "payee_differs": "Please tell why the refund was paid to another party than ES-022 names.",
    "basis_undecidable": "Please tell whether Refund Amount in ES-022 includes the interest.",
}
COLUMNS = (
    "refund_number", "entry_number", "claim_number", "importer_number", "liquidation_date", "expected_principal_usd",
    "cbp_principal_usd", "principal_variance_usd", "expected_interest_usd", "cbp_interest_usd", "interest_variance_usd",
    "interest_variance_days", "cause", "is_material", "deposit_dates", "interest_end_date", "rate_class",
    "interest_walk", "expected_source", "cbp_source", "registry_version", "as_of_date",
)  # fmt: skip

REFUNDS = """
select matching.*, position.registry_version,
    loads.file_name || ' row ' || reported.source_row as rev603_source
from payments.rev603_reconciliation as matching
cross join reports.position as position
left join entries.reported_refunds as reported on matching.refund_number = reported.refund_number
left join ace.loads as loads on reported.load_id = loads.load_id
where matching.is_material
order by matching.refund_number
"""
CREDITS = """
select unnest(credits.refund_numbers) as refund_number, credits.value_date, credits.credit_total_usd,
    credits.trace_key, loads.file_name || ' row ' || credits.source_row as source
from payments.bank_credits as credits
join ace.loads as loads on credits.load_id = loads.load_id
order by 1, credits.value_date, credits.credit_key
"""
BILLS = """
select distinct bills.bill_number, bills.amount_usd, bills.bill_date,
    loads.file_name || ' row ' || bills.source_row as source
from ace.bills as bills
join ace.readable_loads as readable on bills.load_id = readable.load_id
join ace.loads as loads on bills.load_id = loads.load_id
order by 1, 2, 3, 4
"""
ENTRIES = """
with material as (
    select refund_number from payments.rev603_reconciliation where is_material
),
members as (
    select entry_refunds.*
    from payments.entry_refunds as entry_refunds
    join material on entry_refunds.refund_number = material.refund_number
),
walks as (
    select entry_number, list_sort(list(distinct strftime(deposit_date, '%Y-%m-%d'))) as deposit_dates,
        max(accrual_end_date) as interest_end_date, max(rate_class) as rate_class
    from refunds.interest_accruals
    group by entry_number
),
ieepa_rows as (
    select rows.entry_number, loads.file_name,
        string_agg(cast(rows.source_row as varchar), ' ' order by rows.source_row) as source_rows
    from lines.classified_lines as rows
    join ace.loads as loads on rows.load_id = loads.load_id
    where rows.is_ieepa_duty
      and rows.entry_number in (select entry_number from members)
    group by rows.entry_number, loads.file_name
),
filed as (
    select entry_number, string_agg(file_name || ' rows ' || source_rows, '; ' order by file_name) as expected_source
    from ieepa_rows
    group by entry_number
)
select members.*, walks.deposit_dates, walks.interest_end_date, walks.rate_class,
    'refunds.interest_segments where entry_number = ' || members.entry_number as interest_walk,
    filed.expected_source,
    loads.file_name || ' row ' || members.source_row as cbp_source
from members
left join walks on members.entry_number = walks.entry_number
left join filed on members.entry_number = filed.entry_number
left join ace.loads as loads on members.source_load_id = loads.load_id
order by members.refund_number, members.entry_number
"""


def request_files(con: duckdb.DuckDBPyConnection) -> dict[str, bytes]:
    """The packets of all refunds whose variance is material: file name to content.

    Each has a letter (`<refund>.txt`) and every entry with the source of its figures (`<refund>.csv`). The same tables
    give the same bytes.

    Args:
        con: a warehouse whose tables are all built.
    """
    entries = _by_refund(_rows(con, ENTRIES))
    paid = _by_refund(_rows(con, CREDITS))
    bills = {str(bill["bill_number"]): bill for bill in _rows(con, BILLS)}
    files = {}
    for refund in _rows(con, REFUNDS):
        number = str(refund["refund_number"])
        members = [{**entry, **_shared(refund)} for entry in entries[number]]
        tied = [bills[bill] for bill in refund["bill_numbers"] if bill in bills]
        name = file_stem(number)
        files[f"{name}.txt"] = letter(refund, members, paid[number], tied).encode("utf-8")
        files[f"{name}.csv"] = audit_trail(members)
    return files


def file_stem(refund_number: str) -> str:
    """The refund number as a file name; where signs are replaced, a hash keeps two numbers apart."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", refund_number)
    if safe == refund_number:
        return safe
    return f"{safe}_{hashlib.sha256(refund_number.encode()).hexdigest()[:8]}"


def audit_trail(entries: Sequence[Row]) -> bytes:
    """One row an entry: what was computed, what CBP reports, and the file and row of both; CSV with CRLF line ends.

    No text is one that a spreadsheet executes.
    """
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(COLUMNS)
    writer.writerows([[_cell(entry[column]) for column in COLUMNS] for entry in entries])
    return told.getvalue().encode("utf-8")


def letter(refund: Row, entries: Sequence[Row], paid: Sequence[Row], bills: Sequence[Row]) -> str:
    """The request as one page of text.

    Args:
        refund: the row of payments.rev603_reconciliation, with registry_version and rev603_source.
        entries: its rows of payments.entry_refunds.
        paid: the lines at the bank that pay it: value_date, credit_total_usd, trace_key, source.
        bills: the bills tied to it: bill_number, amount_usd, bill_date, source.
    """
    number = refund["refund_number"]
    mailbox = ACH_MAILBOX if refund["match_status"] == "rejected" else REFUNDS_MAILBOX
    claims = sorted({str(entry["claim_number"]) for entry in entries if entry["claim_number"]})
    differing = [entry for entry in entries if entry["is_material"]]
    parts = [
        f"To: {mailbox}",
        f"Subject: Reconciliation of CAPE refund {number}",
        "",
        f"Position as of {refund['as_of_date']}; payee {refund['payee_number'] or 'unknown'};"
        f" (re)liquidated {refund['liquidation_date'] or 'unknown'}; refund date {refund['refund_date'] or 'unknown'};"
        f" trace number {refund['trace_number'] or 'none'}.",
        f"CAPE claims: {', '.join(claims) if claims else 'not known'}.",
        "",
        *_steps(refund),
        "",
        f"Finding: {refund['cause']}.",
        *(f"Paid on {line['value_date']}: {_money(line['credit_total_usd'])} ({line['source']})" for line in paid),
        *(f"Bill {bill['bill_number']}: {_money(bill['amount_usd'])} ({bill['source']})" for bill in bills),
        f"Entries: {len(entries)}, of which {len(differing)} differ by more than is immaterial; each stands in"
        f" {file_stem(str(number))}.csv with its source.",
        "",
        "We ask:",
        *(f"{ordinal}. {question}" for ordinal, question in enumerate(questions(refund["variance_causes"]), start=1)),
        "",
        f"Sources: REV-603 {refund['rev603_source'] or 'shows no such refund'}; rules in force:"
        f" registry version {refund['registry_version']}; interest by quarter: refunds.interest_segments.",
    ]
    return "".join(f"{line}\n" for part in parts for line in (textwrap.wrap(part, LINE_WIDTH) or [""]))


def questions(variance_causes: Sequence[str]) -> list[str]:
    """What to ask, by the findings; without one that has a question, for the computation as a whole."""
    asked = [question for code, question in QUESTIONS.items() if code in variance_causes]
    return asked or ["Please give the computation of principal and interest of the entries below."]


def _steps(refund: Row) -> list[str]:
    """The way from what was computed to the cash, amounts under each other."""
    steps = (
        ("Expected principal", "expected_principal_usd"),
        ("Expected interest", "expected_interest_usd"),
        ("ES-022 less expected", "entry_variance_usd"),
        ("ES-022", "es022_usd"),
        ("REV-603 less ES-022", "consolidation_variance_usd"),
        ("REV-603", "rev603_usd"),
        ("less diverted", "diverted_usd"),
        ("less returned or held", "rejected_usd"),
        ("less on its way", "pending_usd"),
        ("less at the bank", "deposited_usd"),
        ("Unexplained", "unexplained_usd"),
    )
    return [f"{label:.<40} {_money(refund[name]):>24}" for label, name in steps]


def _shared(refund: Row) -> dict[str, Any]:
    return {"registry_version": refund["registry_version"], "as_of_date": refund["as_of_date"]}


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return inert(" ".join(map(str, value)))
    if isinstance(value, str):
        return inert(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(con: duckdb.DuckDBPyConnection, select: str) -> list[dict[str, Any]]:
    cursor = con.execute(select)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_refund(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[str(row["refund_number"])].append(row)
    return grouped
