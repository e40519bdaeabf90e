-- When every entry that CAPE accepted, or would take today, is foreseen to (re)liquidate: the next business day where
-- it was liquidated, day 45 where it was not, none where it keeps its own cycle. Accepted entries count from the
-- acceptance, the others as if accepted on the as-of day. What has happened since does not change the forecast.
-- Grain: entry_number.

with

-- the days on which an entry accepted today would liquidate
if_accepted_today as (

    select
        unnest(
            [
                {'track': 'liquidated', 'calendar_date': days.next_business_day},
                {'track': 'unliquidated', 'calendar_date': day.as_of_date + 45}
            ]
        ) as foreseen
    from registry.as_of as day
    left join registry.calendar_days as days
        on day.as_of_date = days.calendar_date

),

rolled as (

    select
        if_accepted_today.foreseen.track as liquidation_track,
        if(
            policies.liquidation_run_policy = 'next_liquidation_run',
            run_days.liquidation_run_on_or_after,
            if_accepted_today.foreseen.calendar_date
        ) as forecast_liquidation_date,
        case
            when if_accepted_today.foreseen.calendar_date is null then 'no business day known after the acceptance'
            when policies.liquidation_run_policy = 'next_liquidation_run'
                and run_days.liquidation_run_on_or_after is null
                then 'no liquidation run known on the day foreseen or after it'
        end as undated_reason
    from if_accepted_today
    cross join registry.policies_in_force as policies
    left join registry.calendar_days as run_days
        on if_accepted_today.foreseen.calendar_date = run_days.calendar_date

)

select
    tracks.entry_number,
    tracks.liquidation_track,
    tracks.forecast_basis,
    if(tracks.forecast_basis = 'as_of', day.as_of_date, tracks.forecast_from_date) as forecast_from_date,
    coalesce(tracks.forecast_liquidation_date, rolled.forecast_liquidation_date) as forecast_liquidation_date,
    coalesce(tracks.undated_reason, rolled.undated_reason) as undated_reason,
    tracks.is_forecast_passed,
    tracks.liquidation_run_policy
from entries.liquidation_tracks as tracks
cross join registry.as_of as day
left join rolled
    on tracks.forecast_basis = 'as_of'
   and tracks.liquidation_track = rolled.liquidation_track
