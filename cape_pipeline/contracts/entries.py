"""What the tables of `entries` promise: may an entry summary go on a CAPE declaration today, why not, and by when.

Belongs here: entry summaries as of the day, and the refunds and credits that decide whether their case is closed. Does
not belong here: interest and batches (`refunds`), the reconciliation of payments (`payments`).
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import Field, TableContract


def _outcome(rule_column: str, suffix: str = "") -> Field:
    rule = rule_column.upper().replace("_", "-")
    return Field(
        rule_column + suffix,
        "VARCHAR",
        f"Outcome of rule {rule}; null where it is not in force or does not concern the entry",
        nullable=True,
        one_of=("pass", "fail", "unknown"),
    )


class StatusFacts(TableContract):
    """What is known of one entry summary apart from CAPE itself, each fact from the newest report that can say it."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.partition_month,
        f.entry_month,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.filer_code,
        f.entry_type_code.optional(),
        f.entry_date.optional(),
        f.entry_summary_date.optional(),
        f.data_complete,
        f.baseline_basis.meaning("Why the baseline version was chosen"),
        f.is_check_digit_right,
        f.liquidation_status.optional(),
        f.liquidation_state.optional(),
        f.day("reported_liquidation_date", "Liquidation date as printed, actual or projected").optional(),
        f.liquidation_report_code.within("ES-003", "ES-701").optional(),
        f.status_as_of_date.optional(),
        f.day("es701_liquidation_date", "Liquidation in the newest ES-701, on or before the as-of day").optional(),
        f.recon_flag.optional(),
        f.recon_09_filed.optional(),
        f.recon_issue.optional(),
        f.recon_due_date.optional(),
        f.recon_due_date_basis.optional(),
        f.protest_state.optional(),
        f.protest_scope.optional(),
        f.protest_number.optional(),
        f.protest_filed_date.optional(),
        f.protest_decision_date.optional(),
        f.protest_as_of_date.optional(),
        f.adcvd_status.optional(),
        f.drawback.optional(),
        f.surety_paid.optional(),
        f.prior_refund_usd.optional(),
        f.box28_number.optional(),
        f.warehouse_entry_number.optional(),
        f.deposit_date.optional(),
        f.deposit_date_basis.optional(),
        f.is_statement_unpaid,
        f.control_status.optional(),
        f.rate_class.optional(),
        f.payee_4811.meaning("Notify party the user names for the importer").optional(),
        f.ach_enrolled.optional(),
        f.contradicted_facts.meaning("Facts on which the user's files disagree; such a fact is unknown"),
    )
    grain = ("entry_number",)


class ClaimFacts(TableContract):
    """What CAPE has said of one entry summary as of the day."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.is_accepted,
        f.claim_number,
        f.accepted_date.optional(),
        f.accepted_date_basis,
        f.accepted_claim_count,
        f.last_cape_result.within("accepted", "failed", "unknown"),
        f.last_cape_message.optional(),
        f.last_cape_claim_number,
        f.last_cape_date.optional(),
        f.remedy.meaning("What registry.cape_messages says can be done").optional(),
    )
    grain = ("entry_number",)


class CapeEffects(TableContract):
    """One entry summary that CAPE accepted: its version from before beside the newest one from after, and what changed.

    An amount is unknown where a row of the version states none or was set aside: a sum with a hole is not a sum.
    """

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.partition_month,
        f.claim_number,
        f.accepted_date.optional(),
        f.accepted_date_basis,
        f.whole("before_version_ordinal", "Version from before: the baseline of the entry", at_least=1).optional(),
        f.day("before_run_date", "Run date of that version").optional(),
        f.whole(
            "after_version_ordinal", "Newest complete version run on the day of acceptance or later", at_least=1
        ).optional(),
        f.day("after_run_date", "Run date of that version").optional(),
        f.usd("ieepa_before_usd", "Duty on headings 9903.01 and 9903.02 before").optional(),
        f.usd("ieepa_after_usd", "Duty on headings 9903.01 and 9903.02 after").optional(),
        f.usd("other_duty_before_usd", "All other duty before").optional(),
        f.usd("other_duty_after_usd", "All other duty after").optional(),
        f.usd(
            "other_duty_change_usd",
            "Other duty after less before; it may rise lawfully where a 15 % heading gives way to the ordinary duty",
        ).optional(),
        f.usd("goods_value_before_usd", "Entered value before").optional(),
        f.usd("goods_value_after_usd", "Entered value after").optional(),
        f.whole("line_count_before", "Lines before", at_least=0).optional(),
        f.whole("line_count_after", "Lines after", at_least=0).optional(),
        f.whole("tariff_row_count_before", "Tariff rows before", at_least=0).optional(),
        f.whole("tariff_row_count_after", "Tariff rows after", at_least=0).optional(),
        f.text(
            "effect", "What became of the IEEPA duty; amount_unknown where a version does not state all of it"
        ).within(
            "removed",
            "partly_removed",
            "not_removed",
            "not_seen_yet",
            "no_baseline",
            "nothing_to_remove",
            "amount_unknown",
        ),
        f.texts(
            "changes",
            "What else differs, where both versions state it: entry_type_changed, goods_value_changed,"
            " importer_changed, lines_added, lines_removed, origin_changed, other_duty_changed, tariff_number_changed",
        ),
    )
    grain = ("entry_number",)


class ReportedRefunds(TableContract):
    """One refund of any kind, as the newest REV-603 shows it as of the day."""

    fields = (
        f.refund_number,
        f.payee_number.optional(),
        f.payee_key.optional(),
        f.refund_date.optional(),
        f.refund_status.optional(),
        f.refund_secondary_status.optional(),
        f.refund_type.optional(),
        f.refund_class.within(*f.REFUND_CLASSES).meaning("Kind of refund by the words of its type"),
        f.document_number.optional(),
        f.rev603_usd.optional(),
        f.trace_number.optional(),
        f.trace_key.optional(),
        f.is_returned,
        f.flag("is_said_returned", "Whether REV-613 lists it or REV-603 says that it came back"),
        f.flag("is_said_diverted", "Whether REV-603 says Funds Diverted"),
        f.load_id,
        f.source_row,
    )
    grain = ("refund_number",)


class RefundChains(TableContract):
    """One returned refund and the one that replaces it."""

    fields = (f.refund_number, f.reissued_as, f.last_refund_number)
    grain = ("refund_number",)


class RefundAmountBases(TableContract):
    """One received ES-022 or REV-615, and whether its Refund Amount holds interest."""

    fields = (
        f.load_id,
        f.report_code,
        f.refund_amount_basis,
        f.whole("refunds_principal_only_count", "Refunds whose REV-603 total is refund plus interest", at_least=0),
        f.whole("refunds_with_interest_count", "Refunds whose REV-603 total is the refund alone", at_least=0),
        f.whole("entries_principal_only_count", "Entries whose refund is the IEEPA duty of the baseline", at_least=0),
        f.whole(
            "entries_with_interest_count",
            "Entries whose refund less interest is the IEEPA duty of the baseline",
            at_least=0,
        ),
        f.text("basis_finding", "The basis as a sentence, with what to do where it is undecidable"),
    )
    grain = ("load_id",)


class BilledRefunds(TableContract):
    """One diverted refund that bills name, and what they come to."""

    source = "view"
    fields = (
        f.refund_number,
        f.load_id.meaning("REV-603 that shows the refund"),
        f.rev603_usd.optional(),
        f.es022_usd.optional(),
        f.usd("bill_usd", "What the bills that name the refund come to"),
        f.bill_numbers,
    )
    grain = ("refund_number",)


class RefundTotalBases(TableContract):
    """One received REV-603, and whether its totals stand before or after offsets."""

    fields = (
        f.load_id,
        f.refund_total_basis,
        f.whole("gross_count", "Diverted refunds whose total is that of ES-022", at_least=0),
        f.whole("net_count", "Diverted refunds whose total is that of ES-022 less the bills", at_least=0),
    )
    grain = ("load_id",)


class RefundedEntries(TableContract):
    """One entry of one claim in one refund CBP reports."""

    independent_by = "entry_number"
    fields = (
        f.refund_number.meaning("Refund that counts: of a chain of reissues the last"),
        f.text("reported_refund_number", "Refund the report names for the entry"),
        f.entry_number,
        f.claim_number,
        f.payee_number.optional(),
        f.liquidation_date.optional(),
        f.refund_date.optional(),
        f.refund_status.optional(),
        f.principal_usd.meaning("Principal as CBP reports it").optional(),
        f.interest_usd.meaning("Interest as CBP reports it").optional(),
        f.refund_amount_usd.meaning("Refund Amount as printed").optional(),
        f.refund_amount_basis.optional(),
        f.report_code,
        f.load_id,
        f.source_row,
    )
    grain = ("refund_number", "entry_number", "claim_number")


class RefundOffsets(TableContract):
    """One diverted refund that bills name, and what they support."""

    fields = (
        f.refund_number,
        f.bill_numbers,
        f.refund_total_basis,
        f.diverted_usd,
        f.netted_offset_usd,
    )
    grain = ("refund_number",)


class BankCredits(TableContract):
    """One line at the bank, once however many files repeat it."""

    fields = (
        f.credit_key,
        f.value_date,
        f.amount_usd.meaning("Amount of one such line; debits negative"),
        f.account_last_four.optional(),
        f.trace_key.optional(),
        f.description.meaning("Bank's description").optional(),
        f.flag("is_cbp", "Whether the description can be CBP's or Treasury's"),
        f.credit_count,
        f.load_id,
        f.source_row,
    )
    grain = ("credit_key",)


class CreditMatches(TableContract):
    """One bank line and one refund it pays or could pay."""

    fields = (f.credit_key, f.refund_number, f.match_basis, f.is_certain)
    grain = ("credit_key", "refund_number")


class RefundCash(TableContract):
    """One refund CBP reports, and what of it is known in cash as of the day."""

    fields = (
        f.refund_number,
        f.refund_class.within("cape", "other", "unknown"),
        f.payee_number.optional(),
        f.liquidation_date.optional(),
        f.refund_date.optional(),
        f.refund_status.optional(),
        f.refund_secondary_status.optional(),
        f.refund_type.optional(),
        f.document_number.optional(),
        f.trace_number.optional(),
        f.entry_count.optional().meaning("Entries of it in ES-022 or REV-615"),
        f.es022_principal_usd.optional(),
        f.es022_interest_usd.optional(),
        f.rev603_usd.optional(),
        f.deposited_usd.optional(),
        f.bank_value_date.optional(),
        f.bank_credit_count.optional(),
        f.match_basis.optional(),
        f.candidate_credits,
        f.is_returned,
        f.returned_usd.optional(),
        f.refund_total_basis.optional(),
        f.diverted_usd,
        f.netted_offset_usd,
        f.bill_numbers,
        f.reissue_of.optional(),
        f.reissued_as.optional(),
        f.match_status,
    )
    grain = ("refund_number",)


class PayeeDesignations(TableContract):
    """One notify party designated for one importer's refunds, and whether the designation holds on the as-of day."""

    fields = (
        f.importer_key,
        f.payee_key,
        f.payee_number.meaning("Number of the notify party"),
        f.text("payee_name", "Name of the notify party").optional(),
        f.designation_from_date.optional(),
        f.designation_to_date.optional(),
        f.last_transaction_date.optional(),
        f.day(
            "lapse_date", "Day up to which the designation lasts without a further transaction; unknown without one"
        ).optional(),
        f.text("designation_state", "Whether it holds on the day").within("valid", "not_yet", "ended", "lapsed"),
        f.ach_enrolled.meaning("Whether the notify party is set up for ACH refunds").optional(),
        f.routing_fedach_ok.optional(),
        f.last_checked_date.optional(),
        f.text("stated_in", "File that states it").within("payees.csv", "importers.csv"),
    )
    grain = ("importer_key", "payee_key")


class EntryPayees(TableContract):
    """One entry summary and who is paid for it, with what that rests on."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.payee_number.optional(),
        f.payee_key.optional(),
        f.payee_basis,
        f.is_payee_ambiguous,
        f.texts("payee_candidates", "Everybody who may be paid where that cannot be told: importer and notify parties"),
        f.is_box28_not_designated,
        f.text("es022_payee_number", "4811 party of the entry in ES-022").optional(),
        f.text("rev603_payee_number", "Payee of its newest refund in REV-603").optional(),
    )
    grain = ("entry_number",)


class PayeesNotEnrolled(TableContract):
    """One payee who, by the user's files, is not enrolled for ACH refunds."""

    source = "view"
    fields = (f.payee_key,)
    grain = ("payee_key",)


class LiquidationTracks(TableContract):
    """One entry summary that CAPE accepted or would take, and its foreseen (re)liquidation apart from the as-of day."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.liquidation_track,
        f.forecast_basis.optional(),
        f.day("forecast_from_date", "Day the forecast counts from").optional(),
        f.forecast_liquidation_date.optional(),
        f.undated_reason.optional(),
        f.is_forecast_passed,
        f.text("liquidation_run_policy", "Reading of the day a foreseen liquidation falls on"),
    )
    grain = ("entry_number",)


class LiquidationForecasts(TableContract):
    """One entry summary that CAPE accepted or would take today, and the (re)liquidation foreseen from that day."""

    source = "view"
    fields = LiquidationTracks.fields
    grain = ("entry_number",)


class CaseFacts(TableContract):
    """One entry summary as of the day: status, claim, refunds and money side by side, without judgement."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.partition_month,
        f.entry_month,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.filer_code,
        f.entry_type_code.optional(),
        f.entry_date.optional(),
        f.data_complete,
        f.baseline_basis.meaning("Why the baseline version was chosen"),
        f.is_check_digit_right,
        f.liquidation_status.optional(),
        f.liquidation_state.optional(),
        f.liquidation_date.optional(),
        f.liquidation_report_code.within("ES-003", "ES-022", "ES-701").optional(),
        f.original_liquidation_date.optional(),
        f.reliquidation_date.optional(),
        f.projected_liquidation_date.optional(),
        f.status_as_of_date.optional(),
        f.recon_flag.optional(),
        f.recon_09_filed.optional(),
        f.recon_issue.optional(),
        f.recon_due_date.optional(),
        f.recon_due_date_basis.optional(),
        f.protest_state.optional(),
        f.protest_scope.optional(),
        f.protest_number.optional(),
        f.protest_decision_date.optional(),
        f.protest_as_of_date.optional(),
        f.adcvd_status.optional(),
        f.drawback.optional(),
        f.surety_paid.optional(),
        f.prior_refund_usd.optional(),
        f.deposit_date.optional(),
        f.deposit_date_basis.optional(),
        f.is_statement_unpaid,
        f.control_status.optional(),
        f.rate_class.optional(),
        f.ach_enrolled.optional(),
        f.contradicted_facts.meaning("Facts on which the user's files disagree; such a fact is unknown"),
        f.payee_number.optional(),
        f.payee_key.optional(),
        f.payee_basis,
        f.is_payee_ambiguous,
        f.is_box28_not_designated,
        f.is_accepted,
        f.claim_number.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.accepted_claim_count,
        f.last_cape_result.within("accepted", "failed", "unknown").optional(),
        f.last_cape_message.optional(),
        f.last_cape_claim_number.optional(),
        f.last_cape_date.optional(),
        f.remedy.meaning("What registry.cape_messages says can be done").optional(),
        f.duty_deposited.meaning("Whether duty is deposited on entries of this type"),
        f.cape_treatment.meaning("What CAPE does with entries of this type on the day"),
        f.flag("is_recon_flag_allowed", "Whether CAPE takes the type although flagged for reconciliation"),
        f.programmes.optional().meaning("IEEPA programmes on the entry"),
        f.flag("has_preference_claim", "Whether a line that paid a duty claims a preference from it").optional(),
        f.paid_duty_usd.optional(),
        f.ieepa_low_usd.optional(),
        f.ieepa_high_usd.optional(),
        f.refund_principal_usd.optional(),
        f.refund_principal_high_usd.optional(),
        f.refund_number.optional(),
        f.refund_date.optional().meaning("Newest refund date of its refunds"),
        f.refunded_principal_usd.optional(),
        f.refunded_interest_usd.optional(),
        f.flag("is_cash_settled", "Whether all cash of its refunds has arrived").optional(),
        f.flag("is_cash_short", "Whether none of it is to come any more and some is short or diverted").optional(),
        f.registry_version,
    )
    grain = ("entry_number",)


class ReportedLiquidations(TableContract):
    """One liquidation of one entry summary that a report shows as having happened or as notified."""

    independent_by = "entry_number"
    fields = (f.entry_number, f.partition_month, f.liquidation_date)
    grain = ("entry_number", "liquidation_date")


class Deadlines(TableContract):
    """One known liquidation of an entry summary and the clocks it starts; does not depend on the as-of day."""

    source = "view"
    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.partition_month,
        f.liquidation_date,
        f.day("cape_warning_date", "Day 78: file now, because CBP checks when it processes the file"),
        f.cape_deadline_date,
        f.flag(
            "is_cape_deadline_business_day", "Whether day 80 is a business day; CBP moves nothing if it is not"
        ).optional(),
        f.reliquidation_deadline_date,
        f.protest_deadline_date,
        f.flag("is_protest_deadline_business_day", "Whether day 180 is a business day").optional(),
    )
    grain = ("entry_number", "liquidation_date")


RULES = (
    "data_complete",
    "baseline",
    "check_digit",
    "summary_status",
    "entry_day",
    "cape_open",
    "already_accepted",
    "accepted_once",
    "cbp_verdict",
    "prior_refund",
    "preference_claim",
    "ieepa_duty",
    "duty_deposited",
    "entry_type_excluded",
    "entry_type_known",
    "warehouse_entry",
    "drawback",
    "liquidation_status",
    "stale_status",
    "deemed_liquidated",
    "protest",
    "liquidation_80_days",
    "third_phase",
    "recon_flag",
    "recon_09",
    "recon_due_date",
    "recon_due_75_days",
    "ad_cvd",
    "surety",
    "under_review",
    "payee_box28",
    "net_under_20",
)


class JudgedCases(TableContract):
    """One entry summary as of the day with its facts and the outcome of every CAPE rule, one column a rule."""

    source = "view"
    partition = "entry_month"
    independent_by = "entry_number"
    fields = (*CaseFacts.fields, *(_outcome(rule, "_outcome") for rule in RULES))
    grain = ("entry_number",)


class RuleOutcomes(TableContract):
    """One entry summary and the outcome of every CAPE rule, one column a rule."""

    source = "view"
    independent_by = "entry_number"
    fields = (f.entry_number, f.partition_month, *(_outcome(rule) for rule in RULES))
    grain = ("entry_number",)


class EligibilityFindings(TableContract):
    """One rule's outcome for one entry summary, in words, with its source."""

    source = "view"
    fields = (
        f.entry_number,
        f.rule_id,
        f.outcome,
        f.message.meaning("What the outcome means, with CBP's message where one is published").in_full(),
        f.effective_from.optional(),
        f.effective_to.optional(),
        f.source,
        f.locator,
        f.as_of_date,
    )
    grain = ("entry_number", "rule_id")


class EligibilityDecisions(TableContract):
    """One entry summary and what is decided of it as of the day: status, next best path, and the end of every clock."""

    independent_by = "entry_number"
    partition = "entry_month"
    fields = (
        f.entry_number,
        f.partition_month,
        f.entry_month,
        f.entry_date.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.filer_code,
        f.payee_number.optional(),
        f.entry_type_code.optional(),
        f.liquidation_status.optional(),
        f.liquidation_date.optional(),
        f.original_liquidation_date.optional(),
        f.reliquidation_date.optional(),
        f.projected_liquidation_date.optional(),
        f.cape_status,
        f.recommended_path,
        f.path_reason,
        f.texts("blocking_rules", "Rules that keep the entry from the declaration, or facts they miss"),
        f.texts("unverified_facts", "Facts no report holds and the user has not stated"),
        f.data_complete,
        f.flag("amount_uncertain", "Whether the certain principal is below the highest possible one"),
        f.cape_deadline_date.meaning("Day 80 after the newest liquidation").optional(),
        f.reliquidation_deadline_date.meaning("Day 90 after it: CBP's own limit").optional(),
        f.protest_deadline_date.meaning("Day 180 after it").optional(),
        f.day("court_deadline_date", "Two years from the deposit, or 180 days from a denied protest").optional(),
        f.day(
            "court_deadline_conservative_date", "Two years from publication or first collection of the programme"
        ).optional(),
        f.text("protective_reason", "Why it is called for").optional(),
        f.protective_action.optional(),
        f.protective_deadline_date.optional(),
        f.day("deemed_liquidation_date", "One year after entry, where the entry is still unliquidated then").optional(),
        f.psc_deadline_date.optional(),
        f.psc_deadline_basis.optional(),
        f.status_as_of_date.optional(),
        f.day(
            "assumed_liquidation_from_date",
            "Entry date and the 314 days of the ordinary cycle: from here on it may have liquidated unseen",
        ).optional(),
        f.day(
            "worst_case_cape_deadline_date",
            "Where the status is stale: day 80 if it liquidated on the day of the report that gave it",
        ).optional(),
        f.text("payment_evidence", "What shows that the duty was paid and not only declared").within(
            "paid_statement", "user", "assumed"
        ),
        f.refund_principal_usd.optional(),
        f.refund_principal_high_usd.optional(),
        f.open_principal_usd.optional(),
        f.refunded_principal_usd.optional(),
        f.refunded_interest_usd.optional(),
        f.prior_refund_usd.optional(),
        f.claim_number.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.refund_number.optional(),
        f.protest_number.optional(),
        f.recon_due_date.optional(),
        f.last_cape_result.within("accepted", "failed", "unknown").optional(),
        f.last_cape_message.optional(),
        f.last_cape_claim_number.optional(),
        f.registry_version,
    )
    grain = ("entry_number",)


def _decided(first: str, last: str) -> tuple[Field, ...]:
    """The columns of `entries.eligibility_decisions` from one to another."""
    names = EligibilityDecisions.column_names()
    return EligibilityDecisions.fields[names.index(first) : names.index(last) + 1]


class Eligibility(TableContract):
    """One entry summary and the day's answer: its CAPE status, the next best path, and every clock that runs."""

    source = "view"
    partition = "entry_month"
    fields = (
        f.entry_number,
        f.as_of_date,
        *_decided("partition_month", "court_deadline_conservative_date"),
        f.whole("days_to_cape_deadline", "Days left to day 80; negative once it is past").optional(),
        *_decided("protective_action", "protective_deadline_date"),
        *_decided("protective_reason", "protective_reason"),
        *_decided("deemed_liquidation_date", "status_as_of_date"),
        f.whole("status_age_days", "Days since the run of the report that gave the status", at_least=0).optional(),
        *_decided("assumed_liquidation_from_date", "registry_version"),
    )
    grain = ("entry_number",)


class OpenDeadlines(TableContract):
    """One deadline of one entry summary with something still to claim, ahead or past."""

    source = "view"
    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.deadline_kind,
        f.deadline_date,
        f.recommended_date.optional(),
        f.deadline_basis,
    )
    grain = ("entry_number", "deadline_kind")


class TurningDays(TableContract):
    """One day on which what stands of one entry summary may turn, and why; future days are clocks that still run."""

    source = "view"
    fields = (
        f.entry_number,
        f.turning_date,
        f.cause_code,
        f.flag("is_answer_day", "Whether status or path may turn on the day, and not only what stands beside them"),
        f.rule_id.meaning("Rule whose outcome the day may turn; none where it may turn any").optional(),
        f.message.meaning("The cause in words").in_full(),
    )
    grain = ("entry_number", "turning_date", "cause_code")


class EligibilityHistory(TableContract):
    """One change of the answer for one entry summary; empty unless the run was asked to find the history.

    Every day on which something could turn is asked again with what was known on it, so nothing is remembered from run
    to run: the received files and the rules tell all of it.
    """

    source = "python"
    # every received row follows from ace.loads; the decisions hold the version of the rules
    reads = ("ace.loads", "registry.as_of", "entries.eligibility_decisions", "entries.turning_days")
    made_by = ("cape_pipeline.eligibility_history", "cape_pipeline.eligibility_history_days")
    fields = (
        f.entry_number,
        f.changed_date,
        f.cape_status_before.optional(),
        f.recommended_path_before.optional(),
        f.cape_status.meaning("Status from this day on"),
        f.recommended_path.meaning("What to do next, from this day on"),
        f.path_reason,
        f.cause_codes,
        f.causes,
    )
    grain = ("entry_number", "changed_date")
