-- The days up to which the books need the interest of a span: every month end in it, the day of every close in it, and
-- its last day. The last day and the month ends tell the interest of a month; a close tells where its period ended.
-- Grain: deposit_earliest_date, accrued_through_date, through_date.

with

spans as (

    select distinct
        deposit_earliest_date,
        accrued_through_date
    from refunds.booked_spans

),

month_ends as (

    select
        deposit_earliest_date,
        accrued_through_date,
        last_day(
            cast(
                unnest(
                    generate_series(
                        date_trunc('month', deposit_earliest_date),
                        date_trunc('month', accrued_through_date),
                        interval 1 month
                    )
                ) as date
            )
        ) as through_date
    from spans

),

needed as (

    select
        deposit_earliest_date,
        accrued_through_date,
        least(through_date, accrued_through_date) as through_date
    from month_ends

    union

    select
        spans.deposit_earliest_date,
        spans.accrued_through_date,
        closes.period_end as through_date
    from spans
    join ace.closes as closes
        on closes.period_end between spans.deposit_earliest_date and spans.accrued_through_date

)

select
    deposit_earliest_date,
    accrued_through_date,
    through_date,
    through_date = accrued_through_date or through_date = last_day(through_date) as ends_month,
    through_date in (select period_end from ace.closes) as is_close
from needed
