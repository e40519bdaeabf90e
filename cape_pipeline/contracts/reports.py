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
