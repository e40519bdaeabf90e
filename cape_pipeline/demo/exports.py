"""The files of the demonstration, in the layouts ACE and a bank really produce.

Belongs here: headers, formats, sheets and the little damages of real files. Does not belong here: any decision about an
entry or an amount (`scenarios.py`, `settlement.py`).
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from cape_pipeline.demo.answers import QuarantineAnswer
from cape_pipeline.demo.cast import (
    CLAIMS,
    DIGIT_FILER,
    FIRST_RUN,
    FIRST_RUN_TO,
    IMPORTERS,
    LETTER_FILER,
    NOTIFY_PARTY,
    NOTIFY_PARTY_NAME,
    SECOND_RUN,
    SECOND_RUN_FROM,
    Claim,
)
from cape_pipeline.demo.entry import Entry
from cape_pipeline.demo.settlement import Refund, bank_day_of_other_business, interest_of

Cell = str | int | date | Decimal
Table = Sequence[Sequence[Cell]]

FIRST_ES003 = f"ES-003_entry_summary_line_tariff_details_{FIRST_RUN}.csv"
SECOND_ES003 = "ES-003_entry_summary_line_tariff_details_jul2025_to_feb2026.xlsx"
RESENT_ON = date(2026, 7, 16)
RESENT_ES003 = f"ES-003_sent_on_by_broker_{RESENT_ON}.csv"
FENTANYL_ROW = "99030124"  # the row whose duty the spreadsheet destroyed
CREATED = datetime(2026, 7, 20, 8, tzinfo=UTC)

YES_NO = {True: "Y", False: "N"}

ES003_HEADER = (
    "Entry Summary Number", "Entry Type Code", "Importer Number", "Port of Entry Code", "Entry Date",
    "Entry Summary Date", "Initial Entry Summary Create Date", "Entry Summary Line Number", "Review Team Number",
    "Country of Origin Code", "Country of Export Code", "Manufacturer ID", "Foreign Exporter ID", "Line SPI Code",
    "Standard Visa Number", "Textile Category Code", "Textile Category", "Tariff Ordinal Number", "HTS Number - Full",
    "Line Tariff Quantity (1)", "Line Tariff UOM (1) Code", "Line Tariff Quantity (2)", "Line Tariff UOM (2) Code",
    "Line Tariff Quantity (3)", "Line Tariff UOM (3) Code", "Line Tariff Goods Value Amount",
    "Line Tariff Duty Amount", "Liquidation Status", "Liquidation Date", "Reconciliation Indicator", "Protest Status",
    "Column 1 Current Primary Duty Rate",
)  # fmt: skip
ES022_HEADER = (
    "Claim Number", "Claim Status", "Filer Code", "Importer Number", "CF4811 Number", "CF4811 Name",
    "Entry Summary Number", "Entry Date", "Liquidation Date", "Control Team Number", "Center ID Code",
    "Center ID Name", "Refund Amount", "Interest Amount", "Refund Number", "Refund Date", "Refund Status",
)  # fmt: skip
REV603_HEADER = (
    "Refund ID", "Payee ID", "Company Name", "C/O", "Address", "Refund Date", "Refund Status",
    "Refund Secondary Status", "Refund Type", "Document Number", "Total Refund Amount", "Check/ACH Trace Number",
    "Check or ACH", "Center ID", "Team Number", "Port Code",
)  # fmt: skip
REV613_HEADER = ("Refund ID", "Payee ID", "Refund Date", "Refund Amount", "Reject Reason")
FACT_COLUMNS = (
    "entry_number", "deposit_date", "adcvd_status", "drawback", "protest_filed_date", "protest_status",
    "protest_decision_date", "protest_scope", "recon_09_filed", "recon_issue", "recon_due_date", "surety_paid",
    "prior_refund_usd", "box28_number", "warehouse_entry_number", "recorded_on", "recorded_by",
)  # fmt: skip


def write_exports(folder: Path, entries: Sequence[Entry], refunds: Sequence[Refund]) -> tuple[Path, ...]:
    """Write every file of the set and return the paths in order of name."""
    folder.mkdir(parents=True, exist_ok=True)
    first = [entry for entry in entries if not entry.resent and entry.entry_date <= FIRST_RUN_TO]
    second = [entry for entry in entries if not entry.resent and entry.entry_date >= SECOND_RUN_FROM]
    resent, _ = damaged(entries)
    tables: dict[str, Iterable[Sequence[Cell]]] = {
        FIRST_ES003: [ES003_HEADER, *_as_text(_es003_rows(first, FIRST_RUN))],
        RESENT_ES003: [ES003_HEADER, *resent],
        f"REV-613_ach_rejected_refunds_{SECOND_RUN}.csv": _rev613(refunds),
        "bank_deposits.csv": _bank(refunds),
        "importers.csv": _importers(),
        "entry_facts.csv": _entry_facts(entries),
        "declarations.csv": _declarations(entries),
    }
    workbooks: dict[str, Callable[[Workbook], None]] = {
        SECOND_ES003: partial(_fill_es003, rows=_es003_rows(second, SECOND_RUN)),
        f"ES-022_cape_entry_summary_{SECOND_RUN}.xlsx": partial(_fill_es022, rows=_es022_rows(entries, refunds)),
        "REV-603_trade_refund.xlsx": partial(_fill_rev603, refunds=refunds),
    }
    for name, rows in tables.items():
        _write_csv(folder / name, rows)
    for name, fill in workbooks.items():
        _write_workbook(folder / name, fill)
    claim_details = {f"claim_details_{filer}.csv": filer for filer in (LETTER_FILER, DIGIT_FILER)}
    for name, filer in claim_details.items():
        _write_claim_details(folder / name, entries, filer)
    return tuple(folder / name for name in sorted({**tables, **workbooks, **claim_details}))


def damaged(entries: Iterable[Entry]) -> tuple[list[list[str]], tuple[QuarantineAnswer, ...]]:
    """The broker's file after the spreadsheet, as text rows, and the rows of it that cannot be used."""
    rows: list[list[str]] = []
    unusable: list[QuarantineAnswer] = []
    number_column, hts_column, duty_column = (
        ES003_HEADER.index(name) for name in ("Entry Summary Number", "HTS Number - Full", "Line Tariff Duty Amount")
    )
    for entry in (entry for entry in entries if entry.resent):
        for row in _as_text(_es003_rows([entry], RESENT_ON)):
            source_row = len(rows) + 2
            if not entry.status:
                row[number_column] = f"{int(entry.number):.5E}"
                unusable.append(QuarantineAnswer(RESENT_ES003, source_row, "entry_number", "digits_lost", None))
            elif not entry.amounts_known and row[hts_column] == FENTANYL_ROW:
                row[duty_column] = "#VALUE!"
                unusable.append(
                    QuarantineAnswer(RESENT_ES003, source_row, "duty_usd", "amount_unreadable", entry.number)
                )
            rows.append(row)
    return rows, tuple(unusable)


def _es003_rows(entries: Iterable[Entry], run: date) -> list[list[Cell]]:
    """One row a tariff ordinal as an ES-003 run on `run` shows it: IEEPA rows are gone once CAPE has taken them."""
    rows: list[list[Cell]] = []
    for entry in entries:
        status, liquidated = entry.status_on(run)
        taken = entry.claim is not None and entry.claim.accepted <= run
        for line_number, line in enumerate(entry.lines, start=1):
            for ordinal, row in enumerate(line.rows_after_cape if taken else line.rows, start=1):
                rows.append([
                    entry.number, entry.entry_type, entry.importer.number, entry.importer.port, entry.entry_date,
                    entry.summary_date, entry.entry_date, line_number, "701", line.origin, line.origin,
                    "", "", "", "", "", "", ordinal, row.hts_number, "100.00" if row.unit else "", row.unit,
                    "", "", "", "", row.goods_value_usd, row.duty_usd, status, liquidated or "",
                    "Y" if entry.reconciliation else "", entry.protest_on(run), row.column_1_printed,
                ])  # fmt: skip
    return rows


def _as_text(rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"${cell:,.2f}"
    return cell.strftime("%m/%d/%Y") if isinstance(cell, date) else str(cell)


def _write_csv(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


def _write_workbook(path: Path, fill: Callable[[Workbook], None]) -> None:
    """A workbook that holds the same bytes whenever it is written."""
    with Workbook(str(path), {"in_memory": True, "strings_to_numbers": False}) as workbook:
        workbook.set_properties({"created": CREATED})
        fill(workbook)


def _fill_es003(workbook: Workbook, rows: Table) -> None:
    """Typed cells on `Main Report`, and the `Parameters` sheet that states when the report ran."""
    main = workbook.add_worksheet("Main Report")
    main.write_row(0, 0, ES003_HEADER)
    day_format = workbook.add_format({"num_format": "mm/dd/yyyy"})
    money_format = workbook.add_format({"num_format": "$#,##0.00"})
    for row_number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                main.write_datetime(row_number, column, cell, day_format)
            elif isinstance(cell, Decimal):
                main.write_number(row_number, column, cell, money_format)
            elif isinstance(cell, int):
                main.write_number(row_number, column, cell)
            elif cell:
                main.write_string(row_number, column, cell)
    told = (
        "Report Parameters:",
        "ES-003 Entry Summary Line Tariff Details",
        f"Run Date: {_text(SECOND_RUN)}",
        f"Entry Date (Begin): {_text(SECOND_RUN_FROM)}",
        "Entry Date (End): 02/28/2026",
        "FOR OFFICIAL USE ONLY",
    )
    workbook.add_worksheet("Parameters").write_column(0, 0, told)


def _fill_es022(workbook: Workbook, rows: Iterable[Sequence[str]]) -> None:
    _write_text_rows(workbook.add_worksheet("Main Report"), [ES022_HEADER, *rows])


def _es022_rows(entries: Sequence[Entry], refunds: Iterable[Refund]) -> list[list[str]]:
    refund_of = {entry.number: refund for refund in refunds for entry in refund.entries}
    taken = [
        (entry.claim, entry) for entry in entries if entry.claim is not None and entry.claim.accepted <= SECOND_RUN
    ]
    return [
        _es022_row(claim, entry, refund_of.get(entry.number), _claim_status(entries, claim))
        for claim, entry in sorted(taken, key=lambda pair: (pair[0].number, pair[1].number))
    ]


def _es022_row(claim: Claim, entry: Entry, refund: Refund | None, claim_status: str) -> list[str]:
    liquidated = entry.settled if entry.settled and entry.settled <= SECOND_RUN else None
    interest = interest_of(entry)
    paid = refund is not None and interest is not None
    return [
        claim.number,
        claim_status,
        entry.importer.filer,
        entry.importer.number,
        entry.importer.notify_party,
        NOTIFY_PARTY_NAME if entry.importer.notify_party else "",
        entry.number,
        _text(entry.entry_date),
        _text(liquidated) if liquidated else "",
        "",
        "",
        "",
        _text(entry.ieepa_low_usd) if paid else "",
        _text(interest[2]) if paid and interest else "",
        refund.number if refund else "",
        _text(refund.refund_date) if refund else "",
        "Certified" if refund else "",
    ]


def _fill_rev603(workbook: Workbook, refunds: Iterable[Refund]) -> None:
    """Five rows that say what the report is, the header in the sixth, and a total below an empty row."""
    shown = [refund for refund in refunds if refund.in_rev603]
    head = (
        "U.S. Customs and Border Protection",
        "REV-603 Trade Refund Report",
        f"Run Date: {_text(SECOND_RUN)}",
        "FOR OFFICIAL USE ONLY",
        "",
    )
    sheet = workbook.add_worksheet("Report")
    _write_text_rows(sheet, [*([line] for line in head), REV603_HEADER, *(_rev603_row(refund) for refund in shown)])
    total = sum((refund.total_usd for refund in shown), Decimal(0))
    sheet.write_string(len(head) + len(shown) + 2, REV603_HEADER.index("Total Refund Amount"), _text(total))


def _rev603_row(refund: Refund) -> list[str]:
    to_notify_party = refund.payee == NOTIFY_PARTY
    return [
        refund.number,
        refund.payee,
        NOTIFY_PARTY_NAME if to_notify_party else refund.company,
        refund.company if to_notify_party else "",
        "",
        _text(refund.refund_date),
        "Certified",
        refund.secondary_status,
        refund.refund_type,
        refund.document_number,
        _text(refund.total_usd),
        refund.trace_number,
        "ACH",
        "",
        "",
        "",
    ]


def _write_text_rows(sheet: Worksheet, rows: Iterable[Sequence[str]]) -> None:
    for row_number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(row_number, column, cell)


def _rev613(refunds: Iterable[Refund]) -> list[Sequence[str]]:
    reason = "ACH REFUND AUTHORIZATION MISSING OR INCOMPLETE"
    return [
        REV613_HEADER,
        *(
            (refund.number, refund.payee, _text(refund.refund_date), _text(refund.total_usd), reason)
            for refund in refunds
            if refund.rejected
        ),
    ]


def _results_of(entries: Iterable[Entry], filer: str) -> list[tuple[str, str, str, str]]:
    """Claim, entry, status and message of every entry a filer put on a claim, in the order of the claims."""
    results: list[tuple[str, str, str, str]] = []
    for entry in entries:
        if entry.importer.filer != filer:
            continue
        results.extend((claim.number, entry.number, "Failed", message) for claim, message in entry.failures)
        if entry.claim:
            results.append((entry.claim.number, entry.number, "Entry Summary Updated", ""))
    return sorted(results)


def _write_claim_details(path: Path, entries: Iterable[Entry], filer: str) -> None:
    """Numbers wrapped as spreadsheet formulas behind a byte order mark, as the portal's download has them."""
    lines = ["ENTRY_NUMBER,CLAIM_NUMBER,STATUS,ERROR_DESCRIPTION"]
    for claim, entry, status, message in _results_of(entries, filer):
        lines.append(f'="{entry}",="{claim}",{status},{message}')
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))


def _claim_status(entries: Iterable[Entry], claim: Claim) -> str:
    failed = any(claim is refused for entry in entries for refused, _ in entry.failures)
    return "Accepted with Error(s)" if failed else "Accepted"


def _bank(refunds: Iterable[Refund]) -> list[Sequence[str]]:
    cash = [
        (credit.value_date, "ACH CREDIT CBP REFUND", credit.amount_usd, credit.trace_number)
        for refund in refunds
        for credit in refund.credits
    ]
    other = [(day, description, amount, "") for day, description, amount in bank_day_of_other_business()]
    rows = [(day.isoformat(), told, f"{amount:.2f}", trace) for day, told, amount, trace in sorted([*cash, *other])]
    return [("Date", "Description", "Amount", "Trace Number"), *rows]


def _importers() -> list[Sequence[str]]:
    header = ("importer_number", "name", "rate_class", "payee_4811", "ach_enrolled", "periodic_monthly_statement")
    return [
        header,
        *(
            (
                importer.number,
                importer.name,
                importer.rate_class,
                importer.notify_party,
                YES_NO[importer.ach_enrolled],
                YES_NO[importer.monthly_statement],
            )
            for importer in IMPORTERS
        ),
    ]


def _entry_facts(entries: Iterable[Entry]) -> list[Sequence[str]]:
    usual = {"drawback": "N", "surety_paid": "N", "recorded_on": SECOND_RUN.isoformat(), "recorded_by": "import desk"}
    return [
        FACT_COLUMNS,
        *(
            [entry.number, *({**usual, **entry.facts}.get(column, "") for column in FACT_COLUMNS[1:])]
            for entry in entries
            if entry.facts and entry.status
        ),
    ]


def _declarations(entries: Sequence[Entry]) -> list[Sequence[str]]:
    header = ("claim_number", "file_name", "filed_date", "accepted_date", "cbp_status", "submitter")
    return [
        header,
        *(
            (
                claim.number,
                f"cape_{claim.filer}_{claim.filed}.csv",
                claim.filed.isoformat(),
                claim.accepted.isoformat(),
                _claim_status(entries, claim),
                f"broker:{claim.filer}",
            )
            for claim in CLAIMS
        ),
    ]
