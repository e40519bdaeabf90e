-- How many entries stand on each path and what they are worth, with the next day on which a right lapses. An entry dated
-- after the day does not exist yet on it: it is counted, and its amounts are in no sum.
-- Grain: cape_status, recommended_path.

with

placed as (

    select
        entry_number,
        as_of_date,
        cape_status,
        recommended_path,
        refund_principal_usd,
        refund_principal_high_usd,
        open_principal_usd,
        cape_deadline_date,
        protective_deadline_date,
        court_deadline_conservative_date,
        -- one that was accepted or refunded all the same is there, whatever its date
        coalesce(
            cape_status = 'review' and recommended_path = 'manual_review' and entry_date > as_of_date, false
        ) as is_later
    from entries.eligibility

)

select
    placed.cape_status,
    placed.recommended_path,
    cast(count(*) as integer) as entry_count,
    cast(count(*) filter (where placed.is_later) as integer) as later_entry_count,
    cast(sum(placed.refund_principal_usd) filter (where not placed.is_later) as decimal(18, 2)) as refund_principal_usd,
    cast(sum(placed.refund_principal_high_usd) filter (where not placed.is_later) as decimal(18, 2))
        as refund_principal_high_usd,
    cast(sum(placed.open_principal_usd) filter (where not placed.is_later) as decimal(18, 2)) as open_principal_usd,
    cast(count(*) filter (where placed.refund_principal_usd is null and not placed.is_later) as integer)
        as principal_unknown_count,
    cast(
        case
            when bool_and(placed.is_later) then null
            else coalesce(
                sum(interest.interest_usd) filter (where not placed.is_later),
                -- an unknown principal has an unknown interest, not none
                if(bool_or(coalesce(placed.refund_principal_usd, 1) > 0) filter (where not placed.is_later), null, 0)
            )
        end as decimal(18, 2)
    ) as interest_usd,
    cast(
        count(*) filter (
            where coalesce(placed.refund_principal_usd, 1) > 0
              and interest.interest_usd is null
              and not placed.is_later
        ) as integer
    ) as interest_unknown_count,
    least(
        min(placed.cape_deadline_date) filter (
            where placed.recommended_path in ('file_cape', 'withdraw_protest_then_cape')
              and placed.cape_deadline_date >= placed.as_of_date
        ),
        min(placed.protective_deadline_date) filter (where placed.protective_deadline_date >= placed.as_of_date),
        min(placed.court_deadline_conservative_date) filter (
            where placed.recommended_path = 'court'
              and placed.court_deadline_conservative_date >= placed.as_of_date
        )
    ) as next_deadline_date
from placed
left join refunds.entry_interest as interest
    on placed.entry_number = interest.entry_number
group by placed.cape_status, placed.recommended_path
