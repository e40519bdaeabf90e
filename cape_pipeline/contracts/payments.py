"""What the tables of `payments` promise: what CBP paid, what is missing, why, and what to do next.

Belongs here: refunds as reported and as received, against what was computed. Does not belong here: the computation
itself (`refunds`) or reports over many refunds (`reports`).
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import TableContract


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
        f.cause.within(
            "agrees",
            "principal_below_expected",
            "principal_above_expected",
            "interest_below_expected",
            "interest_above_expected",
            "no_baseline",
            "expected_interest_unknown",
            "cbp_amount_missing",
            "not_yet_refunded",
        ),
        f.load_id.optional(),
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
        f.deposited_usd,
        f.diverted_usd,
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
        f.entry_count,
        f.whole("claim_count", "Claims they come from", at_least=0),
        f.as_of_date,
    )
    grain = ("reconciliation_key",)


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


class Alerts(TableContract):
    """One thing somebody should look at, since when, and what to do."""

    fields = (
        f.text("alert_key", "Alert code and what it concerns, in one text"),
        f.text("alert_code", "This project's code of the alert"),
        f.severity.within("right_at_risk", "money_missing", "information"),
        f.entry_number.optional(),
        f.refund_number.optional(),
        f.claim_number.optional(),
        f.importer_number.optional(),
        f.amount_usd.meaning("Money at stake").optional(),
        f.day("since_date", "Day it began"),
        f.whole("days_late", "Days since then", at_least=0),
        f.day("due_date", "Last day to act").optional(),
        f.message.meaning("What is the matter"),
        f.next_action,
        f.as_of_date,
    )
    grain = ("alert_key",)
