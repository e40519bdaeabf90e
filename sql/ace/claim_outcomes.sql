-- CBP's newest word on every entry of every CAPE claim. Claim Details decides where it speaks, else ES-022. The
-- acceptance date is the user's, else the run date of the first Claim Details that shows the entry updated, else the
-- first liquidation in ES-701 that can be CAPE's, else the liquidation date in ES-022.
-- Grain: entry_number, claim_number.

with

details as (

    select
        details.entry_number,
        coalesce(details.claim_number, 'unknown') as claim_number,
        details.claim_entry_status,
        details.error_description,
        loads.report_run_date,
        loads.load_number,
        case lower(trim(details.claim_entry_status))
            when 'entry summary updated' then 'accepted'
            when 'failed' then 'failed'
            else 'unknown'
        end as claim_outcome
    from ace.cape_claim_details as details
    join ace.readable_loads as loads
        on details.load_id = loads.load_id

),

repeated_details as (

    select
        entry_number,
        claim_number
    from details
    group by all
    having count(*) > 1

),

-- nearly every claim tells of an entry once
newest_details as (

    select
        entry_number,
        claim_number,
        claim_entry_status,
        error_description,
        report_run_date,
        load_number,
        claim_outcome,
        if(claim_outcome = 'accepted', report_run_date, null) as first_accepted_run_date
    from details
    where (entry_number, claim_number) not in (select (entry_number, claim_number) from repeated_details)

    union all

    select
        entry_number,
        claim_number,
        claim_entry_status,
        error_description,
        report_run_date,
        load_number,
        claim_outcome,
        min(report_run_date) filter (where claim_outcome = 'accepted')
            over (partition by entry_number, claim_number) as first_accepted_run_date
    from details
    where (entry_number, claim_number) in (select (entry_number, claim_number) from repeated_details)
    qualify row_number() over (
        partition by entry_number, claim_number
        order by report_run_date desc nulls last, load_number desc, claim_entry_status
    ) = 1

),

es022 as (

    select
        es022.entry_number,
        coalesce(es022.claim_number, 'unknown') as claim_number,
        es022.claim_status,
        es022.liquidation_date,
        es022.source_row,
        loads.report_run_date,
        loads.load_number,
        case
            when lower(trim(es022.claim_status)) in ('accepted', 'accepted with error(s)', 'accepted with errors')
                then 'accepted'
            when lower(trim(es022.claim_status)) = 'rejected' then 'failed'
            when es022.refund_number is not null then 'accepted'
            else 'unknown'
        end as claim_outcome
    from ace.es022_entries as es022
    join ace.readable_loads as loads
        on es022.load_id = loads.load_id

),

repeated_es022 as (

    select
        entry_number,
        claim_number
    from es022
    group by all
    having count(*) > 1

),

newest_es022 as (

    select
        entry_number,
        claim_number,
        claim_status,
        liquidation_date,
        load_number,
        claim_outcome
    from es022
    where (entry_number, claim_number) not in (select (entry_number, claim_number) from repeated_es022)

    union all

    select
        entry_number,
        claim_number,
        claim_status,
        liquidation_date,
        load_number,
        claim_outcome
    from es022
    where (entry_number, claim_number) in (select (entry_number, claim_number) from repeated_es022)
    qualify row_number() over (
        partition by entry_number, claim_number
        order by report_run_date desc nulls last, load_number desc, source_row desc
    ) = 1

),

declared as (

    select
        declarations.claim_number,
        max(declarations.filed_date) as filed_date,
        max(declarations.accepted_date) as accepted_date
    from ace.declarations as declarations
    join ace.readable_loads as loads
        on declarations.load_id = loads.load_id
    group by all

),

cape_opening as (

    select min(effective_from) as opened_date
    from registry.cape_rules
    where withdrawn_date is null

),

-- a notice names no claim: what CAPE liquidates comes with a refund or is a reliquidation, and not before CAPE opened
notices as (

    select
        rows.entry_number,
        rows.liquidation_date
    from ace.es701_liquidations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    cross join cape_opening
    where rows.liquidation_date between cape_opening.opened_date and day.as_of_date
      and (rows.notice_date is null or rows.notice_date <= day.as_of_date)
      and (rows.refund_amount_usd > 0 or lower(rows.liquidation_action) like '%reliquid%')

),

spoken as (

    select
        coalesce(newest_details.entry_number, newest_es022.entry_number) as entry_number,
        coalesce(newest_details.claim_number, newest_es022.claim_number) as claim_number,
        coalesce(newest_details.claim_outcome, newest_es022.claim_outcome) as claim_outcome,
        newest_details.claim_entry_status,
        newest_details.error_description,
        newest_es022.claim_status,
        newest_details.report_run_date as claim_details_run_date,
        newest_details.first_accepted_run_date,
        newest_es022.liquidation_date,
        greatest(newest_details.load_number, newest_es022.load_number) as last_load_number
    from newest_details
    full join newest_es022
        on newest_details.entry_number = newest_es022.entry_number
       and newest_details.claim_number = newest_es022.claim_number

),

notified as (

    select
        spoken.entry_number,
        spoken.claim_number,
        min(notices.liquidation_date) as liquidation_date
    from spoken
    left join declared
        on spoken.claim_number = declared.claim_number
    join notices
        on spoken.entry_number = notices.entry_number
       and notices.liquidation_date >= coalesce(declared.filed_date, notices.liquidation_date)
    group by all

)

select
    spoken.entry_number,
    spoken.claim_number,
    spoken.claim_outcome,
    spoken.claim_entry_status,
    spoken.error_description,
    spoken.claim_status,
    declared.filed_date,
    case when spoken.claim_outcome = 'accepted' then
        coalesce(
            declared.accepted_date,
            spoken.first_accepted_run_date,
            notified.liquidation_date,
            spoken.liquidation_date
        )
    end as accepted_date,
    case
        when spoken.claim_outcome <> 'accepted' then 'unknown'
        when declared.accepted_date is not null then 'declarations'
        when spoken.first_accepted_run_date is not null then 'claim_details_run_date'
        when notified.liquidation_date is not null then 'es701_liquidation_date'
        when spoken.liquidation_date is not null then 'es022_liquidation_date'
        else 'unknown'
    end as accepted_date_basis,
    spoken.claim_details_run_date,
    spoken.last_load_number
from spoken
left join notified
    on spoken.entry_number = notified.entry_number
   and spoken.claim_number = notified.claim_number
left join declared
    on spoken.claim_number = declared.claim_number
