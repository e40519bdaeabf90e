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
        paired.entry_number,
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
        paired.importer_key,
        paired.entry_number,
        measured.recognised_principal_usd - paired.recognised_principal_before as principal_change,
        measured.recognised_interest_usd - paired.recognised_interest_before - measured.period_interest_usd
            as interest_change
    from paired
    join measured
        on paired.importer_key = measured.importer_key
       and paired.entry_number = measured.entry_number

)

select
    paired.importer_key,
    paired.importer_number,
    paired.entry_number,
    last_close.close_name as opening_close_name,
    last_close.period_end as opening_date,
    day.as_of_date as period_end,
    paired.stage,
    paired.stage_reason,
    paired.is_recognised,
    paired.principal_usd,
    paired.accrued_interest_usd,
    cast(paired.opening_principal_usd as decimal(18, 2)) as opening_principal_usd,
    cast(paired.opening_interest_usd as decimal(18, 2)) as opening_interest_usd,
    cast(if(paired.was_recognised, 0, changed.principal_change) as decimal(18, 2)) as newly_recognised_principal_usd,
    cast(if(paired.was_recognised, 0, changed.interest_change) as decimal(18, 2)) as newly_recognised_interest_usd,
    cast(measured.period_interest_usd as decimal(18, 2)) as period_interest_usd,
    cast(paired.received_principal_before - paired.received_principal_usd as decimal(18, 2)) as cash_principal_usd,
    cast(paired.received_interest_before - paired.received_interest_usd as decimal(18, 2)) as cash_interest_usd,
    cast(
        paired.offset_principal_before + paired.offset_interest_before
        - paired.offset_principal_usd - paired.offset_interest_usd
        as decimal(18, 2)
    ) as offset_movement_usd,
    cast(if(paired.was_recognised and paired.is_recognised, changed.principal_change, 0) as decimal(18, 2))
        as remeasured_principal_usd,
    cast(if(paired.was_recognised and paired.is_recognised, changed.interest_change, 0) as decimal(18, 2))
        as remeasured_interest_usd,
    cast(
        if(
            paired.was_recognised and not paired.is_recognised,
            changed.principal_change + changed.interest_change,
            0
        ) as decimal(18, 2)
    ) as written_off_usd,
    cast(
        measured.recognised_principal_usd - paired.received_principal_usd - paired.offset_principal_usd
        as decimal(18, 2)
    ) as closing_principal_usd,
    cast(
        measured.recognised_interest_usd - paired.received_interest_usd - paired.offset_interest_usd
        as decimal(18, 2)
    ) as closing_interest_usd,
    cast(measured.recognised_principal_usd as decimal(18, 2)) as recognised_principal_usd,
    cast(measured.recognised_interest_usd as decimal(18, 2)) as recognised_interest_usd,
    paired.received_principal_usd,
    paired.received_interest_usd,
    paired.offset_principal_usd,
    paired.offset_interest_usd
from paired
join measured
    on paired.importer_key = measured.importer_key
   and paired.entry_number = measured.entry_number
join changed
    on paired.importer_key = changed.importer_key
   and paired.entry_number = changed.entry_number
cross join last_close
cross join registry.as_of as day
