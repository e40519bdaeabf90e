"""What stands on the page: its sections in order, and the tables of each.

Belongs here: titles, leading sentences, which columns are summed and what an empty cell means. Does not belong here:
the SELECTs (`queries/`), and the layout (`templates/`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_SHOWN = "not shown"
NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: queries/<name>.sql and what cannot be read from it."""

    name: str
    title: str
    #: Said in place of a table without rows.
    empty: str
    #: Columns whose sum over all rows stands below, also of those rows that are not shown.
    totals: tuple[str, ...] = ()
    #: What an empty cell of a column says where `unknown` (amounts) or `–` (all else) would be wrong.
    absent: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with its anchor."""

    anchor: str
    title: str
    lead: str
    tables: tuple[Table, ...]
    #: Which picture of `charts.py` stands on top.
    chart: str = ""


EXPLAIN = "cape explain ENTRY_NUMBER tells everything about one entry, from the received rows to the payment."

SECTIONS = (
    Section(
        "position",
        "Position by path",
        "Where the entries stand with CAPE, and what to do next with them.",
        (
            Table(
                "position_by_path",
                "Entries and principal by path",
                "There are no entries.",
                totals=(
                    "entry_count",
                    "refund_principal_usd",
                    "refund_principal_high_usd",
                    "open_principal_usd",
                    "interest_usd",
                ),
            ),
        ),
        chart="exposure_by_path",
    ),
    Section(
        "filing",
        "To file today",
        "Drafted declarations lie in out/declarations/. Upload them unchanged, and put each uploaded file into the"
        " exports folder: its entries then wait for CBP’s answer and are not drafted again.",
        (
            Table(
                "drafts",
                "Drafted declarations",
                "Nothing is drafted for today.",
                totals=("entry_count", "declared_principal_usd"),
                absent={"importer_number": "several", "nearest_deadline_date": "none set yet"},
            ),
            Table("withheld", "Kept off the drafts", "No entry that may be filed is kept off."),
            Table(
                "filing_entries",
                "Entries to file or refile, one by one",
                "No entry may be filed today.",
                totals=("refund_principal_usd",),
                note=EXPLAIN,
            ),
            Table("resubmissions", "Failed by CBP", "CBP failed no entry that is still open."),
        ),
    ),
    Section(
        "deadlines",
        "Deadlines of the next 90 days",
        "Days are calendar days; a weekend or a holiday moves none of them. The day CBP itself may reliquidate until is"
        " no day to file by.",
        (
            Table(
                "deadlines_by_importer",
                "By importer of record",
                "No deadline falls in the next 90 days.",
                absent={"importer_number": "importer unknown"},
            ),
            Table(
                "deadlines",
                "Day by day",
                "No deadline falls in the next 90 days.",
                absent={"importer_number": "importer unknown"},
                note="out/deadline_calendar.csv and out/deadlines.ics hold every deadline of every entry.",
            ),
            Table(
                "deadlines_passed",
                "Ended in the last 30 days",
                "No day to act by has passed in the last 30 days.",
                absent={"importer_number": "importer unknown"},
            ),
        ),
    ),
    Section(
        "payments-to-come",
        "Payments to come",
        "A forecast: CBP pays one payee for all entries of one (re)liquidation day, within the window of the timing"
        " policy.",
        (
            Table(
                "payments_by_month",
                "By month",
                "No payment has come, and none is foreseen.",
                totals=("deposited_usd", "issued_not_deposited_usd", "expected_usd"),
            ),
            Table(
                "batches",
                "Payments without a refund number yet",
                "No payment is awaited.",
                totals=("entry_count", "principal_usd", "interest_usd", "total_usd"),
                absent={
                    "payment_from_date": "not foreseen",
                    "payment_to_date": "not foreseen",
                    "liquidation_date": "not foreseen",
                },
            ),
        ),
        chart="payment_calendar",
    ),
    Section(
        "interest",
        "Interest",
        "From each deposit to the (re)liquidation, compounded daily, rounded once an entry. CBP has published no method"
        " for CAPE: cape calibrate compares it with refunds you received.",
        (
            Table(
                "interest_by_importer",
                "By importer of record",
                "There are no entries.",
                totals=(
                    "entry_count",
                    "refund_principal_usd",
                    "interest_usd",
                    "interest_low_usd",
                    "interest_high_usd",
                    "not_refunded_interest_usd",
                    "interest_unknown_count",
                    "late_interest_usd",
                ),
                absent={"importer_number": "importer unknown"},
            ),
            Table("interest_unknown", "Unknown interest, by reason", "The interest of every entry is known."),
        ),
    ),
    Section(
        "payments",
        "Payments and reconciliation",
        "What was expected, what ES-022 and REV-603 say, what the bank shows, and what none of them explains.",
        (
            Table(
                "waterfall", "From expected to cash", "CBP shows no refund yet.", absent={"payee_number": "all payees"}
            ),
            Table(
                "refunds",
                "Refunds, with cause and next action",
                "CBP shows no refund, and none is awaited.",
                absent={
                    "refund_number": "none yet",
                    "es022_usd": NOT_SHOWN,
                    "rev603_usd": NOT_SHOWN,
                    "expected_usd": "not expected",
                },
            ),
            Table("bank_credits", "Credits of CBP that pay no known refund", "Every credit of CBP pays known refunds."),
        ),
    ),
    Section(
        "alerts",
        "Alerts",
        "What somebody must look at. Acknowledge one in alerts_ack.csv, and it is counted no more.",
        (
            Table("alerts_by_severity", "By severity", "No alert is open.", absent={"amount_usd": NONE}),
            Table("alerts", "Open alerts", "No alert is open.", absent={"amount_usd": NONE}),
        ),
    ),
    Section(
        "importers",
        "Importers of record",
        "Entries by what to do next, money, the next deadline, and whether a refund can reach the importer.",
        (
            Table(
                "importers",
                "By importer of record",
                "There are no entries.",
                totals=(
                    "entry_count",
                    "file_cape_count",
                    "refund_under_way_count",
                    "protest_or_court_count",
                    "to_clear_up_count",
                    "waiting_count",
                    "nothing_to_do_count",
                    "refund_principal_usd",
                    "refund_principal_high_usd",
                    "refunded_principal_usd",
                    "open_principal_usd",
                    "interest_usd",
                ),
                absent={"importer_number": "importer unknown", "refunded_principal_usd": "none reported"},
            ),
            Table(
                "entries",
                "Open entries",
                "Nothing is open.",
                totals=("open_principal_usd",),
                note=EXPLAIN,
            ),
        ),
    ),
    Section(
        "receivable",
        "Receivable, for finance",
        "Facts as of the day by stage of certainty, interest as accrued to the day. Which stage is recognised is your"
        " policy; cape close freezes a period.",
        (
            Table(
                "receivable_by_stage",
                "By stage of certainty",
                "There are no entries.",
                totals=(
                    "entry_count",
                    "principal_usd",
                    "range_above_low_usd",
                    "accrued_interest_usd",
                    "received_principal_usd",
                    "received_interest_usd",
                    "open_principal_usd",
                    "open_interest_usd",
                ),
            ),
            Table(
                "rollforward",
                "Since the last close",
                "There are no entries.",
                totals=("entry_count", "opening_usd", "closing_usd"),
                absent={"importer_number": "importer unknown", "opening_date": "no close yet"},
            ),
        ),
    ),
    Section(
        "exceptions",
        "Exceptions and quarantine",
        "What is wrong with the data. A row that cannot be used is never dropped in silence: its entry is in review.",
        (
            Table(
                "exceptions", "Expectations that are not met", "Every expectation is met.", absent={"amount_usd": NONE}
            ),
            Table("quarantine", "Rows set aside", "Every received row could be used."),
            Table(
                "files",
                "Files read",
                "No file was read.",
                absent={"report_run_date": "not stated", "control_total_usd": NONE},
            ),
        ),
    ),
    Section(
        "coverage",
        "Coverage",
        "Months for which exports may be missing: no sum can hold what was never received.",
        (
            Table(
                "coverage_gaps",
                "Gaps in the exports",
                "No gap is seen between the first and the last month of any importer.",
                absent={"importer_number": "importer unknown"},
            ),
        ),
    ),
    Section(
        "readings",
        "Readings of the law",
        "Rules and readings as they stand in the registry, each with its source. The codes are this project’s own,"
        " never CBP’s.",
        (
            Table("rules", "Rules that keep entries off a declaration", "No rule keeps an entry off."),
            Table("readings", "Readings in force", "The registry holds no reading."),
            Table(
                "assumptions",
                "What is only assumed",
                "Nothing is only assumed.",
                absent={"resting_ieepa_usd": NONE},
            ),
        ),
    ),
    Section(
        "not-known",
        "What this report does not know",
        "An unknown amount is in no sum, and is never zero.",
        (
            Table(
                "not_known",
                "Unknown, and where it would come from",
                "Nothing asked of the received reports is unknown.",
                absent={"amount_usd": NONE},
            ),
        ),
    ),
)
#: Queries whose rows stand on the first screen, in a form of their own.
HEADLINE = Table("position", "Position", "")
DO_FIRST = Table("do_first", "Ends first", "No right ends within 14 days.")
