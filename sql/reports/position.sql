-- The one row to read first: the day, the reports it rests on, and the money. An entry dated after the day is counted,
-- and its amounts are in no sum.
-- Grain: as_of_date.

with

reports_read as (

    select
        max(report_run_date) filter (where report_code = 'ES-003') as newest_es003_run_date,
        max(report_run_date) filter (where report_code = 'ES-022') as newest_es022_run_date,
        max(report_run_date) filter (where report_code = 'REV-603') as newest_rev603_run_date,
        count(*) filter (
            where report_run_date is null
              and report_code not in (
                  'IMPORTERS', 'ENTRY-FACTS', 'DEPOSITS', 'DECLARATIONS', 'UPLOADED', 'ATTESTATIONS', 'EXCLUSIONS', 'PAYEES',
                  'BILLS', 'MATERIALITY', 'ALERTS-ACK', 'BANK', 'LOADS'
              )
        ) as undated_load_count
    from ace.readable_loads

),

quarantined as (

    select count(distinct (rows.load_id, rows.source_row)) as row_count
    from ace.quarantine as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

-- one dated after the day does not exist yet on it, unless it was accepted or refunded all the same
later as (

    select decisions.entry_number
    from entries.eligibility_decisions as decisions
    cross join registry.as_of as day
    where decisions.cape_status = 'review'
      and decisions.recommended_path = 'manual_review'
      and decisions.entry_date > day.as_of_date

),

later_entries as (

    select count(*) as entry_count
    from later

),

entry_sums as (

    select
        count(*) as entry_count,
        sum(facts.paid_duty_usd) as paid_duty_usd,
        sum(eligibility.refund_principal_usd) as refund_principal_usd,
        sum(eligibility.refund_principal_high_usd) as refund_principal_high_usd,
        sum(eligibility.refunded_principal_usd) as refunded_principal_usd,
        sum(eligibility.open_principal_usd) as open_principal_usd,
        count(*) filter (where eligibility.refund_principal_usd is null) as principal_unknown_count
    from entries.eligibility_decisions as eligibility
    join entries.case_facts as facts
        on eligibility.entry_number = facts.entry_number
    anti join later
        on eligibility.entry_number = later.entry_number

),

cash as (

    select sum(deposited_usd) as deposited_usd
    from payments.rev603_reconciliation

)

select
    day.as_of_date,
    reports_read.newest_es003_run_date,
    reports_read.newest_es022_run_date,
    reports_read.newest_rev603_run_date,
    cast(reports_read.undated_load_count as integer) as undated_load_count,
    cast(entry_sums.entry_count + later_entries.entry_count as integer) as entry_count,
    cast(later_entries.entry_count as integer) as later_entry_count,
    cast(quarantined.row_count as integer) as quarantined_row_count,
    cast(entry_sums.paid_duty_usd as decimal(18, 2)) as paid_duty_usd,
    cast(entry_sums.refund_principal_usd as decimal(18, 2)) as refund_principal_usd,
    cast(entry_sums.refund_principal_high_usd as decimal(18, 2)) as refund_principal_high_usd,
    cast(entry_sums.refunded_principal_usd as decimal(18, 2)) as refunded_principal_usd,
    cast(cash.deposited_usd as decimal(18, 2)) as deposited_usd,
    cast(entry_sums.open_principal_usd as decimal(18, 2)) as open_principal_usd,
    cast(entry_sums.principal_unknown_count as integer) as principal_unknown_count,
    $registry_version as registry_version
from registry.as_of as day
cross join reports_read
cross join quarantined
cross join entry_sums
cross join later_entries
cross join cash
