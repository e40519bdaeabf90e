"""What the tables of `payments` promise: what CBP paid, what is missing, why, and what to do next.

Belongs here: refunds as reported and as received, against what was computed. Does not belong here: the computation
itself (`refunds`) or reports over many refunds (`reports`).
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import Field, TableContract


class EntryRefunds(TableContract):
    """One entry in one refund, principal and interest apart; or one accepted entry that is in no refund yet."""

    fields = (
        f.entry_number,
        f.refund_number.optional(),
        f.text("refund_key", "The refund number, or none"),
        f.claim_number.optional(),
        f.importer_number.optional(),
        f.payee_number.optional(),
        f.liquidation_date.optional(),
        f.expected_principal_usd.optional(),
        f.expected_interest_usd.optional(),
        f.usd("cbp_principal_usd", "Principal as CBP reports it").optional(),
        f.usd("cbp_interest_usd", "Interest as CBP reports it").optional(),
        f.usd("principal_variance_usd", "CBP's principal less the expected one").optional(),
        f.usd("interest_variance_usd", "CBP's interest less the expected one").optional(),
        f.interest_variance_days.optional(),
        f.usd("late_interest_usd", "Late interest due by the payment, else by the as-of day; the least").optional(),
        f.usd(
            "other_duty_change_usd",
            "Other duty after less before; it may rise lawfully where a 15 % heading gives way to the ordinary duty",
        ).optional(),
        f.cause.within(*f.ENTRY_CAUSES).meaning(f.ENTRY_CAUSES_IN_WORDS),
        f.is_material,
        f.source_load_id.optional(),
        f.source_row.optional(),
    )
    grain = ("entry_number", "refund_key")


class Rev603Reconciliation(TableContract):
    """One CAPE refund, or one batch CBP shows no refund for yet: expected, reported and received, to the cent."""

    partition = "refund_month"
    fields = (
        f.text("reconciliation_key", "The refund number, or the batch"),
        f.partition_month,
        f.refund_number.optional(),
        f.payee_number.optional(),
        f.liquidation_date.optional(),
        f.match_status,
        f.cause.meaning("What explains the status"),
        f.variance_causes,
        f.next_action,
        f.usd("expected_usd", "Principal and interest this pipeline expects").optional(),
        f.expected_principal_usd.optional(),
        f.expected_interest_usd.optional(),
        f.es022_usd.optional(),
        f.es022_principal_usd.optional(),
        f.es022_interest_usd.optional(),
        f.rev603_usd.optional(),
        f.usd("entry_variance_usd", "ES-022 less expected").optional(),
        f.usd("consolidation_variance_usd", "REV-603 less ES-022").optional(),
        f.usd("refund_variance_usd", "What CBP certifies, by REV-603 or else ES-022, less expected").optional(),
        f.rate("refund_variance_rate", "The same as a share of the expected amount").optional(),
        f.is_material.meaning("Whether it exceeds the limits of materiality, so that a request to CBP is written"),
        f.deposited_usd,
        f.diverted_usd,
        f.netted_offset_usd,
        f.rejected_usd,
        f.pending_usd,
        f.unexplained_usd.optional(),
        f.trace_number.optional(),
        f.refund_date.optional(),
        f.refund_status.optional(),
        f.refund_secondary_status.optional(),
        f.refund_type.optional(),
        f.bank_value_date.optional(),
        f.bank_credit_count,
        f.match_basis.optional(),
        f.candidate_credits,
        f.bill_numbers,
        f.reissue_of.optional(),
        f.reissued_as.optional(),
        f.flag("is_counted", "Whether it counts in totals: a refund, and not one that was issued again"),
        f.entry_count,
        f.whole("claim_count", "Claims they come from", at_least=0),
        f.importer_count,
        f.as_of_date,
    )
    grain = ("reconciliation_key",)


class CashWaterfall(TableContract):
    """The way from what was computed to the cash, over the refunds of one payee or of all."""

    fields = (
        f.text("waterfall_of", "Payee, or all payees, in one text"),
        f.payee_number.meaning("The payee; unknown for all payees").optional(),
        f.whole("refund_count", "Refunds that count", at_least=0),
        f.expected_principal_usd.meaning("Principal expected of the refunds whose ES-022 amount it is compared with"),
        f.expected_interest_usd.meaning("Interest expected of the same"),
        f.usd("entry_variance_usd", "ES-022 less expected"),
        f.usd("not_expected_usd", "ES-022 of refunds of which no amount could be expected"),
        f.es022_usd.meaning("Principal and interest of ES-022"),
        f.usd("consolidation_variance_usd", "REV-603 less ES-022"),
        f.usd("not_in_es022_usd", "REV-603 of refunds whose ES-022 amount is not known"),
        f.usd("not_in_rev603_usd", "ES-022 of refunds whose REV-603 total is not known"),
        f.rev603_usd.meaning("Totals of REV-603"),
        f.diverted_usd,
        f.rejected_usd,
        f.pending_usd,
        f.deposited_usd,
        f.unexplained_usd.meaning("What is left, signed"),
        f.netted_offset_usd.meaning("Offsets that the totals of REV-603 already leave out, beside the way"),
        f.whole("amount_unknown_count", "Refunds no report states a whole amount of; they are in no sum", at_least=0),
        f.as_of_date,
    )
    grain = ("waterfall_of",)


class BankCredits(TableContract):
    """One line at the bank, and what of it is explained."""

    fields = (
        f.credit_key,
        f.value_date,
        f.account_last_four.optional(),
        f.trace_key.optional(),
        f.description.meaning("Bank's description").optional(),
        f.amount_usd.meaning("Amount of one such line; debits negative"),
        f.credit_count,
        f.credit_total_usd,
        f.explained_usd,
        f.unexplained_usd.meaning("Rest of a credit of CBP that is not explained; no part of other lines"),
        f.credit_finding,
        f.match_basis.optional(),
        f.refund_numbers.meaning("Refunds it pays"),
        f.candidate_refunds,
        f.load_id,
        f.source_row,
        f.as_of_date,
    )
    grain = ("credit_key",)


class MaterialityLimits(TableContract):
    """What one importer takes for immaterial as of the day."""

    fields = (
        f.text("limit_key", "Importer number as joins use it; empty for all that no importer is known of"),
        f.materiality_basis,
        f.usd("principal_limit_usd", "Difference in the principal of an entry"),
        f.usd("interest_limit_usd", "Difference in the interest of an entry"),
        f.whole("interest_limit_days", "Days of interest the difference may be equal to", at_least=0),
        f.usd("refund_limit_usd", "Difference of a refund between reports, or to the bank"),
        Field("refund_limit_pct", "DECIMAL(18,2)", "Difference of a refund in percent of what was computed").optional(),
    )
    grain = ("limit_key",)


class OtherRefunds(TableContract):
    """One refund in REV-603 that is not known to be a CAPE refund: listed, never dropped."""

    fields = (
        f.refund_number,
        f.refund_class.meaning("Whether its type names another route or none").within("other", "unknown"),
        f.refund_type.optional(),
        f.document_number.optional(),
        f.entry_number.optional().meaning("The entry, where the document number is one"),
        f.payee_number.optional(),
        f.refund_date.optional(),
        f.total_usd.meaning("Total of the refund").optional(),
        f.refund_secondary_status.optional(),
    )
    grain = ("refund_number",)


class RefundStatusHistory(TableContract):
    """One state in which one received REV-603 showed a refund."""

    fields = (
        f.refund_number,
        f.load_id,
        f.load_number,
        f.report_run_date.optional(),
        f.refund_status.optional(),
        f.refund_secondary_status.optional(),
        f.rev603_usd.optional(),
        f.trace_number.optional(),
    )
    grain = ("refund_number", "load_id")


#: What every concern tells; it becomes an alert on the day the clock of its code says.
CONCERN = (
    f.claim_number.optional(),
    f.importer_number.optional(),
    f.amount_usd.meaning("Money at stake; unknown where a part of it is").optional(),
    f.day("concern_date", "Day the clock of the code counts from or to; nothing where no report tells it").optional(),
    f.day("due_date", "Last day to act").optional(),
    f.message.meaning("What is the matter, in a sentence"),
)


class EntryConcerns(TableContract):
    """One thing that is or will be the matter with one entry summary: an alert from the day its clock says."""

    source = "view"
    fields = (f.alert_code, f.entry_number, *CONCERN)
    grain = ("alert_code", "entry_number")


class RefundConcerns(TableContract):
    """One thing that is or will be the matter with one refund: an alert from the day its clock says."""

    fields = (f.alert_code, f.refund_number, *CONCERN)
    grain = ("alert_code", "refund_number")


class WiderConcerns(TableContract):
    """One thing that is or will be the matter with a declaration, a batch, a payee or a report, not with one entry."""

    fields = (
        f.alert_code,
        f.text("subject", "Declaration, batch, payee or report it concerns"),
        *CONCERN,
    )
    grain = ("alert_code", "subject")


class Alerts(TableContract):
    """One thing somebody should look at as of the day: since when, how much, what to do, and who has seen to it.

    Nothing is remembered: `first_seen` is computed, and `acknowledged_by` stands in the user's alerts_ack.csv.
    """

    fields = (
        f.alert_key,
        f.alert_code,
        f.severity.within(*f.ALERT_SEVERITIES).meaning(f.SEVERITY_OF_ALERT),
        f.whole("severity_order", "1 for the worst, to sort by", at_least=1),
        f.entry_number.optional(),
        f.refund_number.optional(),
        f.claim_number.optional(),
        f.importer_number.optional(),
        f.client_id.meaning("Client of that importer, from importers.csv").optional(),
        f.amount_usd.meaning("Money at stake; unknown where a part of it is").optional(),
        f.day("since_date", "Day its limit was reached, or it happened; the as-of day where no report tells it"),
        f.whole("days_late", "Days since then", at_least=0),
        f.day("first_seen", "First day on which the alert stood, as computed"),
        f.day("due_date", "Last day to act").optional(),
        f.message.meaning("What is the matter, in a sentence"),
        f.next_action,
        f.cbp_mailbox.optional(),
        f.flag("is_acknowledged", "Whether alerts_ack.csv says that it was seen to, since it stood and until now"),
        f.acknowledged_by.optional(),
        f.acknowledged_on.optional(),
        f.acknowledged_note.optional(),
        f.as_of_date,
    )
    grain = ("alert_key",)
