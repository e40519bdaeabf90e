-- Every day of the years the federal holidays are known for: whether business is done on it and which working day of
-- its month it is. Weekends and federal holidays are not business days; liquidations are said to run on those from
-- Monday to Thursday.
-- Grain: calendar_date.

with

years as (

    select
        make_date(cast(min(year(holiday_date)) as integer), 1, 1) as first_day,
        make_date(cast(max(year(holiday_date)) as integer), 12, 31) as last_day
    from registry.federal_holidays
    where withdrawn_date is null

),

days as (

    select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as calendar_date
    from years

),

judged as (

    select
        days.calendar_date,
        holidays.holiday_name,
        isodow(days.calendar_date) >= 6 as is_weekend,
        isodow(days.calendar_date) < 6 and holidays.holiday_date is null as is_business_day
    from days
    left join registry.federal_holidays as holidays
        on days.calendar_date = holidays.holiday_date
       and holidays.withdrawn_date is null

)

select
    calendar_date,
    is_weekend,
    holiday_name,
    is_business_day,
    cast(
        case when is_business_day then
            count(*) filter (where is_business_day)
                over (partition by date_trunc('month', calendar_date) order by calendar_date)
        end as integer
    ) as working_day_of_month,
    min(calendar_date) filter (where is_business_day)
        over (order by calendar_date rows between 1 following and unbounded following) as next_business_day,
    min(calendar_date) filter (where is_business_day and isodow(calendar_date) <= 4)
        over (order by calendar_date rows between current row and unbounded following) as liquidation_run_on_or_after
from judged
