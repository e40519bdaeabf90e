"""The reports and reference files beside ES-003, all made from the answers: claims, refunds, cash, importers, facts.

Belongs here: their layouts and formats. Does not belong here: any decision about an entry or a refund.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.demo.exports import ES022_HEADER, FACT_COLUMNS, REV603_HEADER, REV613_HEADER
from cape_pipeline.sample.plan import Plan
from cape_pipeline.sample.timetable import MONTHLY_RUN, NEWER_RUN

#: The most that one ACH credit can hold.
MOST_OF_A_CREDIT = 9_999_999_999
WITHHELD_OF = 1_000


def write(con: duckdb.DuckDBPyConnection, planned: Plan, folder: Path, answers: Path) -> list[Path]:
    """Write every companion, the answers about refunds and the totals; returns the exports among them."""
    con.execute(f"create view answers as select * from read_parquet('{_quoted(answers)}/entries-*.parquet')")
    con.execute(f"create table refunds as {_REFUNDS}")
    _copy(con, "select * exclude (refund_key) from refunds order by refund_number", answers / "refunds.parquet")
    queries = {
        f"ES-022_cape_entry_summary_{NEWER_RUN}.csv": _ES022,
        f"claim_details_{NEWER_RUN}.csv": _CLAIM_DETAILS,
        "declarations.csv": _DECLARATIONS,
        f"REV-603_trade_refund_{NEWER_RUN}.csv": _REV603,
        f"REV-613_ach_rejected_refunds_{NEWER_RUN}.csv": _REV613,
        "bank_deposits.csv": _BANK,
        "importers.csv": _IMPORTERS,
        "entry_facts.csv": _ENTRY_FACTS,
    }
    for name, query in queries.items():
        _copy(con, query, folder / name)
    _write_totals(con, planned, answers / "totals.json")
    return [folder / name for name in queries]


def count_of_rows(con: duckdb.DuckDBPyConnection, answers: Path) -> int:
    """The tariff rows of the monthly files."""
    ((rows,),) = con.execute(
        f"select sum(tariff_row_count) from read_parquet('{_quoted(answers)}/entries-*.parquet')"
    ).fetchall()
    return int(rows)


def _named(header: tuple[str, ...], cells: tuple[str, ...]) -> str:
    return ", ".join(f'{cell} as "{name}"' for name, cell in zip(header, cells, strict=True))


_REFUNDS = f"""
with
    sums as (
        select
            refund_number as refund_key,
            refund_number,
            any_value(payee_number) as payee_number,
            any_value(settled_date) as liquidation_date,
            any_value(refund_date) as refund_date,
            any_value(match_status) as match_status,
            any_value(recommended_path) as recommended_path,
            any_value(fate_name) as fate_name,
            count(*) as entry_count,
            cast(sum(refund_principal_usd) as decimal(18, 2)) as principal_usd,
            cast(sum(interest_usd) as decimal(18, 2)) as interest_usd,
            cast(sum(refund_principal_usd) + sum(interest_usd) as decimal(18, 2)) as total_usd
        from answers
        where refund_number is not null
        group by all
    ),
    cash as (
        select
            sums.* exclude (fate_name),
            fates.secondary_status,
            fates.in_rev603,
            fates.credits,
            cast(total_usd * 100 as bigint) as total,
            if(credits = 0, 0, total - total * fates.withheld // {WITHHELD_OF}) as deposited,
            (select value_date from settlements where settlements.refund_date = sums.refund_date limit 1) as value_date
        from sums
        join fates on sums.fate_name = fates.fate_name
    )
select
    *,
    dollars(deposited) as deposited_usd,
    if(
        secondary_status in ('Treasury Issued', 'Funds Diverted'), '0310003' || refund_number[-11:], null
    ) as trace_number,
    if(in_rev603, total_usd, null) as rev603_usd,
    if(match_status = 'rejected', total_usd, 0) as rejected_usd,
    if(credits = 0, 0, greatest(credits, (deposited + {MOST_OF_A_CREDIT - 1}) // {MOST_OF_A_CREDIT})) as credit_count
from cash
"""
_ES022 = (
    "select "
    + _named(
        ES022_HEADER,
        (
            "answers.claim_number",
            "if(failing.claim_number is null, 'Accepted', 'Accepted with Error(s)')",
            "answers.filer_code",
            "answers.importer_number",
            "if(answers.payee_number = answers.importer_number, null, answers.payee_number)",
            "if(answers.payee_number = answers.importer_number, null, 'Customs broker ' || answers.filer_code)",
            "answers.entry_number",
            "us_day(answers.entry_date)",
            "if(answers.is_settled, us_day(answers.settled_date), null)",
            "null",
            "null",
            "null",
            "if(answers.refund_number is null, null, '$' || answers.refund_principal_usd)",
            "if(answers.refund_number is null, null, '$' || answers.interest_usd)",
            "answers.refund_number",
            "us_day(answers.refund_date)",
            "if(answers.refund_number is null, null, 'Certified')",
        ),
    )
    + """
from answers
left join (
    select distinct claim_number from answers where claim_number is not null and accepted_date is null
) as failing
    on answers.claim_number = failing.claim_number
where answers.accepted_date is not null
order by answers.claim_number, answers.entry_number
"""
)
_CLAIM_DETAILS = """
select
    entry_number as "ENTRY_NUMBER",
    claim_number as "CLAIM_NUMBER",
    if(accepted_date is null, 'Failed', 'Entry Summary Updated') as "STATUS",
    nullif(claim_message, '') as "ERROR_DESCRIPTION"
from answers
where claim_number is not null
order by claim_number, entry_number
"""
_DECLARATIONS = """
select
    claim_number,
    'cape_' || any_value(filer_code) || '_' || claim_number || '.csv' as file_name,
    any_value(wave_date) as filed_date,
    any_value(wave_date) as accepted_date,
    if(count(*) = count(accepted_date), 'Accepted', 'Accepted with Error(s)') as cbp_status,
    'broker:' || any_value(filer_code) as submitter
from answers
where claim_number is not null
group by claim_number
order by claim_number
"""
_REV603 = (
    "select "
    + _named(
        REV603_HEADER,
        (
            "refund_number",
            "payee_number",
            "payee_name",
            "null",
            "null",
            "us_day(refund_date)",
            "'Certified'",
            "secondary_status",
            "'CAPE'",
            "null",
            "'$' || total_usd",
            "trace_number",
            "'ACH'",
            "null",
            "null",
            "null",
        ),
    )
    + """
from refunds
join (
    select payee_number, any_value(payee_name) as payee_name from importers group by payee_number
) using (payee_number)
where in_rev603
order by refund_number
"""
)
_REV613 = (
    "select "
    + _named(
        REV613_HEADER,
        (
            "refund_number",
            "payee_number",
            "us_day(refund_date)",
            "'$' || total_usd",
            "'ACH REFUND AUTHORIZATION MISSING OR INCOMPLETE'",
        ),
    )
    + " from refunds where match_status = 'rejected' order by refund_number"
)
_BANK = """
with
    pieces as (
        select
            value_date,
            trace_number,
            deposited,
            credit_count,
            -- the first is the largest, and the last makes the sum
            if(credit_count = 2, deposited * 6 // 10, deposited // credit_count) as usual,
            unnest(range(credit_count)) as piece
        from refunds
        where credit_count > 0
    )
select
    value_date as "Date",
    'ACH CREDIT CBP REFUND' as "Description",
    dollars(if(piece < credit_count - 1, usual, deposited - usual * (credit_count - 1))) as "Amount",
    trace_number as "Trace Number"
from pieces
order by value_date, trace_number, piece
"""
_IMPORTERS = """
select
    importer_number,
    importer_name as name,
    rate_class,
    if(has_notify_party, payee_number, null) as payee_4811,
    if(is_enrolled, 'Y', 'N') as ach_enrolled,
    if(pays_monthly, 'Y', 'N') as periodic_monthly_statement
from importers
order by importer
"""
_WAREHOUSE_ENTRY = "answers.filer_code || '0099104' || entry_check_digit(answers.filer_code || '0099104')"
_FACT_CELLS = {
    "entry_number": "answers.entry_number",
    "adcvd_status": "cases.fact_adcvd_status",
    "drawback": "coalesce(cases.fact_drawback, 'N')",
    "protest_filed_date": "cases.protest_filed",
    "protest_status": "cases.fact_protest_status",
    "protest_decision_date": "cases.protest_decided",
    "protest_scope": "cases.fact_protest_scope",
    "recon_09_filed": "cases.fact_recon_09_filed",
    "recon_issue": "cases.fact_recon_issue",
    "recon_due_date": "cases.fact_recon_due_date",
    "surety_paid": "coalesce(cases.fact_surety_paid, 'N')",
    "prior_refund_usd": "if(cases.has_prior_refund, answers.ieepa_high_usd, null)",
    "box28_number": "if(answers.payee_number = answers.importer_number, null, answers.payee_number)",
    "warehouse_entry_number": f"if(cases.fact_warehouse_entry_number is null, null, {_WAREHOUSE_ENTRY})",
    "recorded_on": f"'{MONTHLY_RUN}'",
    "recorded_by": "'import desk'",
}
_ENTRY_FACTS = (
    "select "
    + ", ".join(f'{_FACT_CELLS.get(name, "null")} as "{name}"' for name in FACT_COLUMNS)
    + """
from answers
join cases on answers.case_key = cases.case_key
where cases.has_facts
  and answers.is_in_product
order by answers.entry_number
"""
)


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    options = "(format parquet, compression zstd)" if path.suffix == ".parquet" else "(format csv, header)"
    con.execute(f"copy ({query}) to '{_quoted(path)}' {options}")


def _write_totals(con: duckdb.DuckDBPyConnection, planned: Plan, path: Path) -> None:
    """Counts and sums of the answers, for a first look."""
    amounts = ("ieepa_low_usd", "ieepa_high_usd", "refund_principal_usd", "refund_principal_high_usd")
    sums = ", ".join(f"cast(sum({name}) as varchar)" for name in amounts)
    head = con.execute(f"select count(*), sum(line_count), sum(tariff_row_count), {sums} from answers").fetchall()[0]
    by_status = con.execute(
        "select cape_status, recommended_path, count(*), cast(sum(refund_principal_usd) as varchar) from answers"
        " where is_in_product group by all order by all"
    ).fetchall()
    by_match = con.execute(
        "select match_status, count(*), cast(sum(total_usd) as varchar) from refunds group by all order by all"
    ).fetchall()
    told: dict[str, Any] = {
        "as_of": AS_OF.isoformat(),
        "entries": head[0],
        "seed": planned.seed,
        "importers": planned.importers,
        "filers": len(planned.filers),
        "lines": int(head[1]),
        "es003_rows": int(head[2]),
        **dict(zip(amounts, head[3:], strict=True)),
        "entries_by_status": [
            dict(zip(("cape_status", "recommended_path", "entries", "refund_principal_usd"), row, strict=True))
            for row in by_status
        ],
        "refunds_by_match_status": [
            dict(zip(("match_status", "refunds", "total_usd"), row, strict=True)) for row in by_match
        ],
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "null")
