"""Small received files as literals: one row set for each report, in the layouts of the worked example.

Belongs here: rows. Does not belong here: expectations.
"""

ES003_DEFAULT = [
    "Entry Summary Number",
    "Entry Type Code",
    "Importer Number",
    "Port of Entry Code",
    "Entry Date",
    "Entry Summary Date",
    "Initial Entry Summary Create Date",
    "Entry Summary Line Number",
    "Review Team Number",
    "Country of Origin Code",
    "Country of Export Code",
    "Manufacturer ID",
    "Foreign Exporter ID",
    "Line SPI Code",
    "Standard Visa Number",
    "Textile Category Code",
    "Textile Category",
    "Tariff Ordinal Number",
    "HTS Number - Full",
    "Line Tariff Quantity (1)",
    "Line Tariff UOM (1) Code",
    "Line Tariff Quantity (2)",
    "Line Tariff UOM (2) Code",
    "Line Tariff Quantity (3)",
    "Line Tariff UOM (3) Code",
    "Line Tariff Goods Value Amount",
    "Line Tariff Duty Amount",
]
ES003_ADDED = [
    "Liquidation Status",
    "Liquidation Date",
    "Reconciliation Indicator",
    "Protest Status",
    "Column 1 Current Primary Duty Rate",
]
ES003_HEADERS = [*ES003_DEFAULT, *ES003_ADDED]


def es003_row(**changes: str) -> list[str]:
    """One liquidated tariff row, changed where named."""
    cells = {
        "Entry Summary Number": "MYK01010039",
        "Entry Type Code": "01",
        "Importer Number": "12-3456789",
        "Port of Entry Code": "4601",
        "Entry Date": "05/14/2025",
        "Entry Summary Date": "05/24/2025",
        "Initial Entry Summary Create Date": "05/14/2025",
        "Entry Summary Line Number": "1",
        "Review Team Number": "701",
        "Country of Origin Code": "CN",
        "Country of Export Code": "CN",
        "Tariff Ordinal Number": "3",
        "HTS Number - Full": "99030125",
        "Line Tariff Goods Value Amount": "$0.00",
        "Line Tariff Duty Amount": "$8,362.02",
        "Liquidation Status": "Liquidated",
        "Liquidation Date": "03/15/2026",
    }
    short = {
        "entry": "Entry Summary Number",
        "entry_type": "Entry Type Code",
        "importer": "Importer Number",
        "entry_date": "Entry Date",
        "line": "Entry Summary Line Number",
        "ordinal": "Tariff Ordinal Number",
        "hts": "HTS Number - Full",
        "value": "Line Tariff Goods Value Amount",
        "duty": "Line Tariff Duty Amount",
        "status": "Liquidation Status",
        "liquidation_date": "Liquidation Date",
        "protest": "Protest Status",
    }
    for name, value in changes.items():
        cells[short[name]] = value
    return [cells.get(header, "") for header in ES003_HEADERS]


ES003_ENTRY = [
    es003_row(ordinal="1", hts="99038803", duty="$20,905.05"),
    es003_row(ordinal="2", hts="99030124", duty="$16,724.04"),
    es003_row(ordinal="3", hts="99030125", duty="$8,362.02"),
    es003_row(ordinal="4", hts="8501109000", value="$83,620.21", duty="$3,093.95"),
]

ES022_HEADERS = [
    "Claim Number",
    "Claim Status",
    "Filer Code",
    "Importer Number",
    "CF4811 Number",
    "CF4811 Name",
    "Entry Summary Number",
    "Entry Date",
    "Liquidation Date",
    "Control Team Number",
    "Center ID Code",
    "Center ID Name",
    "Refund Amount",
    "Interest Amount",
    "Refund Number",
    "Refund Date",
    "Refund Status",
]
ES022_ROW = [
    "100000240001",
    "Accepted",
    "MYK",
    "12-3456789",
    "",
    "",
    "MYK01010039",
    "05/14/2025",
    "04/23/2026",
    "",
    "",
    "",
    "$25,086.06",
    "$1,442.60",
    "R00100000",
    "05/11/2026",
    "Certified",
]

REV603_HEADERS = [
    "Refund ID",
    "Payee ID",
    "Company Name",
    "C/O",
    "Address",
    "Refund Date",
    "Refund Status",
    "Refund Secondary Status",
    "Refund Type",
    "Document Number",
    "Total Refund Amount",
    "Check/ACH Trace Number",
    "Check or ACH",
    "Center ID",
    "Team Number",
    "Port Code",
]
REV603_METADATA = [
    ["U.S. Customs and Border Protection"],
    ["REV-603 Trade Refund Report"],
    ["Run Date: 07/20/2026"],
    ["FOR OFFICIAL USE ONLY"],
    [""],
]


def rev603_row(refund: str, amount: str, trace: str) -> list[str]:
    """One refund as REV-603 prints it."""
    return [
        refund,
        "12-3456789",
        "",
        "",
        "",
        "05/11/2026",
        "Certified",
        "Treasury Issued",
        "CAPE",
        "",
        amount,
        trace,
        "ACH",
        "",
        "",
        "",
    ]


REV603_TOTAL = [""] * 10 + ["$238,459.63"] + [""] * 5

CLAIM_DETAILS = (
    b"\xef\xbb\xbfENTRY_NUMBER,CLAIM_NUMBER,STATUS,ERROR_DESCRIPTION\r\n"
    b'="MYK01010039",="100000240001",Entry Summary Updated,\r\n'
    b'="60576069342",="100000241223",Failed,HTS RELATIONSHIP/SEQUENCE MISMATCH\r\n'
)
IMPORTERS = [
    ["importer_number", "name", "rate_class", "payee_4811", "ach_enrolled", "periodic_monthly_statement"],
    ["12-3456789", "", "corporate", "", "Y", "N"],
    ["98-7654321AB", "Example Partners", "Non-corporate", "36-9998887", "no", ""],
]
ENTRY_FACTS = [
    [
        "entry_number",
        "deposit_date",
        "adcvd_status",
        "drawback",
        "protest_status",
        "protest_scope",
        "recon_09_filed",
        "surety_paid",
    ],
    ["MYK01010039", "2025-05-14", "", "N", "", "", "", "N"],
    ["MYK01010401", "2025-12-08", "Instructions Issued", "unknown", "Denied in part", "ieepa only", "yes", "TRUE"],
]
DEPOSITS = [
    ["entry_number", "deposit_date", "amount_usd", "ieepa_usd", "kind", "statement_number", "source"],
    ["MYK01010039", "2025-06-24", "$10,362.02", "$8,000.00", "original", "4601123", "REV103"],
    ["MYK01010039", "2025-09-03", "", "362.02", "PSC", "", "bank debit"],
]
DECLARATIONS = [["claim_number", "filed_date", "accepted_date"], ["100000240001", "2026-04-22", "2026-04-22"]]
UPLOADED = [["Entry Number"], ["MYK01010039"], ["MYK01010401"]]
ATTESTATIONS = [
    ["fact", "importer_number", "entry_number", "attested_by", "attested_on"],
    ["drawback", "", "", "A. Broker", "2026-07-20"],
    ["Surety paid", "12-3456789", "MYK01010039", "A. Broker", "07/20/2026"],
]
EXCLUSIONS = [
    ["entry_number", "reason", "excluded_by", "excluded_on"],
    ["MYK01010039", "claim was sold", "A. Broker", "2026-07-20"],
]
ALERTS_ACK = [
    ["alert_key", "acknowledged_by", "acknowledged_on", "acknowledged_note", "until_date"],
    ["ES022-BLANK MYK01010039", "A. Broker", "2026-07-20", "wrote to CBP", "2026-08-10"],
]
PAYEES = [
    ["importer_number", "payee_number", "designation_from", "designation_to", "ach_enrolled", "last_checked_date"],
    ["12-3456789", "36-9998887", "2025-03-01", "", "Y", "2026-07-15"],
    ["98-7654321AB", "36-9998887 00", "", "02/28/2026", "", ""],
]
BILLS = [
    ["bill_number", "importer_number", "amount_usd", "status", "date", "refund_number"],
    ["41234567", "12-3456789", "$1,250.00", "Paid", "03/02/2026", "R00100000"],
    ["41234999", "98-7654321AB", "310.75", "", "2026-04-14", ""],
]
MATERIALITY = [
    ["importer_number", "client_id", "principal_usd", "interest_usd", "interest_days", "refund_usd", "refund_pct"],
    ["12-3456789", "", "0.00", "1.00", "2", "", ""],
    ["", "Acme", "", "", "", "5.00", "1.00"],
    ["", "", "0.01", "", "0", "", ""],
]
BANK = [
    ["Date", "Description", "Amount", "Trace Number"],
    ["2026-05-13", "ACH CREDIT CBP REFUND", "118577.73", "031000300100000"],
    ["2026-06-26", "ACH DEBIT REVERSAL", "-119881.90", "031000300100001"],
]
REFUNDS = [rev603_row("R00100000", "$118,577.73", "031000300100000")]
REV613 = [["Refund ID", "Payee ID", "Reject Reason", "Rejected Amount"], ["R1", "12-3456789", "NO ACH", "$5.00"]]
REV615 = [
    ["CAPE Claim", "Entry Summary Number", "Refund Number", "Principal Amount", "Interest Amount", "ACH Trace Number"],
    ["100000240001", "MYK01010039", "R1", "$5.00", "$1.00", "031"],
]
REV103 = [
    ["Entry Summary Number", "Daily Statement Number", "Monthly Payment Status", "Statement Paid Date"],
    ["MYK01010039", "4601123", "paid", "06/20/2025"],
]
EVERY_REPORT: dict[str, list[list[str]]] = {
    "ES-003": [ES003_HEADERS, *ES003_ENTRY],
    "ES-022": [ES022_HEADERS, ES022_ROW],
    "REV-603": [REV603_HEADERS, *REFUNDS],
    "REV-613": REV613,
    "REV-615": REV615,
    "REV-103": REV103,
    "BANK": BANK,
    "IMPORTERS": IMPORTERS,
    "ENTRY-FACTS": ENTRY_FACTS,
    "DEPOSITS": DEPOSITS,
    "DECLARATIONS": DECLARATIONS,
    "UPLOADED": UPLOADED,
    "ATTESTATIONS": ATTESTATIONS,
    "EXCLUSIONS": EXCLUSIONS,
    "PAYEES": PAYEES,
    "BILLS": BILLS,
    "MATERIALITY": MATERIALITY,
    "ALERTS-ACK": ALERTS_ACK,
}
