"""Exports of a broker with two clients whose rows stand in the same files, and the same exports of each client alone.

Whose a row is follows here from the cells of the files, apart from how the product finds it. Belongs here: making the
files. Does not belong here: expectations about what the product makes of them.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl

from cape_pipeline.demo import write_demo

AS_OF = date(2026, 7, 20)
ACME, GLOBEX = "Acme, Inc", "globex"
IMPORTERS = {
    ACME: ("89-0000101", "49-0000404"),
    GLOBEX: ("97-0000202AB", "69-0000303", "79-0000505"),
}
NAMES = {
    "89-0000101": "Larkspindle Furnishings Inc",
    "49-0000404": "Tallowmere Kitchenware Corp",
    "97-0000202AB": "Quillmark Components Corp",
    "69-0000303": "Oduvane and Threll, a partnership",
    "79-0000505": "Norvane Dry Goods Inc",
}
CLIENT_OF = {importer: client for client, importers in IMPORTERS.items() for importer in importers}
BROKER = "96-0000909"
#: A refund that pays entries of both clients, to the broker; the one it takes the place of; a line that pays two.
SHARED, JOINED = "R00204100", "R00204137"
ONE_LINE = ("R00204285", "R00204322")

Row = dict[str, str]


@dataclass(frozen=True)
class Exports:
    """Files by name, each as its rows; a file's columns are those of its first row."""

    files: Mapping[str, list[Row]]

    def write(self, folder: Path) -> Path:
        """Write every file that has a row, as CSV."""
        folder.mkdir(parents=True)
        for name, rows in self.files.items():
            if rows:
                with (folder / name).open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
        return folder

    def entries(self) -> dict[str, str]:
        """The importer of every entry that a report names with one."""
        return {
            number: row["Importer Number"]
            for name, rows in self.files.items()
            for row in rows
            if name.startswith(("ES-003", "ES-022")) and (number := entry_of(row))
        }

    def of(self, client: str) -> "Exports":
        """The same files with the rows of one client alone, and of what is shared as much as may be shown."""
        return Exports({name: _rows_of(self, client, name, rows) for name, rows in self.files.items()})


def entry_of(row: Row) -> str:
    """The entry number of a row, where it has one whose digits are there."""
    number = row.get("Entry Summary Number") or row.get("ENTRY_NUMBER") or row.get("entry_number") or ""
    number = number or row.get("Entry Number") or ""
    number = number.strip('="')
    return number if len(number) == 11 and number.isalnum() else ""


def both_clients(folder: Path) -> Exports:
    """The demonstration's exports as one broker's: its importers are two clients', and much of it is shared."""
    demo = folder / "demo"
    write_demo(demo)
    files = {
        "ES-003_harbour_2026-04-20.csv": _csv(demo / "ES-003_entry_summary_line_tariff_details_2026-04-20.csv"),
        "ES-003_harbour_2026-07-16.csv": _csv(demo / "ES-003_sent_on_by_broker_2026-07-16.csv"),
        "ES-003_harbour_2026-07-17.csv": _xlsx(
            demo / "ES-003_entry_summary_line_tariff_details_jul2025_to_feb2026.xlsx"
        ),
        "ES-022_harbour_2026-07-17.csv": _xlsx(demo / "ES-022_cape_entry_summary_2026-07-17.xlsx"),
        "REV-603_harbour_2026-07-17.csv": _xlsx(demo / "REV-603_trade_refund.xlsx"),
        "REV-613_norvane_2026-07-17.csv": _csv(demo / "REV-613_ach_rejected_refunds_2026-07-17.csv"),
        "bank_harbour.csv": _csv(demo / "bank_deposits.csv"),
        "claim_details_harbour.csv": [
            *_csv(demo / "claim_details_999.csv"), *_csv(demo / "claim_details_ZQX.csv"),
        ],
        "declarations_harbour.csv": _csv(demo / "declarations.csv"),
        "entry_facts_harbour.csv": _csv(demo / "entry_facts.csv"),
        "importers_harbour.csv": [
            {**row, "client_id": CLIENT_OF[row["importer_number"]]} for row in _csv(demo / "importers.csv")
        ],
    }  # fmt: skip
    _share_a_refund(files)
    _share_a_line(files)
    exports = Exports(files)
    files |= _notes(exports)
    _spoil_rows(files)
    return exports


def _share_a_refund(files: dict[str, list[Row]]) -> None:
    """CBP pays entries of both clients to the broker in one refund, and the bank shows one line for it."""
    for row in files["ES-022_harbour_2026-07-17.csv"]:
        if row["Refund Number"] in (SHARED, JOINED):
            row |= {"Refund Number": SHARED, "CF4811 Number": BROKER, "CF4811 Name": "Brindlecove Customs Services LLC"}
    refunds = _by_refund(files)
    total = _amount(refunds[SHARED]) + _amount(refunds[JOINED])
    refunds[SHARED] |= {"Total Refund Amount": str(total), "Payee ID": BROKER, "Document Number": ""}
    _drop(files["REV-603_harbour_2026-07-17.csv"], lambda row: row["Refund ID"] == JOINED)
    traces = {refunds[number]["Check/ACH Trace Number"] for number in (SHARED, JOINED)}
    line = next(row for row in files["bank_harbour.csv"] if row["Trace Number"] in traces)
    _drop(files["bank_harbour.csv"], lambda row: row["Trace Number"] in traces)
    trace = refunds[SHARED]["Check/ACH Trace Number"]
    files["bank_harbour.csv"].append({**line, "Amount": str(total), "Trace Number": trace})


def _share_a_line(files: dict[str, list[Row]]) -> None:
    """One line of the bank pays a refund of each client."""
    refunds = _by_refund(files)
    traces = [refunds[number]["Check/ACH Trace Number"] for number in ONE_LINE]
    line = next(row for row in files["bank_harbour.csv"] if row["Trace Number"] == traces[0])
    _drop(files["bank_harbour.csv"], lambda row: row["Trace Number"] in traces)
    total = sum(_amount(refunds[number]) for number in ONE_LINE)
    files["bank_harbour.csv"].append({**line, "Amount": str(total)})
    refunds[ONE_LINE[1]]["Check/ACH Trace Number"] = traces[0]


def _notes(exports: Exports) -> dict[str, list[Row]]:
    """The user's own files, with a row and a note of each client in every one, and rows for everybody."""
    of_importer: dict[str, list[str]] = {}
    for entry, importer in exports.entries().items():
        of_importer.setdefault(importer, []).append(entry)
    files: dict[str, list[Row]] = {
        name: [] for name in ("attestations", "exclusions", "payees", "bills", "materiality", "alerts_ack", "deposits")
    }
    for importer, name in NAMES.items():
        entries = sorted(of_importer[importer])
        said = f"as {name} wrote to us"
        files["attestations"] += [
            {"fact": "drawback", "importer_number": importer, "entry_number": "", "attested_by": f"desk {importer}",
             "attested_on": "2026-07-18", "evidence": said},
            {"fact": "surety_paid", "importer_number": "", "entry_number": entries[0], "attested_by": "A. Broker",
             "attested_on": "2026-07-18", "evidence": said},
        ]  # fmt: skip
        files["exclusions"].append(
            {"entry_number": entries[-1], "reason": f"{name} sold the claim", "excluded_by": importer,
             "excluded_on": "2026-07-18"}
        )  # fmt: skip
        files["payees"].append(
            {"importer_number": importer, "payee_number": BROKER, "designation_from_date": "2025-01-01",
             "ach_enrolled": "Y", "evidence": said}
        )  # fmt: skip
        files["bills"].append(
            {"bill_number": f"B{importer[:2]}77", "importer_number": importer, "amount_usd": f"{importer[:2]}.17",
             "bill_status": f"open, {name}", "bill_date": "2026-06-01", "refund_number": ""}
        )  # fmt: skip
        files["materiality"].append(
            {"importer_number": importer, "client_id": CLIENT_OF[importer], "principal_usd": "0.00",
             "interest_usd": f"0.{importer[:2]}", "interest_days": "1", "refund_usd": "0.00"}
        )  # fmt: skip
        files["alerts_ack"].append(
            {"alert_key": f"CAPE-DEADLINE {entries[0]}", "acknowledged_by": f"desk {importer}",
             "acknowledged_on": "2026-07-19", "acknowledged_note": said}
        )  # fmt: skip
        files["deposits"].append(
            {"entry_number": entries[1], "deposit_date": "2025-06-20", "amount_usd": f"{importer[:2]}1.11",
             "ieepa_usd": "", "kind": "original", "statement_number": f"ST{importer[:2]}", "source": "user"}
        )  # fmt: skip
    files["attestations"].append(
        {"fact": "drawback", "importer_number": "", "entry_number": "", "attested_by": "A. Broker",
         "attested_on": "2026-07-18", "evidence": f"said by {' and '.join(NAMES.values())}"}
    )  # fmt: skip
    files["materiality"].append(
        {"importer_number": "", "client_id": "", "principal_usd": "0.00", "interest_usd": "0.05", "interest_days": "1",
         "refund_usd": "0.00"}
    )  # fmt: skip
    importers = exports.entries()
    of_client = {client: sorted(e for e, i in importers.items() if CLIENT_OF[i] == client) for client in IMPORTERS}
    uploaded = sorted(of_client[ACME][-3:] + of_client[GLOBEX][-2:])
    files["larkspindle_and_quillmark"] = [{"Entry Number": entry} for entry in uploaded]
    return {f"{name}_harbour.csv": rows for name, rows in files.items()}


def _spoil_rows(files: dict[str, list[Row]]) -> None:
    """One row of each importer in the oldest ES-003 has an amount that cannot be read."""
    seen: set[str] = set()
    for row in reversed(files["ES-003_harbour_2026-04-20.csv"]):
        if row["Importer Number"] not in seen:
            seen.add(row["Importer Number"])
            row["Line Tariff Duty Amount"] = f"see {NAMES[row['Importer Number']]}"


# --- whose a row is ---------------------------------------------------------------------------------------------------


def _rows_of(exports: Exports, client: str, name: str, rows: list[Row]) -> list[Row]:
    entries, refunds = exports.entries(), _clients_of_refunds(exports)
    if name.startswith("bank"):
        return _lines_of(exports, client, rows)
    shown = []
    for row in rows:
        if "Refund ID" in row:
            owners = refunds.get(row["Refund ID"], {CLIENT_OF.get(row["Payee ID"], "")})
            if client in owners:
                shown.append(row if len(owners) == 1 else _without_total(row))
            continue
        importer = row.get("Importer Number") or row.get("importer_number") or entries.get(entry_of(row), "")
        importer = importer or entries.get(row.get("alert_key", "").rpartition(" ")[2], "")
        if name.startswith("ES-003") and not entry_of(row):
            continue
        if "claim_number" in row and "filed_date" in row:
            owners = {CLIENT_OF[importer] for importer in _importers_of_claim(exports, row["claim_number"])}
            if client in owners:
                name_shown = row["file_name"] if len(owners) == 1 else f"file of claim {row['claim_number']}"
                shown.append({**row, "file_name": name_shown})
        elif CLIENT_OF.get(importer) == client:
            shown.append(row)
        elif not importer and not entry_of(row) and ("fact" in row or "refund_usd" in row):
            shown.append({**row, **({"evidence": ""} if "evidence" in row else {})})
    return shown


def _without_total(row: Row) -> Row:
    withheld = ("Total Refund Amount", "Check/ACH Trace Number", "Document Number", "Company Name", "C/O", "Address")
    return {**row, **dict.fromkeys(withheld, "")}


def _importers_of_claim(exports: Exports, claim: str) -> set[str]:
    entries = exports.entries()
    return {
        entries[entry_of(row)]
        for name in ("claim_details_harbour.csv", "ES-022_harbour_2026-07-17.csv")
        for row in exports.files[name]
        if (row.get("CLAIM_NUMBER") or row.get("Claim Number", "")).strip('="') == claim and entry_of(row) in entries
    }


def _clients_of_refunds(exports: Exports) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in exports.files["ES-022_harbour_2026-07-17.csv"]:
        if row["Refund Number"]:
            found.setdefault(row["Refund Number"], set()).add(CLIENT_OF[row["Importer Number"]])
    return found


def _lines_of(exports: Exports, client: str, rows: list[Row]) -> list[Row]:
    """The lines that pay refunds of the client alone, and of the line that pays two refunds the client's part."""
    clients = _clients_of_refunds(exports)
    by_trace: dict[str, list[Row]] = {}
    for refund in exports.files["REV-603_harbour_2026-07-17.csv"]:
        by_trace.setdefault(refund["Check/ACH Trace Number"], []).append(refund)
    shown = []
    for row in rows:
        paid = by_trace.get(row["Trace Number"], []) if row["Trace Number"] else []
        owners = [clients.get(refund["Refund ID"], {CLIENT_OF.get(refund["Payee ID"], "")}) for refund in paid]
        mine = [refund for refund, whose in zip(paid, owners, strict=True) if whose == {client}]
        if mine and len(mine) == len(paid):
            shown.append(row)
        elif mine:
            shown.append({**row, "Amount": str(sum(map(_amount, mine))), "Description": ""})
    return shown


# --- files ------------------------------------------------------------------------------------------------------------


def _csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _xlsx(path: Path) -> list[Row]:
    """The rows below the header of the first sheet, as a CSV export of the same report has them."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    start = next(number for number, row in enumerate(rows) if row[0] and len([cell for cell in row if cell]) > 3)
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :] if row[0]]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:%m/%d/%Y}" if isinstance(value, datetime) else str(value)


def _by_refund(files: Mapping[str, list[Row]]) -> dict[str, Row]:
    return {row["Refund ID"]: row for row in files["REV-603_harbour_2026-07-17.csv"]}


def _amount(row: Row) -> Decimal:
    return Decimal(row["Total Refund Amount"].replace("$", "").replace(",", ""))


def _drop(rows: list[Row], is_dropped: Callable[[Row], bool]) -> None:
    rows[:] = [row for row in rows if not is_dropped(row)]


def cells(rows: Iterable[Row]) -> set[str]:
    """Every cell that is filled."""
    return {cell for row in rows for cell in row.values() if cell}
