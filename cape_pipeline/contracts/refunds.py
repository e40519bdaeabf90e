"""What the tables of `refunds` promise: how much with interest, filed how, liquidated when, in which batch.

Belongs here: interest, declarations and payment batches as computed. Does not belong here: what CBP and the bank say
was paid (`payments`).
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import Field, TableContract

#: A policy may start interest on the date of entry, which is no basis of a deposit otherwise.
ACCRUAL_START_BASES = (*(f.deposit_date_basis.one_of or ()), "entry_date_proxy")
INTEREST_CODE = ("cape_pipeline.interest", "cape_pipeline.assets.interest")
UNROUNDED = "DECIMAL(38,22)"
GROWTH = "DECIMAL(38,20)"
#: Where interest ends: on a day that is told, on one foreseen from the acceptance, as if accepted on the as-of day for
#: an entry that is or is not liquidated, or on the as-of day.
END_RULES = ("told", "foreseen", "liquidated", "unliquidated", "as_of")
end_rule = f.text("end_rule", "Which day ends the interest where the as-of day falls", one_of=END_RULES)
high_growth = Field(
    "high_growth",
    GROWTH,
    "What a dollar earns from the earliest day of deposit, at the class of the upper bound where it is unknown",
    nullable=True,
)
accrual_days = f.whole(
    "accrual_days", "Days that accrue: by default from the day after the deposit to the end", at_least=0
)
reported_usd = f.usd("reported_usd", "Principal and interest of the entry in the refund, as CBP reports them")
ends_month = f.flag("ends_month", "Whether it is a month end, or the last day interest is booked for")
is_close = f.flag("is_close", "Whether a period was closed on it")
is_last = f.flag("is_last", "Whether it is the last day that interest is booked for")
month_opening_interest_usd = f.usd(
    "month_opening_interest_usd", "For a month end, interest to the month end before; nothing before the first"
)


class DepositTerms(TableContract):
    """One deposit of one entry summary with a principal, and what its interest runs on, apart from the as-of day."""

    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.partition_month,
        f.principal_usd.meaning("Part of the entry's principal paid with this deposit"),
        f.deposit_kind.optional(),
        f.deposit_date.optional(),
        f.deposit_date_basis.within(*ACCRUAL_START_BASES).optional(),
        f.deposit_earliest_date.optional(),
        f.day(
            "statement_latest_date",
            "Last day the deposit may have been made, if the importer pays by monthly statement and interest has not"
            " ended before",
        ).optional(),
        f.interest_start_rule,
        f.is_interest_for_review,
        end_rule,
        f.day(
            "told_end_date", "Day interest ends on, as reports tell it or the acceptance lets it be foreseen"
        ).optional(),
        f.text("told_end_basis", "What that day is").within(*f.ACCRUAL_END_BASES).optional(),
        f.accrual_end_reason.optional(),
        f.refund_date.optional(),
        f.ten_thousand_base_usd.meaning("Principal of the entry under the policy that counts 10,000 dollars by entry"),
        f.text(
            "ten_thousand_key", "Whose payment it belongs to, under the policy that counts 10,000 dollars by payment"
        ).optional(),
        f.rate_class,
        f.rate_class_high,
        f.is_rate_class_stated,
    )
    grain = ("entry_number", "deposit_sequence")


class OpenEnds(TableContract):
    """One way interest ends where no (re)liquidation is told, and the day that is as of the day."""

    fields = (end_rule, f.accrual_end_date, f.accrual_end_basis, f.accrual_end_reason.optional())
    grain = ("end_rule",)


class AccrualTerms(TableContract):
    """One deposit of one entry summary with a principal, and the terms its interest runs on."""

    source = "view"
    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.partition_month,
        f.principal_usd.meaning("Part of the entry's principal paid with this deposit"),
        f.deposit_kind.optional(),
        f.deposit_date.optional(),
        f.deposit_date_basis.within(*ACCRUAL_START_BASES).optional(),
        f.deposit_earliest_date.optional(),
        f.deposit_latest_date.optional(),
        f.interest_start_rule,
        f.is_interest_for_review,
        f.accrual_end_date,
        f.accrual_end_basis,
        f.accrual_end_reason.optional(),
        f.refund_date.optional(),
        f.ten_thousand_base_usd,
        f.rate_class,
        f.rate_class_high,
        f.is_rate_class_stated,
    )
    grain = ("entry_number", "deposit_sequence")


class AccrualSpans(TableContract):
    """One span of days that interest runs over by its terms, whatever deposits share it."""

    fields = (
        f.deposit_date,
        f.deposit_earliest_date,
        f.deposit_latest_date,
        f.accrual_end_date,
        f.rate_class,
        f.rate_class_high,
    )
    grain = (
        "deposit_date",
        "deposit_earliest_date",
        "deposit_latest_date",
        "accrual_end_date",
        "rate_class",
        "rate_class_high",
    )


class InterestFactors(TableContract):
    """One quarter of one accrual: how much a dollar deposited on the first day has grown to, in exact decimal."""

    source = "python"
    reads = ("refunds.accrual_spans", "registry.interest_rates", "registry.policies_in_force")
    made_by = INTEREST_CODE
    fields = (
        f.deposit_date,
        f.accrual_end_date,
        f.rate_class,
        f.quarter_start,
        f.days,
        f.annual_rate,
        Field("opening_factor", "DECIMAL(38,20)", "Worth of the dollar before the quarter's first day"),
        Field("closing_factor", "DECIMAL(38,20)", "Worth of the dollar after the quarter's last day"),
        f.is_rate_carried_forward,
    )
    grain = ("deposit_date", "accrual_end_date", "rate_class", "quarter_start")


class InterestWalks(TableContract):
    """One quarter of the interest on one amount, walked by itself: filled under policies that no factor can carry."""

    source = "python"
    reads = (
        "refunds.accrual_terms",
        "lines.duty_splits",
        "registry.interest_rates",
        "registry.policies_in_force",
    )
    made_by = INTEREST_CODE
    fields = (
        f.principal_usd.meaning("Amount that is walked"),
        f.ten_thousand_base_usd,
        f.deposit_date,
        f.accrual_end_date,
        f.rate_class,
        f.quarter_start,
        f.days,
        f.annual_rate,
        Field("opening_usd", UNROUNDED, "Principal and interest before the quarter, unrounded"),
        Field("interest_usd", UNROUNDED, "Interest of the quarter, unrounded"),
        Field("closing_usd", UNROUNDED, "Principal and interest after the quarter, unrounded"),
        f.is_rate_carried_forward,
    )
    grain = (
        "principal_usd",
        "ten_thousand_base_usd",
        "deposit_date",
        "accrual_end_date",
        "rate_class",
        "quarter_start",
    )


class InterestGrowth(TableContract):
    """What a dollar earns over one span that interest runs over by its terms."""

    fields = (
        *AccrualSpans.fields,
        accrual_days,
        Field("stated_growth", GROWTH, "What a dollar earns from the stated day of deposit", nullable=True),
        Field("least_growth", GROWTH, "What a dollar earns from the latest day of deposit", nullable=True),
        high_growth,
        f.is_rate_carried_forward,
    )
    grain = AccrualSpans.grain


class InterestExceptions(TableContract):
    """One deposit whose interest is more than its principal times the growth of a dollar, rounded once."""

    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.interest_usd.meaning("Interest, with cents made where the entry's deposits or the policy say").optional(),
        f.interest_low_usd.optional(),
        f.interest_high_usd.optional(),
        f.is_rate_carried_forward,
    )
    grain = ("entry_number", "deposit_sequence")


class InterestVersions(TableContract):
    """The version of the registry that decided all interest of terms: one row."""

    fields = (
        f.registry_version,
        f.whole("span_count", "Spans of days that interest runs over", at_least=0),
        f.whole("exception_count", "Deposits that stand in refunds.interest_exceptions", at_least=0),
    )
    grain = ("registry_version",)


class InterestAccruals(TableContract):
    """One deposit of one entry summary with a principal, and its interest."""

    source = "view"
    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.partition_month,
        f.principal_usd.meaning("Part of the entry's principal paid with this deposit"),
        f.deposit_kind.optional(),
        f.deposit_date.optional(),
        f.deposit_date_basis.within(*ACCRUAL_START_BASES).optional(),
        f.deposit_earliest_date.optional(),
        f.deposit_latest_date.optional(),
        f.interest_start_rule,
        f.is_interest_for_review,
        f.accrual_end_date,
        f.accrual_end_basis,
        f.accrual_end_reason.optional(),
        f.rate_class,
        f.is_rate_class_stated,
        accrual_days.optional(),
        f.interest_usd.meaning(
            "Interest, the least that class and day of deposit leave; cents are made where the policy says, by default"
            " once for the entry, so that its parts add up to it; unknown with a reason"
        ).optional(),
        f.interest_low_usd.optional(),
        f.interest_high_usd.optional(),
        f.is_rate_carried_forward,
        f.text("interest_unknown_reason", "Why there is no interest")
        .within("deposit_date_unknown", "deposits_unlike_principal", "deposit_after_end", "rates_not_published")
        .optional(),
        f.registry_version,
    )
    grain = ("entry_number", "deposit_sequence")


class InterestSegments(TableContract):
    """One quarter of the interest on one deposit of an entry: the walk an auditor can follow."""

    source = "view"
    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.quarter_start,
        f.days,
        f.annual_rate,
        Field("opening_usd", UNROUNDED, "Principal and interest before the quarter, unrounded"),
        Field("interest_usd", UNROUNDED, "Interest of the quarter, unrounded"),
        Field("closing_usd", UNROUNDED, "Principal and interest after the quarter, unrounded"),
        f.is_rate_carried_forward,
    )
    grain = ("entry_number", "deposit_sequence", "quarter_start")


class EntryInterest(TableContract):
    """One entry summary: principal and interest over all its deposits."""

    source = "view"
    fields = (
        f.entry_number,
        f.principal_usd,
        f.interest_usd.optional(),
        f.interest_low_usd.optional(),
        f.interest_high_usd.optional(),
        f.is_interest_for_review,
        f.is_rate_carried_forward,
    )
    grain = ("entry_number",)


class LateWaits(TableContract):
    """One entry in one CAPE refund, or reliquidated and in none yet, and what ends its wait for the money."""

    fields = (
        f.entry_number,
        f.refund_key,
        f.refund_number.optional(),
        f.liquidation_date,
        f.payment_date.optional(),
        f.payment_basis.optional(),
        f.rejected_since_date.optional(),
        reported_usd.optional(),
        f.rate_class,
        f.rate_class_high,
    )
    grain = ("entry_number", "refund_key")


class LateTerms(TableContract):
    """One entry in one CAPE refund, or reliquidated and in none yet, and the 30-day periods it has waited."""

    source = "view"
    fields = (
        f.entry_number,
        f.refund_key,
        f.refund_number.optional(),
        f.liquidation_date,
        f.payment_date.optional(),
        f.payment_basis.optional(),
        f.rejected_since_date.optional(),
        f.days_to_payment,
        f.excluded_days,
        f.late_periods,
        f.whole("late_periods_high", "Whole 30-day periods that bear interest, the excluded days counted", at_least=0),
        f.late_end_date,
        f.day("late_end_high_date", "Last day that bears late interest, the excluded days counted"),
        reported_usd.optional(),
        f.rate_class,
        f.rate_class_high,
        f.as_of_date,
    )
    grain = ("entry_number", "refund_key")


class LateFactors(TableContract):
    """One span of whole 30-day periods at one class: how much a dollar that is paid late has grown to."""

    source = "python"
    reads = ("refunds.late_terms", "registry.interest_rates", "registry.policies_in_force")
    made_by = INTEREST_CODE
    fields = (
        f.liquidation_date,
        f.late_end_date.meaning("Last day of the last whole period"),
        f.rate_class,
        Field("growth_factor", "DECIMAL(38,20)", "Worth of the dollar after the day"),
        f.is_rate_carried_forward,
    )
    grain = ("liquidation_date", "late_end_date", "rate_class")


class LateInterest(TableContract):
    """One entry in one CAPE refund, or reliquidated and in none yet, and the interest for paying it late."""

    source = "view"
    fields = (
        f.entry_number,
        f.refund_key,
        f.refund_number.optional(),
        f.liquidation_date,
        f.payment_date.optional(),
        f.payment_basis.optional(),
        f.days_to_payment,
        f.excluded_days,
        f.late_periods,
        f.usd("balance_usd", "Principal and interest to (re)liquidation that were to be paid").optional(),
        f.text("balance_basis", "Whose figure the balance is: CBP's for the refund, or the expected one of the entry")
        .within("reported", "expected")
        .optional(),
        f.rate_class,
        f.usd("late_interest_usd", "Late interest due by the payment, else by the as-of day; the least").optional(),
        f.usd(
            "late_interest_high_usd",
            "The same with the excluded days counted, and at the higher class where it is unknown",
        ).optional(),
        f.is_rate_carried_forward,
        f.text("late_unknown_reason", "Why there is no late interest")
        .within("balance_unknown", "rates_not_published")
        .optional(),
        f.as_of_date,
    )
    grain = ("entry_number", "refund_key")


class FiledDeclarations(TableContract):
    """One declaration that was filed, as far as a claim, an uploaded file or the user's declarations.csv tells."""

    fields = (
        f.declaration_id,
        f.claim_number.optional(),
        f.file_name.optional().hidden(),
        f.file_sha256.meaning("sha256 of the uploaded file").optional(),
        f.file_link.within("named", "same_entries", "uploaded", "external"),
        f.filed_date.optional(),
        f.accepted_date.meaning("Day CBP accepted it, as the user states it").optional(),
        f.cbp_status.optional(),
        f.text("stated_status", "What that status means; a text that is not known is no answer").within(
            "filed", "rejected_file", "accepted", "accepted_with_errors", "rejected", "abandoned"
        ),
        f.submitter_type.optional(),
        f.submitter_id.optional(),
    )
    grain = ("declaration_id",)


class FilingCandidates(TableContract):
    """One entry that may be filed today, or refiled once its cause is gone, and why it is on no draft."""

    fields = (
        f.entry_number,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.filer_code.optional(),
        f.cape_status,
        f.recommended_path.within("file_cape", "fix_and_refile"),
        f.is_refiling,
        f.submitter_type.optional(),
        f.submitter_id.optional(),
        f.undrafted_reason.optional(),
        f.texts("unattested_facts", "Facts no report holds, the user has not stated and nobody vouches for"),
        f.attestations,
        f.flag("is_status_stale", "Whether its liquidation status is older than 14 days, or than its usual cycle"),
        f.exclusion_reason.optional(),
        f.excluded_by.optional(),
        f.excluded_on.optional(),
        f.text("waiting_declaration_id", "Filed declaration it is on, whose result is not known yet").optional(),
        f.text("draft_group", "What shares draft files: submitter, importer, a broker's filer code, and refiling"),
    )
    grain = ("entry_number",)


class Declarations(TableContract):
    """One CAPE declaration: drafted here, filed, or known to CBP."""

    fields = (
        f.declaration_id,
        f.claim_number.optional(),
        f.importer_number.optional(),
        f.filer_code.optional(),
        f.submitter_type.optional(),
        f.submitter_id.optional(),
        f.entry_count.meaning("Entries on it"),
        f.whole("accepted_entry_count", "Entries CBP accepted", at_least=0),
        f.whole("failed_entry_count", "Entries CBP failed", at_least=0),
        f.usd("declared_principal_usd", "Certain principal of its entries").optional(),
        f.file_name.optional().hidden(),
        f.file_sha256.optional(),
        f.file_link,
        f.text("status", "Where the declaration stands").within(
            "drafted", "filed", "rejected_file", "accepted", "accepted_with_errors", "rejected", "abandoned"
        ),
        f.cbp_status.optional(),
        f.day("drafted_at", "Day it is drafted for: the as-of day; known for drafts only").optional(),
        f.filed_date.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.is_refiling,
        f.attestations,
        f.as_of_date,
    )
    grain = ("declaration_id",)


class DeclarationEntries(TableContract):
    """One entry on one declaration."""

    fields = (
        f.declaration_id,
        f.entry_number,
        f.whole("row_number", "Its row among the declaration's entries", at_least=1),
        f.claim_outcome.meaning("What CBP decided; unknown on a draft").within("accepted", "failed", "unknown"),
    )
    grain = ("declaration_id", "entry_number")


class Resubmissions(TableContract):
    """One entry that CAPE failed last, with what CBP's message means now and what must be put right first."""

    fields = (
        f.entry_number,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.filer_code.optional(),
        f.claim_number.meaning("CAPE claim on which it failed; 'unknown' where the export has none"),
        f.day("failed_date", "Day CBP's verdict is known from").optional(),
        f.message.meaning("CBP's message in upper case").in_full().optional(),
        f.text("meaning", "What it means").optional(),
        f.text("message_state", "Whether CBP still gives the message").within(
            "in_use", "dropped", "split", "not_in_catalogue"
        ),
        f.day("message_last_date", "Last day CBP gave it, where that is past").optional(),
        f.successors.optional(),
        f.remedy.meaning("What registry.cape_messages says can be done").optional(),
        f.cape_status,
        f.recommended_path,
        f.text("resubmission_state", "Where refiling it stands").within(
            "drafted", "refiled", "held_back", "fix_first", "review", "not_now", "too_late"
        ),
        f.text("first_step", "What must be done first"),
        f.flag("is_ready_now", "Whether it stands on a draft that can be uploaded now"),
        f.cape_deadline_date.meaning("Last day CAPE takes it: day 80 after the newest liquidation").optional(),
        f.psc_deadline_date.optional(),
        f.undrafted_reason.optional(),
        f.text("draft_declaration_id", "New draft it stands on").optional(),
        f.refund_principal_usd.optional(),
        f.as_of_date,
    )
    grain = ("entry_number",)


#: What both tables of batched entries begin and end with.
BATCHED = (
    f.batch_id,
    f.entry_number,
    f.payee_number.meaning("Who is paid; 'unknown' where no report names an importer"),
    f.payee_key.meaning("Payee number without separators and without a 00 suffix; 'unknown' likewise"),
    f.payee_basis,
    f.is_payee_ambiguous,
    f.importer_number.optional(),
    f.importer_key.optional(),
    f.liquidation_date.optional(),
    f.liquidation_basis.within("actual", "forecast"),
    f.liquidation_track,
    f.forecast_basis.optional(),
)
REFUNDED = (
    f.refund_number.optional(),
    f.es022_principal_usd.meaning("Principal of the entry's refunds in ES-022").optional(),
    f.es022_interest_usd.meaning("Interest of the entry's refunds in ES-022").optional(),
)


class BatchMembers(TableContract):
    """One accepted entry and the payment batch it belongs to, before interest."""

    fields = (
        *BATCHED,
        f.forecast_liquidation_date.optional(),
        f.is_forecast_passed,
        f.undated_reason.optional(),
        f.text(
            "unforeseen_reason", "Why no liquidation was foreseen from the acceptance, whatever has come"
        ).optional(),
        f.claim_number.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.principal_usd.optional(),
        *REFUNDED,
    )
    grain = ("entry_number",)


class BatchEntries(TableContract):
    """One accepted entry and the payment batch it belongs to, with its interest."""

    source = "view"
    fields = (
        *BATCHED,
        f.is_forecast_passed,
        f.undated_reason.optional(),
        f.claim_number.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.principal_usd.optional(),
        f.interest_usd.optional(),
        *REFUNDED,
    )
    grain = ("entry_number",)


class PaymentWindows(TableContract):
    """One payment batch under one timing policy, and the days payment is expected on by it."""

    source = "view"
    fields = (
        f.batch_id,
        f.timing_policy,
        f.payee_number,
        f.liquidation_date.optional(),
        f.payment_from_date.optional(),
        f.payment_to_date.optional(),
        f.flag("is_policy_of_run", "Whether the run uses this policy"),
    )
    grain = ("batch_id", "timing_policy")


class RefundBatches(TableContract):
    """One payment CBP makes: all accepted entries of one payee with one (re)liquidation date."""

    partition = "liquidation_month"
    fields = (
        f.batch_id,
        f.partition_month,
        f.payee_number,
        f.is_payee_ambiguous.meaning(
            "Whether for one of its entries it cannot be told if importer or notify party is paid"
        ),
        f.liquidation_date.optional(),
        f.liquidation_basis.within("actual", "forecast"),
        f.is_forecast_passed.meaning(
            "Whether an entry of it should have liquidated before the as-of day and none shows"
        ),
        f.undated_reason.optional(),
        f.whole("entry_count", "Entries in it", at_least=1),
        f.whole("declaration_count", "Declarations they come from", at_least=0),
        f.importer_count,
        f.principal_usd.optional(),
        f.interest_usd.optional(),
        f.total_usd.optional(),
        f.whole("es022_entry_count", "Entries of it for which ES-022 shows a refund amount", at_least=0),
        f.es022_principal_usd.meaning("Principal of its entries in ES-022; unknown unless it shows all").optional(),
        f.es022_interest_usd.meaning("Interest of its entries in ES-022; unknown unless it shows all").optional(),
        f.payment_from_date.optional(),
        f.payment_to_date.optional(),
        f.timing_policy,
        f.refund_numbers,
        f.as_of_date,
    )
    grain = ("batch_id",)


class WhatIfFiledToday(TableContract):
    """One payment that would come if CAPE accepted on the as-of day every entry it would take; nothing is claimed."""

    fields = (
        f.batch_id,
        f.payee_number.meaning("Who would be paid; 'unknown' where no report names an importer"),
        f.is_payee_ambiguous.meaning(
            "Whether for one of its entries it cannot be told if importer or notify party is paid"
        ),
        f.forecast_liquidation_date.optional(),
        f.undated_reason.optional(),
        f.whole("entry_count", "Entries in it", at_least=1),
        f.importer_count,
        f.principal_usd.optional(),
        f.interest_usd.optional(),
        f.total_usd.optional(),
        f.payment_from_date.optional(),
        f.payment_to_date.optional(),
        f.timing_policy,
        f.as_of_date,
    )
    grain = ("batch_id",)


class ForecastOutcomes(TableContract):
    """One accepted entry: what was foreseen of its liquidation and payment from the acceptance, and what came."""

    source = "view"
    fields = (
        f.entry_number,
        f.batch_id,
        f.accepted_date.optional(),
        f.accepted_date_basis.optional(),
        f.liquidation_track,
        f.forecast_liquidation_date.optional(),
        f.undated_reason.optional(),
        f.day("actual_liquidation_date", "(Re)liquidation a report shows").optional(),
        f.whole(
            "liquidation_days_apart", "Days from the liquidation foreseen to the actual one; negative: earlier"
        ).optional(),
        f.text("liquidation_outcome", "How the forecast of the liquidation came out").within(
            "as_foreseen", "earlier", "later", "not_yet", "passed", "not_foreseen", "unforeseen_and_came"
        ),
        f.timing_policy,
        f.payment_from_date.meaning("First day payment was expected by the liquidation foreseen").optional(),
        f.payment_to_date.meaning("Last day payment was expected by the liquidation foreseen").optional(),
        f.refund_number.optional(),
        f.refund_date.optional(),
        f.bank_value_date.optional(),
        f.payment_date.meaning(
            "Day the entry was paid: at the bank, else, without bank lines, as the refund is dated"
        ).optional(),
        f.text("payment_date_basis", "Where that day is from").within("bank", "refund_report").optional(),
        f.whole(
            "payment_days_apart", "Days the payment lies outside the window; negative: before it, 0: inside"
        ).optional(),
        f.text("payment_outcome", "How the forecast of the payment came out").within(
            "inside", "early", "late", "open", "overdue", "not_foreseen"
        ),
        f.as_of_date,
    )
    grain = ("entry_number",)


class PaymentLags(TableContract):
    """One step on the way of a refund and how many days it has taken so far, beside what the timing policy says.

    A quartile needs four cases and the ninth decile ten: with fewer they are unknown. Days are as observed.
    """

    fields = (
        f.text("lag", "From what to what").within(
            "acceptance_to_liquidation",
            "liquidation_to_refund",
            "refund_to_bank",
            "acceptance_to_payment",
            "liquidation_to_payment",
        ),
        f.liquidation_track,
        f.entry_count.meaning("Entries that have taken the step"),
        f.whole("min_days", "Fewest days"),
        f.whole("first_quartile_days", "Days that a quarter of the entries did not exceed").optional(),
        f.whole("median_days", "Days that half of them did not exceed").optional(),
        f.whole("third_quartile_days", "Days that three quarters of them did not exceed").optional(),
        f.whole("ninth_decile_days", "Days that nine tenths of them did not exceed").optional(),
        f.whole("max_days", "Most days"),
        f.timing_policy,
        f.whole("policy_days_from", "Fewest days by the policy of the run, where it speaks of the step").optional(),
        f.whole("policy_days_to", "Most days by it").optional(),
        f.as_of_date,
    )
    grain = ("lag", "liquidation_track")


class BookTerms(TableContract):
    """One deposit of one entry summary with a principal, and the days its interest is booked for as of the day."""

    source = "view"
    fields = (
        f.entry_number,
        f.deposit_sequence,
        f.principal_usd.meaning("Part of the entry's principal paid with this deposit"),
        f.deposit_date.optional(),
        f.deposit_earliest_date.optional(),
        f.deposit_latest_date.optional(),
        f.interest_start_rule,
        f.rate_class,
        f.text("rate_class_high", "Class of the upper bound where the importer's class is unknown").within(
            *f.RATE_CLASSES
        ),
        f.accrued_through_date,
        f.accrual_end_basis,
    )
    grain = ("entry_number", "deposit_sequence")


class BookedSpans(TableContract):
    """One span of days that interest is booked for, whatever deposits share it."""

    fields = (
        f.deposit_earliest_date,
        f.deposit_latest_date,
        f.accrued_through_date,
        f.rate_class,
        f.rate_class_high,
    )
    grain = (
        "deposit_earliest_date",
        "deposit_latest_date",
        "accrued_through_date",
        "rate_class",
        "rate_class_high",
    )


class AccrualDates(TableContract):
    """One day up to which the books need the interest of a span: a month end, a close, or the span's last day."""

    fields = (
        f.deposit_earliest_date,
        f.accrued_through_date,
        f.through_date,
        ends_month,
        is_close,
    )
    grain = ("deposit_earliest_date", "accrued_through_date", "through_date")


class InterestPeriodFactors(TableContract):
    """What a dollar deposited on one day has grown to by another on which the books look, in exact decimal."""

    source = "python"
    reads = (
        "refunds.booked_spans",
        "refunds.accrual_dates",
        "registry.interest_rates",
        "registry.policies_in_force",
    )
    made_by = (*INTEREST_CODE, "cape_pipeline.assets.books")
    fields = (
        f.deposit_date,
        f.through_date,
        f.rate_class,
        Field("growth_factor", "DECIMAL(38,20)", "Worth of the dollar after the day"),
        f.is_rate_carried_forward,
    )
    grain = ("deposit_date", "through_date", "rate_class")


class BookedGrowth(TableContract):
    """What a dollar has earned over one span that interest is booked for by one day the books need."""

    fields = (
        *BookedSpans.fields,
        f.through_date,
        ends_month,
        is_close,
        Field("low_growth", GROWTH, "The least that class and day of deposit leave", nullable=True),
        high_growth,
        Field(
            "month_opening_growth",
            GROWTH,
            "For a month end, the least to the month end before; nothing before the first",
            nullable=True,
        ),
        f.is_rate_carried_forward,
    )
    grain = (*BookedSpans.grain, "through_date")


class AccruedExceptions(TableContract):
    """One entry summary with several deposits, and its interest up to a day the books need."""

    fields = (
        f.entry_number,
        f.through_date,
        ends_month,
        is_close,
        is_last,
        f.interest_usd.meaning("Interest to the day, the least that class and day of deposit leave").optional(),
        f.interest_high_usd.optional(),
        month_opening_interest_usd.optional(),
        f.is_rate_carried_forward,
        f.books_interest_unknown_reason.optional(),
    )
    grain = ("entry_number", "through_date")


class AccruedInterest(TableContract):
    """One entry summary with a principal, and its interest up to a month end, a close, or the last day it is booked."""

    source = "view"
    fields = AccruedExceptions.fields
    grain = ("entry_number", "through_date")
