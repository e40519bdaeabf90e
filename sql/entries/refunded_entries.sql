-- Every entry of every refund CBP reports as of the day, from the newest ES-022 that has it, else from REV-615. Where
-- these state no refund date, the one of REV-603 says whether the refund is from after the day.
-- Grain: refund_number, entry_number, claim_number.

with

later_refunds as (

    select refunds.refund_number
    from ace.rev603_refunds as refunds
    join ace.readable_loads as loads
        on refunds.load_id = loads.load_id
    cross join registry.as_of as day
    group by refunds.refund_number, day.as_of_date
    having min(refunds.refund_date) > day.as_of_date

),

es022_rows as (

    select
        rows.entry_number,
        rows.refund_number,
        coalesce(rows.claim_number, 'unknown') as claim_number,
        coalesce(rows.cf4811_number, rows.importer_number) as payee_number,
        rows.liquidation_date,
        rows.refund_date,
        rows.refund_status,
        rows.refund_amount_usd,
        rows.interest_amount_usd,
        rows.load_id,
        rows.source_row
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    where rows.refund_number is not null
    qualify row_number() over (
        partition by rows.entry_number, rows.refund_number, coalesce(rows.claim_number, 'unknown')
        order by loads.report_run_date desc nulls last, loads.load_number desc, rows.source_row desc
    ) = 1

),

rev615_rows as (

    select
        rows.entry_number,
        rows.refund_number,
        coalesce(rows.claim_number, 'unknown') as claim_number,
        rows.refund_amount_usd,
        rows.interest_amount_usd,
        rows.refund_secondary_status,
        rows.load_id,
        rows.source_row
    from ace.rev615_refund_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    anti join es022_rows
        on rows.entry_number = es022_rows.entry_number
       and rows.refund_number = es022_rows.refund_number
    qualify row_number() over (
        partition by rows.entry_number, rows.refund_number, coalesce(rows.claim_number, 'unknown')
        order by loads.report_run_date desc nulls last, loads.load_number desc, rows.source_row desc
    ) = 1

)

select
    es022_rows.refund_number,
    es022_rows.entry_number,
    es022_rows.claim_number,
    es022_rows.payee_number,
    es022_rows.liquidation_date,
    es022_rows.refund_date,
    es022_rows.refund_status,
    es022_rows.refund_amount_usd as principal_usd,
    es022_rows.interest_amount_usd as interest_usd,
    'ES-022' as report_code,
    es022_rows.load_id,
    es022_rows.source_row
from es022_rows
cross join registry.as_of as day
left join later_refunds
    on es022_rows.refund_number = later_refunds.refund_number
where es022_rows.refund_date <= day.as_of_date
   or (es022_rows.refund_date is null and later_refunds.refund_number is null)

union all

select
    rev615_rows.refund_number,
    rev615_rows.entry_number,
    rev615_rows.claim_number,
    null as payee_number,
    null as liquidation_date,
    null as refund_date,
    rev615_rows.refund_secondary_status as refund_status,
    rev615_rows.refund_amount_usd as principal_usd,
    rev615_rows.interest_amount_usd as interest_usd,
    'REV-615' as report_code,
    rev615_rows.load_id,
    rev615_rows.source_row
from rev615_rows
anti join later_refunds
    on rev615_rows.refund_number = later_refunds.refund_number
