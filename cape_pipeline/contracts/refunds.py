"""What the tables of `refunds` promise: how much with interest, filed how, liquidated when, in which batch.

Belongs here: interest, declarations and payment batches as computed. Does not belong here: what CBP and the bank say
was paid (`payments`).
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import Field, TableContract

#: The growth of a dollar follows from the days and class of the terms, by the rates of the registry.
FACTORS_OF_TERMS = {"refunds.interest_factors": "refunds.accrual_terms"}


class AccrualTerms(TableContract):
    """One entry summary with a principal, and the terms its interest runs on."""

    fields = (
        f.entry_number,
        f.partition_month,
        f.principal_usd,
        f.deposit_date.optional(),
        f.deposit_date_basis.optional(),
        f.accrual_end_date,
        f.accrual_end_basis,
        f.rate_class,
        f.text("rate_class_high", "Class of the upper bound where the importer's class is unknown").within(
            *f.RATE_CLASSES
        ),
        f.is_rate_class_stated,
    )
    grain = ("entry_number",)


class InterestFactors(TableContract):
    """One quarter of one accrual: how much a dollar deposited on the first day has grown to, in exact decimal."""

    source = "python"
    reads = ("refunds.accrual_terms", "registry.interest_rates", "registry.policies_in_force")
    made_by = ("cape_pipeline.interest", "cape_pipeline.assets.interest")
    fields = (
        f.deposit_date,
        f.accrual_end_date,
        f.rate_class,
        f.quarter_start,
        f.days,
        f.annual_rate,
        Field("opening_factor", "DECIMAL(38,20)", "Worth of the dollar before the quarter's first day"),
        Field("closing_factor", "DECIMAL(38,20)", "Worth of the dollar after the quarter's last day"),
    )
    grain = ("deposit_date", "accrual_end_date", "rate_class", "quarter_start")


class InterestAccruals(TableContract):
    """One entry summary with a principal, and its interest."""

    partition = "entry_month"
    reads_through = FACTORS_OF_TERMS
    fields = (
        f.entry_number,
        f.partition_month,
        f.principal_usd,
        f.deposit_date.optional(),
        f.deposit_date_basis.optional(),
        f.accrual_end_date,
        f.accrual_end_basis,
        f.rate_class,
        f.is_rate_class_stated,
        f.whole(
            "accrual_days", "Days that accrue: from the day after the deposit to the end, both counted", at_least=0
        ).optional(),
        f.interest_usd.optional(),
        f.usd("interest_high_usd", "Interest at the higher class where the class is unknown").optional(),
        f.text("interest_unknown_reason", "Why there is no interest")
        .within("deposit_date_unknown", "deposit_after_end", "rates_not_published")
        .optional(),
        f.registry_version,
    )
    grain = ("entry_number",)


class InterestSegments(TableContract):
    """One quarter of one entry's interest: the walk an auditor can follow."""

    source = "view"
    fields = (
        f.entry_number,
        f.quarter_start,
        f.days,
        f.annual_rate,
        Field("opening_usd", "DECIMAL(38,22)", "Principal and interest before the quarter, unrounded"),
        Field("interest_usd", "DECIMAL(38,22)", "Interest of the quarter, unrounded"),
        Field("closing_usd", "DECIMAL(38,22)", "Principal and interest after the quarter, unrounded"),
    )
    grain = ("entry_number", "quarter_start")


class EntryInterest(TableContract):
    """One entry summary: principal and interest over all its deposits."""

    source = "view"
    fields = (f.entry_number, f.principal_usd, f.interest_usd.optional())
    grain = ("entry_number",)


class FiledDeclarations(TableContract):
    """One declaration that was filed, as far as a claim, an uploaded file or the user's declarations.csv tells."""

    fields = (
        f.declaration_id,
        f.claim_number.optional(),
        f.file_name.optional(),
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
        f.file_name.optional(),
        f.file_sha256.optional(),
        f.file_link,
        f.text("status", "Where the declaration stands").within(
            "drafted", "filed", "rejected_file", "accepted", "accepted_with_errors", "rejected", "abandoned"
        ),
        f.cbp_status.optional(),
        f.day("drafted_on", "Day it is drafted for: the as-of day; known for drafts only").optional(),
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
        f.message.meaning("CBP's message in upper case").optional(),
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
        f.day(
            "psc_last_date", "Last day to correct it: 300 days after entry and 15 days before the scheduled liquidation"
        ).optional(),
        f.undrafted_reason.optional(),
        f.text("draft_declaration_id", "New draft it stands on").optional(),
        f.refund_principal_usd.optional(),
        f.as_of_date,
    )
    grain = ("entry_number",)


class BatchEntries(TableContract):
    """One accepted entry and the payment batch it belongs to."""

    fields = (
        f.batch_id,
        f.entry_number,
        f.payee_number.meaning("Who is paid; 'unknown' where no report names an importer"),
        f.liquidation_date.optional(),
        f.liquidation_basis.within("actual", "forecast"),
        f.undated_reason.optional(),
        f.claim_number.optional(),
        f.accepted_date.optional(),
        f.principal_usd.optional(),
        f.interest_usd.optional(),
        f.refund_number.optional(),
    )
    grain = ("entry_number",)


class RefundBatches(TableContract):
    """One payment CBP makes: all accepted entries of one payee with one (re)liquidation date."""

    partition = "liquidation_month"
    fields = (
        f.batch_id,
        f.partition_month,
        f.payee_number,
        f.liquidation_date.optional(),
        f.liquidation_basis.within("actual", "forecast"),
        f.undated_reason.optional(),
        f.whole("entry_count", "Entries in it", at_least=1),
        f.whole("declaration_count", "Declarations they come from", at_least=0),
        f.principal_usd.optional(),
        f.interest_usd.optional(),
        f.total_usd.optional(),
        f.day("payment_from_date", "First day payment is expected").optional(),
        f.day("payment_to_date", "Last day payment is expected").optional(),
        f.timing_policy,
        f.texts("refund_numbers", "Refunds CBP reports for its entries"),
        f.as_of_date,
    )
    grain = ("batch_id",)
