-- How long every entry waited, or waits, for its money after (re)liquidation, in whole 30-day periods (19 USC
-- 1505(d)): up to the day that ends its wait, else to the as-of day. Nothing is due for the period of payment, and
-- nothing from the day on which REV-613 shows the refund rejected.
-- Grain: entry_number, refund_key.

with

counted as (

    select
        waits.entry_number,
        waits.refund_key,
        waits.refund_number,
        waits.liquidation_date,
        waits.payment_date,
        waits.payment_basis,
        waits.rejected_since_date,
        waits.reported_usd,
        waits.rate_class,
        waits.rate_class_high,
        day.as_of_date,
        greatest(coalesce(waits.payment_date, day.as_of_date) - waits.liquidation_date, 0) as waited_days,
        greatest(
            least(
                coalesce(waits.payment_date, day.as_of_date) - waits.liquidation_date,
                coalesce(waits.rejected_since_date - 1, date '9999-12-31') - waits.liquidation_date
            ),
            0
        ) as bearing_days
    from refunds.late_waits as waits
    cross join registry.as_of as day

),

periods as (

    select
        entry_number,
        refund_key,
        refund_number,
        liquidation_date,
        payment_date,
        payment_basis,
        rejected_since_date,
        reported_usd,
        rate_class,
        rate_class_high,
        as_of_date,
        waited_days,
        bearing_days,
        greatest((bearing_days + 29) // 30 - 1, 0) as late_periods,
        greatest((waited_days + 29) // 30 - 1, 0) as late_periods_high
    from counted

)

select
    entry_number,
    refund_key,
    refund_number,
    liquidation_date,
    payment_date,
    payment_basis,
    rejected_since_date,
    cast(waited_days as integer) as days_to_payment,
    cast(waited_days - bearing_days as integer) as excluded_days,
    cast(late_periods as integer) as late_periods,
    cast(late_periods_high as integer) as late_periods_high,
    liquidation_date + cast(30 * late_periods as integer) as late_end_date,
    liquidation_date + cast(30 * late_periods_high as integer) as late_end_high_date,
    reported_usd,
    rate_class,
    rate_class_high,
    as_of_date
from periods
