"""What the tables of `reports` promise: the position as a manager, a broker or an auditor needs to see it.

Belongs here: sums and lists over the other schemas. Does not belong here: any amount that is not a sum of theirs.
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import TableContract


class Position(TableContract):
    """The one row to read first: which day the warehouse speaks of, from which reports, and what is open."""

    fields = (
        f.as_of_date,
        f.day("newest_es003_run_date", "Run date of the newest dated ES-003 read").optional(),
        f.day("newest_es022_run_date", "Run date of the newest dated ES-022 read").optional(),
        f.day("newest_rev603_run_date", "Run date of the newest dated REV-603 read").optional(),
        f.whole("undated_load_count", "Reports of CBP read that state no run date", at_least=0),
        f.entry_count.meaning("Entry summaries known"),
        f.quarantined_row_count.meaning("Received rows that could not be used"),
        f.paid_duty_usd.meaning("Duty as declared on all entries").optional(),
        f.refund_principal_usd.meaning("IEEPA duty that is certain to be refundable").optional(),
        f.refund_principal_high_usd.optional(),
        f.refunded_principal_usd.meaning("Principal CBP reports as refunded").optional(),
        f.deposited_usd.meaning("Cash found at the bank for CAPE refunds").optional(),
        f.open_principal_usd.optional(),
        f.principal_unknown_count,
        f.registry_version,
    )
    grain = ("as_of_date",)


class PositionByPath(TableContract):
    """One status and path: how many entries stand there and what they are worth."""

    fields = (
        f.cape_status,
        f.recommended_path,
        f.whole("entry_count", "Entries in it", at_least=1),
        f.refund_principal_usd.optional(),
        f.refund_principal_high_usd.optional(),
        f.open_principal_usd.optional(),
        f.principal_unknown_count,
        f.interest_usd.optional().meaning("Interest on the entries whose interest is known"),
        f.whole("interest_unknown_count", "Entries with a principal whose interest is unknown", at_least=0),
        f.day("next_deadline_date", "Next day on which a right lapses").optional(),
    )
    grain = ("cape_status", "recommended_path")


class Exceptions(TableContract):
    """One thing that would not be true of a correct world: shown, never a reason to stop the run."""

    fields = (
        f.text("exception_key", "Expectation and what breaks it, in one text"),
        f.text("expectation", "What should be true"),
        f.importer_number.optional().meaning("Importer concerned, where it is not one entry alone"),
        f.entry_number.optional().meaning("Entry concerned, where it is one"),
        f.refund_number.optional(),
        f.amount_usd.meaning("Money concerned").optional(),
        f.detail.meaning("What was found"),
    )
    grain = ("exception_key",)


class ReconciliationWatchList(TableContract):
    """One entry summary flagged for reconciliation, or not known not to be: due date, clocks and what is at stake.

    The comparison is arithmetic on a figure of the user's, never advice.
    """

    fields = (
        f.entry_number,
        f.as_of_date,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.entry_type_code.optional(),
        f.entry_date.optional(),
        f.recon_flag.optional(),
        f.flag("is_flag_unknown", "Whether no report tells if the entry is flagged"),
        f.recon_issue.optional(),
        f.reconciliation_issue_code.optional(),
        f.recon_09_filed.optional(),
        f.recon_due_date.optional(),
        f.text("recon_due_date_basis", "What the due date rests on")
        .within("user_fact", "reported", "21_months_after_entry_summary", "12_months_after_import")
        .optional(),
        f.whole("recon_days_left", "Days left to the due date; negative once it is past").optional(),
        f.text("recon_warning", "What to mind about the due date")
        .within("flag_unknown", "due_date_unknown", "past_due", "due_within_30_days", "due_within_75_days")
        .optional(),
        f.text("recon_warning_text", "The warning in words").optional(),
        f.liquidation_date.optional(),
        f.cape_deadline_date.optional(),
        f.protest_deadline_date.optional(),
        f.protective_action.optional(),
        f.protective_deadline_date.optional(),
        f.cape_status,
        f.recommended_path,
        f.ieepa_low_usd.optional(),
        f.ieepa_high_usd.optional(),
        f.refund_principal_usd.optional(),
        f.refund_principal_high_usd.optional(),
        f.recon_exposure_usd.optional(),
        f.usd(
            "early_close_difference_usd", "Certain refundable principal less the exposure; unknown where either is"
        ).optional(),
        f.text("early_close_comparison", "Which of the two is larger; nothing where a type 09 is on file")
        .within("ieepa_larger", "exposure_larger", "equal", "within_range", "unknown")
        .optional(),
    )
    grain = ("entry_number",)


class DeadlineCalendar(TableContract):
    """One deadline of one entry summary that is still ahead, or at most thirty days past, as of the day."""

    fields = (
        f.entry_number,
        f.deadline_kind,
        f.as_of_date,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.deadline_date,
        f.recommended_date.optional(),
        f.whole("days_left", "Days from the as-of day to the deadline; negative once it is past"),
        f.is_weekend,
        f.holiday_name.meaning("Federal holiday observed on it").optional(),
        f.next_business_day.meaning(
            "First business day after the deadline; no rule here moves the deadline"
        ).optional(),
        f.who_acts,
        f.flag("is_protective", "Whether it ends a right that runs beside another path"),
        f.cape_status,
        f.recommended_path,
        f.amount_usd.meaning("Open principal at stake; unknown without a baseline").optional(),
        f.text("deadline_basis", "What the day is counted from").within(
            "day_80_after_liquidation",
            "day_80_after_stale_report",
            "day_90_after_liquidation",
            "day_180_after_liquidation",
            "day_180_after_deemed_liquidation",
            "two_years_after_deposit",
            "two_years_after_entry",
            "two_years_after_programme_start",
            "day_180_after_denial",
            "user_fact",
            "reported",
            "21_months_after_entry_summary",
            "12_months_after_import",
            "300_days_after_entry",
            "15_days_before_liquidation",
            "one_year_after_entry",
        ),
        f.legal_basis,
    )
    grain = ("entry_number", "deadline_kind")


class CalendarEvents(TableContract):
    """One day on which one kind of deadline ends for entries of one importer: an event of deadlines.ics."""

    fields = (
        f.text("event_key", "Importer, kind of deadline and day in one text"),
        f.as_of_date,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.deadline_kind,
        f.deadline_date,
        f.recommended_date.optional(),
        f.is_weekend,
        f.holiday_name.meaning("Federal holiday observed on it").optional(),
        f.who_acts,
        f.legal_basis,
        f.whole("entry_count", "Entries in it", at_least=1),
        f.whole("protective_entry_count", "Entries of them on another path beside which the right runs", at_least=0),
        f.amount_usd.meaning("Open principal of the entries of which it is known").optional(),
        f.principal_unknown_count,
        f.texts("first_entry_numbers", "Up to ten of its entries, the largest amounts first"),
    )
    grain = ("event_key",)
