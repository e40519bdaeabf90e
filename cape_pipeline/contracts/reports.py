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
        f.later_entry_count,
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
        f.later_entry_count,
        f.refund_principal_usd.optional(),
        f.refund_principal_high_usd.optional(),
        f.open_principal_usd.optional(),
        f.principal_unknown_count,
        f.interest_usd.optional().meaning("Interest on the entries whose interest is known"),
        f.interest_unknown_count.meaning("Entries whose interest is unknown, those of unknown principal included"),
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
        f.detail.meaning("What was found").hidden(),
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
        f.recon_due_date_basis.optional(),
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

    source = "view"
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
        f.deadline_basis,
        f.legal_basis,
    )
    grain = ("entry_number", "deadline_kind")


class CalendarEvents(TableContract):
    """One day on which one kind of deadline ends for entries of one importer: an event of deadlines.ics."""

    source = "view"
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


class ReceivableReceipts(TableContract):
    """One entry in one refund that was paid: its part of the cash, and of what was set off, to the cent."""

    fields = (
        f.entry_number,
        f.refund_number,
        f.bank_value_date.optional(),
        f.received_principal_usd.meaning("Its principal received in cash"),
        f.received_interest_usd.meaning("Its interest received in cash"),
        f.offset_principal_usd.meaning("Its principal set off against a bill"),
        f.offset_interest_usd.meaning("Its interest set off against a bill"),
    )
    grain = ("entry_number", "refund_number")


class ReceivableGrounds(TableContract):
    """One entry summary, and what puts it into its stage before interest and cash have been looked at."""

    source = "view"
    fields = (
        f.entry_number,
        f.importer_number.optional(),
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.cape_status,
        f.recommended_path,
        f.path_reason.optional(),
        f.principal_usd.optional(),
        f.usd("principal_high_usd", "Principal at the high end").optional(),
        f.text(
            "stage_of_status", "Stage its status and path put it into; cash only if any came in, else certified"
        ).within(*f.RECEIVABLE_STAGES),
        f.flag("may_be_disregarded", "Whether CBP may disregard principal and interest under 20 dollars"),
        f.rests_on_assumption_usd.meaning("Part of its IEEPA duty that rests on a named assumption").optional(),
    )
    grain = ("entry_number",)


class ReceivableVersions(TableContract):
    """The version of the registry that decided the receivable: one row."""

    fields = (
        f.registry_version,
        f.entry_count.meaning("Entries of the receivable"),
        f.whole("receipt_count", "Parts of refunds that came in", at_least=0),
        f.whole("span_count", "Spans of days that interest runs over", at_least=0),
    )
    grain = ("registry_version",)


class ReceivableEntries(TableContract):
    """One entry summary in the receivable: its stage, what it is worth, what came in, what is open."""

    source = "view"
    fields = (
        f.entry_number,
        f.period_end.meaning("As-of day"),
        f.importer_number.optional(),
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.receivable_stage,
        f.stage_reason.optional(),
        f.cape_status,
        f.recommended_path,
        f.principal_usd.optional(),
        f.usd("principal_high_usd", "Principal at the high end").optional(),
        f.range_above_low_usd.optional(),
        f.accrued_through_date.optional(),
        f.accrued_interest_usd.optional(),
        f.accrued_interest_high_usd.optional(),
        f.books_interest_unknown_reason.optional(),
        f.received_principal_usd,
        f.received_interest_usd,
        f.offset_principal_usd,
        f.offset_interest_usd,
        f.is_recognised,
        f.recognised_principal_usd.optional(),
        f.recognised_interest_usd.optional(),
        f.open_principal_usd.meaning("Principal as measured less cash and offset").optional(),
        f.open_interest_usd.optional(),
        f.rests_on_assumption_usd.meaning("Part of the principal that rests on a named assumption").optional(),
        f.registry_version,
    )
    grain = ("entry_number",)


class ReceivablePosition(TableContract):
    """One importer's entries in one stage of certainty: principal and accrued interest apart, as of the day."""

    fields = (
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.importer_number.optional(),
        f.period_end.meaning("As-of day"),
        f.receivable_stage,
        f.entry_count,
        f.principal_usd.meaning("Certain principal of its entries").optional(),
        f.usd("principal_high_usd", "Principal at the high end").optional(),
        f.range_above_low_usd.meaning(
            "In the doubtful stage: what may come above the certain principal of all open entries, whatever their stage"
        ),
        f.accrued_interest_usd.meaning("Interest accrued to the day on the entries whose interest is known").optional(),
        f.accrued_interest_high_usd.optional(),
        f.received_principal_usd,
        f.received_interest_usd,
        f.usd("offset_usd", "Principal and interest set off against bills up to the day"),
        f.open_principal_usd.meaning("Principal as measured less cash and offset").optional(),
        f.open_interest_usd.optional(),
        f.rests_on_assumption_usd.meaning("Part of the principal that rests on a named assumption").optional(),
        f.principal_unknown_count,
        f.interest_unknown_count.meaning("Entries whose interest is unknown; no sum beside it holds them"),
    )
    grain = ("importer_key", "stage")


class InterestByPeriod(TableContract):
    """One entry summary's interest earned in one calendar month."""

    source = "view"
    fields = (
        f.entry_number,
        f.period_end.meaning("Last day of the calendar month"),
        f.accrued_through_date.meaning("Last day of the month that interest is told for"),
        f.interest_usd.meaning(
            "Interest of the month: what had accrued by its end less what had accrued before; unknown with a reason"
        ).optional(),
        f.books_interest_unknown_reason.optional(),
    )
    grain = ("entry_number", "period_end")


class ReceivableMovements(TableContract):
    """One entry's receivable from the close before to the day: opening, signed movements, closing."""

    source = "view"
    fields = (
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.importer_number.optional(),
        f.entry_number,
        f.opening_close_name.optional(),
        f.opening_date.optional(),
        f.period_end.meaning("As-of day"),
        f.receivable_stage,
        f.stage_reason.optional(),
        f.is_recognised,
        f.principal_usd.optional(),
        f.accrued_interest_usd.optional(),
        f.opening_principal_usd,
        f.opening_interest_usd,
        f.newly_recognised_principal_usd,
        f.newly_recognised_interest_usd,
        f.period_interest_usd,
        f.cash_principal_usd,
        f.cash_interest_usd,
        f.offset_movement_usd,
        f.remeasured_principal_usd,
        f.remeasured_interest_usd,
        f.written_off_usd,
        f.closing_principal_usd,
        f.closing_interest_usd,
        f.recognised_principal_usd,
        f.recognised_interest_usd,
        f.received_principal_usd,
        f.received_interest_usd,
        f.offset_principal_usd,
        f.offset_interest_usd,
    )
    grain = ("importer_key", "entry_number")


class ReceivableRollforward(TableContract):
    """One importer's receivable from the close before to the day; what reduces it is negative."""

    fields = (
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.importer_number.optional(),
        f.period_end.meaning("As-of day"),
        f.opening_date.optional(),
        f.opening_close_name.optional(),
        f.opening_basis,
        f.entry_count.meaning("Entries in the books at the end"),
        f.opening_principal_usd,
        f.opening_interest_usd,
        f.opening_usd,
        f.newly_recognised_principal_usd,
        f.newly_recognised_interest_usd,
        f.newly_recognised_usd,
        f.period_interest_usd,
        f.cash_principal_usd,
        f.cash_interest_usd,
        f.offset_movement_usd,
        f.remeasured_principal_usd,
        f.remeasured_interest_usd,
        f.remeasured_usd,
        f.written_off_usd,
        f.closing_principal_usd,
        f.closing_interest_usd,
        f.closing_usd,
        f.principal_unknown_count,
        f.interest_unknown_count.meaning("Entries whose interest is unknown; it stays as it was closed"),
    )
    grain = ("importer_key", "period_end")


class ReceivableRollforwardTotal(TableContract):
    """The receivable of all importers from the close before to the day, and cash that could be applied to no entry."""

    fields = (
        f.period_end.meaning("As-of day"),
        f.opening_date.optional(),
        f.opening_close_name.optional(),
        f.opening_basis,
        f.entry_count.meaning("Entries in the books at the end"),
        f.opening_usd,
        f.newly_recognised_usd,
        f.period_interest_usd,
        f.cash_principal_usd,
        f.cash_interest_usd,
        f.offset_movement_usd,
        f.remeasured_usd,
        f.written_off_usd,
        f.closing_usd,
        f.usd("unapplied_cash_usd", "Cash of CAPE refunds up to the day that reduces no receivable above"),
        f.principal_unknown_count,
        f.interest_unknown_count.meaning("Entries whose interest is unknown; it stays as it was closed"),
    )
    grain = ("period_end",)


class PriorPeriodDifferences(TableContract):
    """One amount of one entry in one close that would come out otherwise as it is known now."""

    fields = (
        f.close_name,
        f.period_end.meaning("Last day of the closed period"),
        f.importer_key.meaning("Importer number without separators and 00 suffix; 'unknown' where no report names one"),
        f.importer_number.optional(),
        f.entry_number,
        f.text("measure", "Certain principal, interest up to the close, or cash dated by it").within(
            "principal", "interest", "received"
        ),
        f.usd("frozen_usd", "As it was closed").optional(),
        f.usd("recomputed_usd", "As it is known now").optional(),
        f.usd("difference_usd", "Known now less closed; unknown where either is").optional(),
        f.text("difference_cause", "What kind of difference it is").within(
            "changed", "not_in_the_close", "not_known_any_more", "unknown_at_the_close", "unknown_now"
        ),
        f.as_of_date,
    )
    grain = ("close_name", "entry_number", "measure")


class PayeeReadiness(TableContract):
    """One importer number, with its suffix: whether it and its notify parties can be paid, and what is at stake."""

    fields = (
        f.importer_key.meaning("Importer number as joins use it; unknown where no row of an entry states one"),
        f.importer_number.optional(),
        f.importer_name.optional(),
        f.client_id.optional(),
        f.text(
            "readiness", "Whether it can be paid: not_ready with a fault known, unknown with a fact that is not"
        ).within("ready", "not_ready", "unknown"),
        f.texts("payee_numbers", "Who is paid for its open entries, as far as that can be told"),
        f.flag("may_be_paid_itself", "Whether it may be paid itself for one of them, or has none"),
        f.ach_enrolled.meaning("Whether it is set up for ACH refunds").optional(),
        f.ach_enrolled_date.optional(),
        f.routing_fedach_ok.optional(),
        f.address_ok.optional(),
        f.email_on_file.optional(),
        f.ace_top_account.optional(),
        f.ace_sub_account.optional(),
        f.ach_payer_id.optional(),
        f.texts(
            "designations", "Its notify parties: number, whether the designation holds, days, lapse, ACH enrolment"
        ),
        f.day("next_lapse_date", "Earliest day a designation that holds lapses on").optional(),
        f.flag(
            "notify_parties_ach_enrolled",
            "Whether every notify party whose designation holds is set up for ACH refunds; unknown without one",
        ).optional(),
        f.last_checked_date.optional(),
        f.flag("is_check_stale", "Whether that is more than 30 days ago; unknown where no day is stated").optional(),
        f.whole("ambiguous_entry_count", "Open entries whose payee cannot be told", at_least=0),
        f.whole("box28_vain_entry_count", "Open entries that name a party in box 28 CBP will not pay", at_least=0),
        f.usd("eligible_principal_usd", "Principal CAPE would take and nobody has claimed, as far as known").optional(),
        f.usd("eligible_interest_usd", "Interest on it, as far as known").optional(),
        f.usd("accepted_principal_usd", "Principal accepted and in no refund yet, as far as known").optional(),
        f.usd("accepted_interest_usd", "Interest on it, as far as known").optional(),
        f.usd(
            "issued_unpaid_principal_usd", "Principal of refunds whose cash has not all arrived, as CBP states it"
        ).optional(),
        f.usd("issued_unpaid_interest_usd", "Interest of them, as CBP states it").optional(),
        f.principal_unknown_count,
        f.interest_unknown_count,
        f.texts("findings", "What keeps it from being paid or is not known, each with what to do and where to write"),
        f.next_action.meaning("The first of them").optional().hidden(),
        f.cbp_mailbox.meaning("Mailbox of CBP for the first of them that has one").optional(),
        f.as_of_date,
    )
    grain = ("importer_key",)


class UserFactReliance(TableContract):
    """One fact of the user's own files that concerns an entry summary, and what of the day's answer rests on it.

    An amount stands on every fact it rests on: a sum over one kind of reliance counts each entry once.
    """

    source = "view"
    fields = (
        f.entry_number,
        f.text("stated_in", "File that states it").within(
            "entry_facts.csv",
            "deposits.csv",
            "importers.csv",
            "payees.csv",
            "attestations.csv",
            "exclusions.csv",
            "declarations.csv",
        ),
        f.text("fact_name", "Fact, by the name of its column in that file"),
        f.text("relied_on_for", "What rests on it as of the day").within(
            "eligibility", "filing", "principal", "interest", "payee", "deadline", "forecast", "nothing"
        ),
        f.load_id,
        f.source_row,
        f.file_name,
        f.text("fact_value", "The fact as it was read"),
        f.text("fact_effect", "What the fact does, and what would be without it"),
        f.day("recorded_on", "Day the facts were recorded").optional(),
        f.text("recorded_by", "Who recorded them").optional(),
        f.evidence.optional(),
        f.flag("is_contradicted", "Whether other rows of the user state it differently, so that it counts as unknown"),
        f.usd(
            "relying_principal_usd",
            "Certain principal that rests on it: of the entry, or of the lines it decides; nothing where only interest"
            " does",
        ).optional(),
        f.usd(
            "relying_interest_usd",
            "Interest of the entry that rests on it; unknown where it is, or where only some of its lines rest on it",
        ).optional(),
        f.as_of_date,
    )
    grain = ("entry_number", "stated_in", "fact_name", "relied_on_for", "load_id", "source_row")
