"""The sheets of tables: from which SELECT, with which columns, what is summed, and which cells are formulas.

Belongs here: the choice of what finance sees, as data. Does not belong here: how it is written (`filling`), the first
sheet (`summary`), and any figure that no table holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.contract import Field

CHECK = "must be 0.00; empty where one of the amounts is unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. In `formula`, `{name}` is the cell of that column in the same row."""

    field: Field
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that shows the rows of a SELECT, which gives every column by its name, also the value of a formula."""

    name: str
    about: str
    source: str
    query: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    totals: tuple[str, ...] = ()
    counted_by: str = ""  # a TRUE or FALSE column: only rows where it is TRUE are in the totals
    matters_by: tuple[str, ...] = ()  # which rows stand on the sheet where there are too many; else the first in order
    #: Columns by which the first sheet sums, each with what it is told as in the lines of the rows that are not shown.
    told_apart: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[str, ...] = ()  # further columns of which the first sheet counts the values
    is_summed: bool = False  # a row is summed from many, so that the SELECT is run but once

    @property
    def counted_columns(self) -> list[str]:
        """The columns of which it must be known how many values there are."""
        names = {*self.totals, *self.order, *self.counted}
        return [column.field.name for column in self.columns if column.field.name in names]


def columns_of(table_id: str, *names: str, without: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns of a table with the meaning its contract gives them: those named, else all but those left out.

    Raises:
        KeyError: for a column the table has not.
    """
    fields = {field.name: field for field in CONTRACTS[table_id].fields}
    chosen = names or tuple(name for name in fields if name not in without)
    return tuple(Column(fields[name]) for name in chosen)


def sheets(con: duckdb.DuckDBPyConnection) -> tuple[Sheet, ...]:
    """Every sheet of a table, in the order of the file. Only the months of interest are asked of the warehouse."""
    months = [month for (month,) in con.execute(MONTHS).fetchall()]
    return (
        RECEIVABLE,
        RECEIVABLE_ENTRIES,
        ROLLFORWARD,
        ROLLFORWARD_ENTRIES,
        PRIOR_PERIODS,
        INTEREST_BY_MONTH,
        interest_by_entry(months),
        POSITION_BY_PATH,
        CASH_WATERFALL,
        REFUNDS,
        ENTRY_REFUNDS,
        BANK_CREDITS,
        PAYMENT_BATCHES,
        DECLARATIONS,
        DEADLINES,
        ALERTS,
        EXCEPTIONS,
        QUARANTINE,
        COVERAGE,
        READINGS,
        SOURCES,
    )


def plain(
    name: str,
    table_id: str,
    order: tuple[str, ...],
    totals: tuple[str, ...] = (),
    matters_by: tuple[str, ...] = (),
    **choice: Sequence[str],
) -> Sheet:
    """A sheet of one table as it stands."""
    columns = columns_of(table_id, **choice)
    sheet = Sheet(
        name, CONTRACTS[table_id].description(), table_id, f"select * from {table_id}", columns, order, totals
    )
    return replace(sheet, matters_by=matters_by)


def usd_check(name: str, meaning: str, formula: str) -> Column:
    """A cell that computes a difference anew."""
    return Column(Field(name, "DECIMAL(18,2)", f"{meaning}: {CHECK}", nullable=True), formula)


IMPORTER_NAME = columns_of("ace.current_importers", "importer_name")

# --- the receivable ---------------------------------------------------------------------------------------------------

RECEIVABLE_SUMS = (
    "entry_count",
    "principal_usd",
    "principal_high_usd",
    "range_above_low_usd",
    "accrued_interest_usd",
    "accrued_interest_high_usd",
    "received_principal_usd",
    "received_interest_usd",
    "offset_usd",
    "open_principal_usd",
    "open_interest_usd",
    "rests_on_assumption_usd",
    "principal_unknown_count",
    "interest_unknown_count",
)
RECEIVABLE = Sheet(
    name="Receivable",
    about=CONTRACTS["reports.receivable_position"].description(),
    source="reports.receivable_position",
    query="""
        select position.*, importers.importer_name
        from reports.receivable_position as position
        left join ace.current_importers as importers on position.importer_key = importers.importer_key
    """,
    columns=(
        *columns_of("reports.receivable_position", "importer_key", "importer_number"),
        *IMPORTER_NAME,
        *columns_of("reports.receivable_position", "period_end", "stage", *RECEIVABLE_SUMS),
    ),
    order=("importer_key", "stage"),
    totals=RECEIVABLE_SUMS,
    matters_by=("open_principal_usd + open_interest_usd desc nulls last",),
    told_apart={"stage": "stage"},
)
ENTRY_SUMS = (
    "principal_usd",
    "principal_high_usd",
    "range_above_low_usd",
    "accrued_interest_usd",
    "accrued_interest_high_usd",
    "received_principal_usd",
    "received_interest_usd",
    "offset_principal_usd",
    "offset_interest_usd",
    "recognised_principal_usd",
    "recognised_interest_usd",
    "open_principal_usd",
    "open_interest_usd",
    "rests_on_assumption_usd",
)
RECEIVABLE_ENTRIES = Sheet(
    name="Receivable entries",
    about=CONTRACTS["reports.receivable_entries"].description(),
    source="reports.receivable_entries, with the payment foreseen from refunds.refund_batches",
    query="""
        select entries.*, importers.importer_name, eligibility.entry_date, eligibility.liquidation_date,
            eligibility.claim_number, eligibility.refund_number, batches.payment_from_date, batches.payment_to_date
        from reports.receivable_entries as entries
        left join ace.current_importers as importers on entries.importer_key = importers.importer_key
        left join entries.eligibility as eligibility on entries.entry_number = eligibility.entry_number
        left join refunds.batch_entries as batch_entries on entries.entry_number = batch_entries.entry_number
        left join refunds.refund_batches as batches on batch_entries.batch_id = batches.batch_id
    """,
    columns=(
        *columns_of("reports.receivable_entries", "entry_number", "importer_number"),
        *IMPORTER_NAME,
        *columns_of("entries.eligibility", "entry_date", "liquidation_date"),
        *columns_of(
            "reports.receivable_entries",
            "stage",
            "stage_reason",
            "cape_status",
            "recommended_path",
            "principal_usd",
            "principal_high_usd",
            "range_above_low_usd",
            "rests_on_assumption_usd",
            "accrued_through_date",
            "accrued_interest_usd",
            "accrued_interest_high_usd",
            "interest_unknown_reason",
            "received_principal_usd",
            "received_interest_usd",
            "offset_principal_usd",
            "offset_interest_usd",
            "is_recognised",
            "recognised_principal_usd",
            "recognised_interest_usd",
            "open_principal_usd",
            "open_interest_usd",
        ),
        *columns_of("entries.eligibility", "claim_number", "refund_number"),
        *columns_of("refunds.refund_batches", "payment_from_date", "payment_to_date"),
    ),
    order=("entry_number",),
    totals=ENTRY_SUMS,
    matters_by=("open_principal_usd desc nulls last", "principal_usd desc nulls last"),
    told_apart={"stage": "stage"},
)

# --- the roll-forward -------------------------------------------------------------------------------------------------

MOVEMENTS = (
    "newly_recognised_principal_usd",
    "newly_recognised_interest_usd",
    "period_interest_usd",
    "cash_principal_usd",
    "cash_interest_usd",
    "offset_movement_usd",
    "remeasured_principal_usd",
    "remeasured_interest_usd",
    "written_off_usd",
)
OPENINGS = ("opening_principal_usd", "opening_interest_usd")
CLOSINGS = ("closing_principal_usd", "closing_interest_usd")
#: What the opening and the movements make, and how far the stated closing lies from it.
CLOSING_FORMULA = "ROUND(" + "+".join(f"{{{name}}}" for name in (*OPENINGS, *MOVEMENTS)) + ",2)"
CLOSING_SQL = " + ".join((*OPENINGS, *MOVEMENTS))
CLOSING_CHECK = (
    Column(
        Field("computed_closing_usd", "DECIMAL(18,2)", "Opening and all movements, added up on this sheet"),
        CLOSING_FORMULA,
    ),
    usd_check(
        "closing_check_usd",
        "That less the closing principal and interest of the warehouse",
        "ROUND({computed_closing_usd}-{closing_principal_usd}-{closing_interest_usd},2)",
    ),
)
CLOSING_CHECK_SQL = f"""
    {CLOSING_SQL} as computed_closing_usd,
    {CLOSING_SQL} - closing_principal_usd - closing_interest_usd as closing_check_usd
"""
ROLLFORWARD_SUMS = ("entry_count", *OPENINGS, *MOVEMENTS, *CLOSINGS, "computed_closing_usd")
ROLLFORWARD_COUNTS = ("principal_unknown_count", "interest_unknown_count")
ROLLFORWARD = Sheet(
    name="Rollforward",
    about=CONTRACTS["reports.receivable_rollforward"].description(),
    source="reports.receivable_rollforward",
    query=f"""
        select rollforward.*, importers.importer_name, {CLOSING_CHECK_SQL}
        from reports.receivable_rollforward as rollforward
        left join ace.current_importers as importers on rollforward.importer_key = importers.importer_key
    """,
    columns=(
        *columns_of("reports.receivable_rollforward", "importer_key", "importer_number"),
        *IMPORTER_NAME,
        *columns_of(
            "reports.receivable_rollforward",
            "period_end",
            "opening_date",
            "opening_close_name",
            "opening_basis",
            "entry_count",
            *OPENINGS,
            *MOVEMENTS,
            *CLOSINGS,
        ),
        *CLOSING_CHECK,
        *columns_of("reports.receivable_rollforward", *ROLLFORWARD_COUNTS),
    ),
    order=("importer_key", "period_end"),
    totals=(*ROLLFORWARD_SUMS, *ROLLFORWARD_COUNTS),
    matters_by=("closing_principal_usd + closing_interest_usd desc nulls last",),
)
ROLLFORWARD_ENTRIES = Sheet(
    name="Rollforward entries",
    about=CONTRACTS["reports.receivable_movements"].description()
    + " Entries of which every amount is 0.00 are left out.",
    source="reports.receivable_movements",
    query=f"""
        select *, {CLOSING_CHECK_SQL}
        from reports.receivable_movements
        where greatest({", ".join(f"abs({name})" for name in (*OPENINGS, *MOVEMENTS, *CLOSINGS))}) > 0
    """,
    columns=(
        *columns_of(
            "reports.receivable_movements",
            "entry_number",
            "importer_number",
            "stage",
            "opening_close_name",
            *OPENINGS,
            *MOVEMENTS,
            *CLOSINGS,
        ),
        *CLOSING_CHECK,
    ),
    order=("entry_number", "importer_key"),
    totals=(*OPENINGS, *MOVEMENTS, *CLOSINGS, "computed_closing_usd"),
    matters_by=(
        "abs(closing_check_usd) desc nulls last",
        "closing_principal_usd + closing_interest_usd desc nulls last",
    ),
)
PRIOR_PERIODS = plain(
    "Prior periods",
    "reports.prior_period_differences",
    order=("close_name", "entry_number", "measure"),
)

# --- interest ---------------------------------------------------------------------------------------------------------

MONTHS = "select distinct period_end from reports.interest_by_period order by period_end"
INTEREST_BY_MONTH = Sheet(
    name="Interest by month",
    about="One importer's interest earned in one calendar month, over all its entries, paid or not.",
    source="reports.interest_by_period",
    query="""
        select entries.importer_key, min(entries.importer_number) as importer_number,
            min(importers.importer_name) as importer_name, months.period_end,
            cast(count(*) as integer) as entry_count,
            cast(sum(months.interest_usd) as decimal(18, 2)) as interest_usd,
            cast(count(*) filter (where months.interest_usd is null) as integer) as interest_unknown_count
        from reports.interest_by_period as months
        join reports.receivable_entries as entries on months.entry_number = entries.entry_number
        left join ace.current_importers as importers on entries.importer_key = importers.importer_key
        group by entries.importer_key, months.period_end
    """,
    columns=(
        *columns_of("reports.receivable_entries", "importer_key", "importer_number"),
        *IMPORTER_NAME,
        *columns_of("reports.interest_by_period", "period_end"),
        Column(Field("entry_count", "INTEGER", "Entries that bear interest in the month")),
        Column(
            Field(
                "interest_usd",
                "DECIMAL(18,2)",
                "Interest of the month on the entries whose interest is known",
                nullable=True,
            )
        ),
        Column(Field("interest_unknown_count", "INTEGER", "Entries whose interest of the month is unknown")),
    ),
    order=("importer_key", "period_end"),
    totals=("interest_usd",),
    matters_by=("interest_usd desc nulls last",),
    told_apart={"period_end": "period_end"},
    is_summed=True,
)


def month_column(month: date) -> str:
    """The name of the column that holds the interest of a month, by its last day."""
    return f"interest_{month:%Y_%m}_usd"


def interest_by_entry(months: Sequence[date]) -> Sheet:
    """One row an entry, a column for each month in which any entry bears interest."""
    names = [month_column(month) for month in months]
    by_month = "".join(
        f" sum(interest_usd) filter (where period_end = date '{month}') as {name},"
        for month, name in zip(months, names, strict=True)
    )
    month_columns = tuple(
        Column(
            Field(
                name,
                "DECIMAL(18,2)",
                f"Interest of the month that ends on {month}; empty where none is borne in it, or it is unknown",
                nullable=True,
            )
        )
        for month, name in zip(months, names, strict=True)
    )
    cells = f"{{{names[0]}}}:{{{names[-1]}}}" if names else ""
    total = f'IF(COUNT({cells})=0,"",ROUND(SUM({cells}),2))' if cells else '""'
    return Sheet(
        name="Interest by entry",
        about="One entry summary's interest earned in each calendar month. The months make the interest to the day.",
        source="reports.interest_by_period",
        query=f"""
            with by_entry as (
                select entry_number,{by_month}
                    sum(interest_usd) as months_usd
                from reports.interest_by_period
                group by entry_number
            ),
            unknown as (
                select entry_number,
                    string_agg(distinct interest_unknown_reason, '; ' order by interest_unknown_reason)
                        as month_unknown_reason
                from reports.interest_by_period
                where interest_unknown_reason is not null
                group by entry_number
            )
            select by_entry.*, unknown.month_unknown_reason, entries.importer_number, entries.stage,
                entries.accrued_through_date
            from by_entry
            left join unknown on by_entry.entry_number = unknown.entry_number
            join reports.receivable_entries as entries on by_entry.entry_number = entries.entry_number
        """,
        columns=(
            *columns_of(
                "reports.receivable_entries",
                "entry_number",
                "importer_number",
                "stage",
                "accrued_through_date",
            ),
            *month_columns,
            Column(
                Field("months_usd", "DECIMAL(18,2)", "All its months, added up on this sheet", nullable=True), total
            ),
            Column(
                Field("month_unknown_reason", "VARCHAR", "Why the interest of some month is unknown", nullable=True)
            ),
        ),
        order=("entry_number",),
        totals=(*names, "months_usd"),
        matters_by=("months_usd desc nulls last",),
        is_summed=True,
    )


# --- the position -----------------------------------------------------------------------------------------------------

POSITION_BY_PATH = plain(
    "Position by path",
    "reports.position_by_path",
    order=("cape_status", "recommended_path"),
    totals=(
        "entry_count",
        "later_entry_count",
        "refund_principal_usd",
        "refund_principal_high_usd",
        "open_principal_usd",
        "principal_unknown_count",
        "interest_usd",
        "interest_unknown_count",
    ),
)

# --- what CBP paid ----------------------------------------------------------------------------------------------------

CASH_WATERFALL_SUMS = tuple(
    column.field.name
    for column in columns_of("payments.cash_waterfall", without=("waterfall_of", "payee_number", "as_of_date"))
)
CASH_WATERFALL = Sheet(
    name="Cash waterfall",
    about="The way from what was computed to the cash, over the refunds of one payee. The totals are all payees.",
    source="payments.cash_waterfall",
    query="""
        select *,
            expected_principal_usd + expected_interest_usd + entry_variance_usd + not_expected_usd - es022_usd
                as es022_check_usd,
            es022_usd + consolidation_variance_usd + not_in_es022_usd - not_in_rev603_usd - rev603_usd
                as rev603_check_usd,
            rev603_usd + not_in_rev603_usd - diverted_usd - rejected_usd - pending_usd - deposited_usd
                - unexplained_usd as cash_check_usd
        from payments.cash_waterfall
        where payee_number is not null
    """,
    columns=(
        *columns_of("payments.cash_waterfall", without=("waterfall_of", "as_of_date")),
        usd_check(
            "es022_check_usd",
            "Expected principal and interest, with the variance and what was not expected, less ES-022",
            "ROUND({expected_principal_usd}+{expected_interest_usd}+{entry_variance_usd}+{not_expected_usd}"
            "-{es022_usd},2)",
        ),
        usd_check(
            "rev603_check_usd",
            "ES-022, with the variance and what only one of the reports has, less REV-603",
            "ROUND({es022_usd}+{consolidation_variance_usd}+{not_in_es022_usd}-{not_in_rev603_usd}-{rev603_usd},2)",
        ),
        usd_check(
            "cash_check_usd",
            "What CBP certifies less diverted, rejected, pending, deposited and unexplained",
            "ROUND({rev603_usd}+{not_in_rev603_usd}-{diverted_usd}-{rejected_usd}-{pending_usd}-{deposited_usd}"
            "-{unexplained_usd},2)",
        ),
    ),
    order=("payee_number",),
    totals=CASH_WATERFALL_SUMS,
    matters_by=("abs(unexplained_usd) desc nulls last", "expected_principal_usd desc nulls last"),
)
REFUNDS = Sheet(
    name="Refunds",
    about=CONTRACTS["payments.rev603_reconciliation"].description()
    + " The totals are those of refunds that count (is_counted).",
    source="payments.rev603_reconciliation",
    query="""
        select *,
            if(refund_number is null, null, expected_usd + entry_variance_usd - es022_usd) as es022_check_usd,
            if(refund_number is null, null, es022_usd + consolidation_variance_usd - rev603_usd) as rev603_check_usd,
            if(
                refund_number is null, null,
                coalesce(rev603_usd, es022_usd) - diverted_usd - rejected_usd - pending_usd - deposited_usd
                - unexplained_usd
            ) as cash_check_usd
        from payments.rev603_reconciliation
    """,
    columns=(
        *columns_of("payments.rev603_reconciliation", without=("partition_month", "as_of_date")),
        usd_check(
            "es022_check_usd",
            "Expected and the variance of the entries, less ES-022",
            'IF(OR({refund_number}="",COUNT({expected_usd},{entry_variance_usd},{es022_usd})<3),"",'
            "ROUND({expected_usd}+{entry_variance_usd}-{es022_usd},2))",
        ),
        usd_check(
            "rev603_check_usd",
            "ES-022 and the variance of the reports, less REV-603",
            'IF(OR({refund_number}="",COUNT({es022_usd},{consolidation_variance_usd},{rev603_usd})<3),"",'
            "ROUND({es022_usd}+{consolidation_variance_usd}-{rev603_usd},2))",
        ),
        usd_check(
            "cash_check_usd",
            "What CBP certifies, by REV-603 or else ES-022, less diverted, rejected, pending, deposited, unexplained",
            'IF(OR({refund_number}="",COUNT({rev603_usd},{es022_usd})=0,COUNT({diverted_usd},{rejected_usd},'
            '{pending_usd},{deposited_usd},{unexplained_usd})<5),"",'
            "ROUND(IF(COUNT({rev603_usd})=1,{rev603_usd},{es022_usd})-{diverted_usd}-{rejected_usd}-{pending_usd}"
            "-{deposited_usd}-{unexplained_usd},2))",
        ),
    ),
    order=("reconciliation_key",),
    totals=(
        "expected_usd",
        "expected_principal_usd",
        "expected_interest_usd",
        "es022_usd",
        "es022_principal_usd",
        "es022_interest_usd",
        "rev603_usd",
        "entry_variance_usd",
        "consolidation_variance_usd",
        "refund_variance_usd",
        "deposited_usd",
        "diverted_usd",
        "netted_offset_usd",
        "rejected_usd",
        "pending_usd",
        "unexplained_usd",
    ),
    counted_by="is_counted",
    matters_by=("abs(unexplained_usd) desc nulls last", "expected_usd desc nulls last"),
    told_apart={"is_counted": "is_counted", "refund_number": "if(refund_number is null, null, 'several')"},
)
ENTRY_REFUNDS = plain(
    "Entry refunds",
    "payments.entry_refunds",
    order=("entry_number", "refund_key"),
    totals=(
        "expected_principal_usd",
        "expected_interest_usd",
        "cbp_principal_usd",
        "cbp_interest_usd",
        "principal_variance_usd",
        "interest_variance_usd",
        "late_interest_usd",
    ),
    without=("refund_key",),
    matters_by=("abs(principal_variance_usd) desc nulls last", "expected_principal_usd desc nulls last"),
)
BANK_CREDITS = Sheet(
    name="Bank credits",
    about=CONTRACTS["payments.bank_credits"].description(),
    source="payments.bank_credits",
    query="""
        select *, explained_usd + unexplained_usd
                - if(credit_finding in ('not_cbp', 'other_debit'), 0, credit_total_usd) as credit_check_usd
        from payments.bank_credits
    """,
    columns=(
        *columns_of("payments.bank_credits", without=("as_of_date",)),
        usd_check(
            "credit_check_usd",
            "Explained and unexplained less the credit; the line of somebody else is neither",
            'ROUND({explained_usd}+{unexplained_usd}-IF(OR({credit_finding}="not_cbp",{credit_finding}="other_debit"),'
            "0,{credit_total_usd}),2)",
        ),
    ),
    order=("value_date", "credit_key"),
    totals=("credit_count", "credit_total_usd", "explained_usd", "unexplained_usd"),
    matters_by=("abs(unexplained_usd) desc nulls last", "credit_total_usd desc nulls last"),
)

PAYMENT_BATCHES = Sheet(
    name="Payment batches",
    about=CONTRACTS["refunds.refund_batches"].description(),
    source="refunds.refund_batches",
    query="""
        select *, len(refund_numbers) = 0 as is_expected,
            if(len(refund_numbers) = 0, last_day(payment_to_date), null) as expected_by_date
        from refunds.refund_batches
    """,
    columns=(
        *columns_of("refunds.refund_batches", without=("partition_month", "as_of_date")),
        Column(Field("is_expected", "BOOLEAN", "Whether CBP shows no refund for it yet")),
        Column(
            Field(
                "expected_by_date",
                "DATE",
                "Last day of the month in which the payment window ends, where CBP shows no refund yet",
                nullable=True,
            )
        ),
    ),
    order=("batch_id",),
    totals=("entry_count", "principal_usd", "interest_usd", "total_usd"),
    matters_by=("is_expected desc", "total_usd desc nulls last"),
    told_apart={"is_expected": "is_expected", "expected_by_date": "expected_by_date"},
)

# --- what is to be done, and what is wrong ----------------------------------------------------------------------------

DECLARATIONS = plain(
    "Declarations",
    "refunds.declarations",
    order=("declaration_id",),
    without=("as_of_date",),
    matters_by=("status = 'drafted' desc", "declared_principal_usd desc nulls last"),
)
DEADLINES = plain(
    "Deadlines",
    "reports.calendar_events",
    order=("deadline_date", "event_key"),
    without=("event_key", "as_of_date"),
    matters_by=("deadline_date < as_of_date", "abs(deadline_date - as_of_date)"),
)
ALERTS = plain(
    "Alerts", "payments.alerts", order=("severity_order", "alert_key"), without=("severity_order", "as_of_date")
)
EXCEPTIONS = plain("Exceptions", "reports.exceptions", order=("exception_key",))
QUARANTINE = plain("Quarantine", "ace.quarantine", order=("load_id", "source_row", "column_name"))
COVERAGE = replace(
    plain("Coverage", "ace.coverage", order=("importer_key", "entry_month"), matters_by=("coverage_finding is null",)),
    counted=("coverage_finding",),
)
READINGS = Sheet(
    name="Readings",
    about="The reading in force of every point on which guides and facts differ.",
    source="registry.policies and registry.chosen_policies",
    query="""
        select policies.*
        from registry.policies as policies
        left join registry.chosen_policies as chosen on policies.policy_point = chosen.policy_point
        where policies.withdrawn_date is null
            and coalesce(chosen.policy = policies.policy, policies.is_default)
    """,
    columns=columns_of(
        "registry.policies",
        "policy_point",
        "policy",
        "policy_value",
        "is_default",
        "reading",
        "source",
        "locator",
        "confidence",
    ),
    order=("policy_point", "policy"),
)
SOURCES = Sheet(
    name="Sources",
    about=CONTRACTS["ace.loads"].description(),
    source="ace.loads",
    query="select * from ace.loads",
    columns=columns_of(
        "ace.loads",
        "file_name",
        "load_id",
        "load_number",
        "report_code",
        "report_run_date",
        "report_run_date_basis",
        "asked_from_date",
        "asked_to_date",
        "sheet_name",
        "header_row",
        "rows_read",
        "rows_loaded",
        "rows_quarantined",
        "rows_skipped",
        "control_total_usd",
        "is_raw_kept",
        "columns_missing",
        "columns_unknown",
    ),
    order=("load_number", "load_id"),
    totals=("rows_read", "rows_loaded", "rows_quarantined", "rows_skipped"),
    counted=("file_name",),
)
