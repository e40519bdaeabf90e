-- Where a closed period would come out otherwise as it is known now: the certain principal, the interest up to the close
-- and the cash dated by it, entry by entry, against the frozen figures. The close itself is never changed.
-- Grain: close_name, entry_number, measure.

with

closes as (

    select
        closes.close_name,
        closes.period_end
    from ace.closes as closes
    cross join registry.as_of as day
    where closes.period_end < day.as_of_date

),

accrued as (

    select
        closes.close_name,
        interest.entry_number,
        arg_max(interest.interest_usd, interest.through_date) as interest_usd
    from closes
    join refunds.accrued_interest as interest
        on interest.through_date <= closes.period_end
    where interest.interest_usd is not null
      and (interest.is_close or interest.is_last)
    group by all

),

cash as (

    select
        closes.close_name,
        receipts.entry_number,
        sum(receipts.received_principal_usd + receipts.received_interest_usd) as received_usd
    from closes
    join reports.receivable_receipts as receipts
        on receipts.bank_value_date <= closes.period_end
    group by all

),

known_now as (

    select
        closes.close_name,
        entries.importer_key,
        entries.importer_number,
        entries.entry_number,
        entries.principal_usd,
        case
            when entries.principal_usd = 0 then 0
            -- the rates of the closed period are published even where those of the day are not
            when entries.accrued_interest_usd is not null or entries.interest_unknown_reason = 'rates_not_published'
                then coalesce(accrued.interest_usd, 0)
        end as accrued_interest_usd,
        coalesce(cash.received_usd, 0) as received_usd
    from closes
    cross join reports.receivable_entries as entries
    join entries.case_facts as facts
        on entries.entry_number = facts.entry_number
    left join accrued
        on closes.close_name = accrued.close_name
       and entries.entry_number = accrued.entry_number
    left join cash
        on closes.close_name = cash.close_name
       and entries.entry_number = cash.entry_number
    -- an entry made later was no part of the period
    where facts.entry_date <= closes.period_end
       or facts.entry_date is null

),

frozen as (

    select
        closes.close_name,
        entries.importer_key,
        entries.importer_number,
        entries.entry_number,
        entries.principal_usd,
        entries.accrued_interest_usd,
        entries.received_principal_usd + entries.received_interest_usd as received_usd
    from closes
    join ace.closed_entries as entries
        on closes.close_name = entries.close_name
    -- an entry whose importer changed stands there again under the one before, without a balance
    qualify row_number() over (
        partition by closes.close_name, entries.entry_number
        order by entries.is_recognised desc, entries.principal_usd desc nulls last, entries.importer_key
    ) = 1

),

paired as (

    select
        coalesce(frozen.close_name, known_now.close_name) as close_name,
        coalesce(known_now.importer_key, frozen.importer_key) as importer_key,
        coalesce(known_now.importer_number, frozen.importer_number) as importer_number,
        coalesce(frozen.entry_number, known_now.entry_number) as entry_number,
        frozen.entry_number is not null as was_closed,
        known_now.entry_number is not null as is_known,
        unnest([
            {
                'measure': 'principal',
                'frozen_usd': cast(frozen.principal_usd as decimal(18, 2)),
                'recomputed_usd': cast(known_now.principal_usd as decimal(18, 2))
            },
            {
                'measure': 'interest',
                'frozen_usd': cast(frozen.accrued_interest_usd as decimal(18, 2)),
                'recomputed_usd': cast(known_now.accrued_interest_usd as decimal(18, 2))
            },
            {
                'measure': 'received',
                'frozen_usd': cast(frozen.received_usd as decimal(18, 2)),
                'recomputed_usd': cast(known_now.received_usd as decimal(18, 2))
            }
        ]) as told
    from frozen
    full join known_now
        on frozen.close_name = known_now.close_name
       and frozen.entry_number = known_now.entry_number

),

compared as (

    select
        close_name,
        importer_key,
        importer_number,
        entry_number,
        told.measure as measure,
        -- an entry that is not there has nothing; an amount that is not known stays unknown
        if(was_closed, told.frozen_usd, 0) as frozen_usd,
        if(is_known, told.recomputed_usd, 0) as recomputed_usd,
        case
            when not was_closed then 'not_in_the_close'
            when not is_known then 'not_known_any_more'
            when told.frozen_usd is null then 'unknown_at_the_close'
            when told.recomputed_usd is null then 'unknown_now'
            else 'changed'
        end as difference_cause
    from paired

)

select
    compared.close_name,
    closes.period_end,
    compared.importer_key,
    compared.importer_number,
    compared.entry_number,
    compared.measure,
    cast(compared.frozen_usd as decimal(18, 2)) as frozen_usd,
    cast(compared.recomputed_usd as decimal(18, 2)) as recomputed_usd,
    cast(compared.recomputed_usd - compared.frozen_usd as decimal(18, 2)) as difference_usd,
    compared.difference_cause,
    day.as_of_date
from compared
join closes
    on compared.close_name = closes.close_name
cross join registry.as_of as day
where compared.frozen_usd is distinct from compared.recomputed_usd
