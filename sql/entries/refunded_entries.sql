-- Every entry of every refund CBP reports as of the day, from the newest ES-022 that has it, else from REV-615. Where
-- these state no refund date, the one of REV-603 says whether the refund is from after the day. The entries of a
-- returned refund stand in the one that replaces it, once. Where Refund Amount holds the interest, the principal is what
-- is left; where that is undecidable, the principal is unknown.
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
        coalesce(chains.last_refund_number, rows.refund_number) as refund_number,
        rows.refund_number as reported_refund_number,
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
    left join entries.refund_chains as chains
        on rows.refund_number = chains.refund_number
    where rows.refund_number is not null
    qualify row_number() over (
        partition by
            rows.entry_number,
            coalesce(chains.last_refund_number, rows.refund_number),
            coalesce(rows.claim_number, 'unknown')
        order by
            chains.refund_number is null desc,
            loads.report_run_date desc nulls last,
            loads.load_number desc,
            rows.source_row desc
    ) = 1

),

rev615_rows as (

    select
        rows.entry_number,
        coalesce(chains.last_refund_number, rows.refund_number) as refund_number,
        rows.refund_number as reported_refund_number,
        coalesce(rows.claim_number, 'unknown') as claim_number,
        rows.refund_amount_usd,
        rows.interest_amount_usd,
        rows.refund_secondary_status as refund_status,
        rows.load_id,
        rows.source_row
    from ace.rev615_refund_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    left join entries.refund_chains as chains
        on rows.refund_number = chains.refund_number
    anti join es022_rows
        on rows.entry_number = es022_rows.entry_number
       and coalesce(chains.last_refund_number, rows.refund_number) = es022_rows.refund_number
    qualify row_number() over (
        partition by
            rows.entry_number,
            coalesce(chains.last_refund_number, rows.refund_number),
            coalesce(rows.claim_number, 'unknown')
        order by
            chains.refund_number is null desc,
            loads.report_run_date desc nulls last,
            loads.load_number desc,
            rows.source_row desc
    ) = 1

),

every_row as (

    select
        es022_rows.refund_number,
        es022_rows.reported_refund_number,
        es022_rows.entry_number,
        es022_rows.claim_number,
        es022_rows.payee_number,
        es022_rows.liquidation_date,
        -- day and status of the returned refund are not those of the one that replaces it
        if(es022_rows.refund_number = es022_rows.reported_refund_number, es022_rows.refund_date, null) as refund_date,
        if(es022_rows.refund_number = es022_rows.reported_refund_number, es022_rows.refund_status, null)
            as refund_status,
        es022_rows.refund_amount_usd,
        es022_rows.interest_amount_usd,
        'ES-022' as report_code,
        es022_rows.load_id,
        es022_rows.source_row
    from es022_rows
    cross join registry.as_of as day
    left join later_refunds
        on es022_rows.reported_refund_number = later_refunds.refund_number
    where es022_rows.refund_date <= day.as_of_date
       or (es022_rows.refund_date is null and later_refunds.refund_number is null)

    union all by name

    select
        rev615_rows.refund_number,
        rev615_rows.reported_refund_number,
        rev615_rows.entry_number,
        rev615_rows.claim_number,
        if(rev615_rows.refund_number = rev615_rows.reported_refund_number, rev615_rows.refund_status, null)
            as refund_status,
        rev615_rows.refund_amount_usd,
        rev615_rows.interest_amount_usd,
        'REV-615' as report_code,
        rev615_rows.load_id,
        rev615_rows.source_row
    from rev615_rows
    anti join later_refunds
        on rev615_rows.reported_refund_number = later_refunds.refund_number

)

select
    every_row.refund_number,
    every_row.reported_refund_number,
    every_row.entry_number,
    every_row.claim_number,
    every_row.payee_number,
    every_row.liquidation_date,
    every_row.refund_date,
    every_row.refund_status,
    cast(
        case bases.refund_amount_basis
            when 'includes_interest' then every_row.refund_amount_usd - every_row.interest_amount_usd
            when 'undecidable' then null
            else every_row.refund_amount_usd
        end as decimal(18, 2)
    ) as principal_usd,
    every_row.interest_amount_usd as interest_usd,
    every_row.refund_amount_usd,
    bases.refund_amount_basis,
    every_row.report_code,
    every_row.load_id,
    every_row.source_row
from every_row
left join entries.refund_amount_bases as bases
    on every_row.load_id = bases.load_id
