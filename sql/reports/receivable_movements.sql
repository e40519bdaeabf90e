-- How the receivable of every entry came from the last close before the day to the day: what of it is newly recognised,
-- interest of the period, cash, offset, measured anew or written off, signed, so that opening and movements make the
-- closing balance. Without a close before the day everything is recognised for the first time.
-- Grain: importer_key, entry_number.

with

last_close as (

    select
        max(closes.period_end) as period_end,
        arg_max(closes.close_name, closes.period_end) as close_name
    from ace.closes as closes
    cross join registry.as_of as day
    where closes.period_end < day.as_of_date

),

closed as (

    select
        entries.importer_key,
        entries.importer_number,
        entries.entry_number,
        entries.is_recognised,
        entries.recognised_principal_usd,
        entries.recognised_interest_usd,
        entries.received_principal_usd,
        entries.received_interest_usd,
        entries.offset_principal_usd,
        entries.offset_interest_usd,
        entries.closing_principal_usd,
        entries.closing_interest_usd
    from ace.closed_entries as entries
    join last_close
        on entries.close_name = last_close.close_name

),

-- the interest up to the close as it is known now, under the terms of now
accrued_before as (

    select
        interest.entry_number,
        arg_max(interest.interest_usd, interest.through_date) as interest_usd
    from refunds.accrued_interest as interest
    join last_close
        on interest.through_date <= last_close.period_end
    where interest.interest_usd is not null
      and (interest.is_close or interest.is_last)
      and last_close.period_end is not null
    group by interest.entry_number

),

paired as (

    select
        coalesce(entries.importer_key, closed.importer_key) as importer_key,
        coalesce(entries.importer_number, closed.importer_number) as importer_number,
        coalesce(entries.entry_number, closed.entry_number) as entry_number,
        coalesce(entries.stage, 'none') as stage,
        if(entries.entry_number is null, 'no report read names the entry under this importer any more', entries.stage_reason)
            as stage_reason,
        entries.principal_usd,
        entries.accrued_interest_usd,
        entries.recognised_principal_usd,
        entries.recognised_interest_usd,
        accrued_before.interest_usd as accrued_before_usd,
        coalesce(closed.is_recognised, false) as was_recognised,
        coalesce(entries.is_recognised, false) as is_recognised,
        coalesce(closed.recognised_principal_usd, 0) as recognised_principal_before,
        coalesce(closed.recognised_interest_usd, 0) as recognised_interest_before,
        coalesce(closed.received_principal_usd, 0) as received_principal_before,
        coalesce(closed.received_interest_usd, 0) as received_interest_before,
        coalesce(closed.offset_principal_usd, 0) as offset_principal_before,
        coalesce(closed.offset_interest_usd, 0) as offset_interest_before,
        coalesce(closed.closing_principal_usd, 0) as opening_principal_usd,
        coalesce(closed.closing_interest_usd, 0) as opening_interest_usd,
        -- an entry that no report names any more keeps what came in for it
        coalesce(entries.received_principal_usd, closed.received_principal_usd) as received_principal_usd,
        coalesce(entries.received_interest_usd, closed.received_interest_usd) as received_interest_usd,
        coalesce(entries.offset_principal_usd, closed.offset_principal_usd) as offset_principal_usd,
        coalesce(entries.offset_interest_usd, closed.offset_interest_usd) as offset_interest_usd
    from reports.receivable_entries as entries
    full join closed
        on entries.importer_key = closed.importer_key
       and entries.entry_number = closed.entry_number
    left join accrued_before
        on entries.entry_number = accrued_before.entry_number

),

measured as (

    select
        paired.importer_key,
        paired.importer_number,
        paired.entry_number,
        last_close.close_name as opening_close_name,
        last_close.period_end as opening_date,
        paired.stage,
        paired.stage_reason,
        paired.principal_usd,
        paired.accrued_interest_usd,
        paired.was_recognised,
        paired.is_recognised,
        paired.recognised_principal_before,
        paired.recognised_interest_before,
        paired.received_principal_before,
        paired.received_interest_before,
        paired.offset_principal_before,
        paired.offset_interest_before,
        paired.opening_principal_usd,
        paired.opening_interest_usd,
        paired.received_principal_usd,
        paired.received_interest_usd,
        paired.offset_principal_usd,
        paired.offset_interest_usd,
        -- what is not in the books is worth what came in for it
        if(
            paired.is_recognised and paired.recognised_principal_usd is not null,
            paired.recognised_principal_usd,
            paired.received_principal_usd + paired.offset_principal_usd
        ) as recognised_principal_usd,
        -- interest that cannot be told stays as it was closed
        case
            when not paired.is_recognised then paired.received_interest_usd + paired.offset_interest_usd
            when paired.recognised_interest_usd is not null then paired.recognised_interest_usd
            else greatest(
                paired.recognised_interest_before, paired.received_interest_usd + paired.offset_interest_usd
            )
        end as recognised_interest_usd,
        -- without a close no period has begun, and interest is recognised with its principal
        if(
            last_close.close_name is not null and paired.is_recognised and paired.accrued_interest_usd is not null,
            paired.accrued_interest_usd - coalesce(paired.accrued_before_usd, 0),
            0
        ) as period_interest_usd
    from paired
    cross join last_close

),

changed as (

    select
        importer_key,
        importer_number,
        entry_number,
        opening_close_name,
        opening_date,
        stage,
        stage_reason,
        principal_usd,
        accrued_interest_usd,
        was_recognised,
        is_recognised,
        recognised_principal_before,
        recognised_interest_before,
        received_principal_before,
        received_interest_before,
        offset_principal_before,
        offset_interest_before,
        opening_principal_usd,
        opening_interest_usd,
        received_principal_usd,
        received_interest_usd,
        offset_principal_usd,
        offset_interest_usd,
        recognised_principal_usd,
        recognised_interest_usd,
        period_interest_usd,
        recognised_principal_usd - recognised_principal_before as principal_change,
        recognised_interest_usd - recognised_interest_before - period_interest_usd as interest_change
    from measured

)

select
    changed.importer_key,
    changed.importer_number,
    changed.entry_number,
    changed.opening_close_name,
    changed.opening_date,
    day.as_of_date as period_end,
    changed.stage,
    changed.stage_reason,
    changed.is_recognised,
    changed.principal_usd,
    changed.accrued_interest_usd,
    cast(changed.opening_principal_usd as decimal(18, 2)) as opening_principal_usd,
    cast(changed.opening_interest_usd as decimal(18, 2)) as opening_interest_usd,
    cast(if(changed.was_recognised, 0, changed.principal_change) as decimal(18, 2)) as newly_recognised_principal_usd,
    cast(if(changed.was_recognised, 0, changed.interest_change) as decimal(18, 2)) as newly_recognised_interest_usd,
    cast(changed.period_interest_usd as decimal(18, 2)) as period_interest_usd,
    cast(changed.received_principal_before - changed.received_principal_usd as decimal(18, 2)) as cash_principal_usd,
    cast(changed.received_interest_before - changed.received_interest_usd as decimal(18, 2)) as cash_interest_usd,
    cast(
        changed.offset_principal_before + changed.offset_interest_before
        - changed.offset_principal_usd - changed.offset_interest_usd
        as decimal(18, 2)
    ) as offset_movement_usd,
    cast(if(changed.was_recognised and changed.is_recognised, changed.principal_change, 0) as decimal(18, 2))
        as remeasured_principal_usd,
    cast(if(changed.was_recognised and changed.is_recognised, changed.interest_change, 0) as decimal(18, 2))
        as remeasured_interest_usd,
    cast(
        if(
            changed.was_recognised and not changed.is_recognised,
            changed.principal_change + changed.interest_change,
            0
        ) as decimal(18, 2)
    ) as written_off_usd,
    cast(
        changed.recognised_principal_usd - changed.received_principal_usd - changed.offset_principal_usd
        as decimal(18, 2)
    ) as closing_principal_usd,
    cast(
        changed.recognised_interest_usd - changed.received_interest_usd - changed.offset_interest_usd
        as decimal(18, 2)
    ) as closing_interest_usd,
    cast(changed.recognised_principal_usd as decimal(18, 2)) as recognised_principal_usd,
    cast(changed.recognised_interest_usd as decimal(18, 2)) as recognised_interest_usd,
    changed.received_principal_usd,
    changed.received_interest_usd,
    changed.offset_principal_usd,
    changed.offset_interest_usd
from changed
cross join registry.as_of as day
