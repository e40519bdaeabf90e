-- Every known liquidation of an entry summary with the clocks it starts. Day 80 is the last day CAPE takes the entry,
-- day 90 the end of CBP's own authority to reliquidate, day 180 the last day to protest; all are calendar days.
-- Grain: entry_number, liquidation_date.

with

clocks as (

    select
        entry_number,
        partition_month,
        liquidation_date,
        liquidation_date + 78 as cape_warning_date,
        liquidation_date + 80 as cape_deadline_date,
        liquidation_date + 90 as reliquidation_deadline_date,
        liquidation_date + 180 as protest_deadline_date
    from entries.reported_liquidations

)

select
    clocks.entry_number,
    clocks.partition_month,
    clocks.liquidation_date,
    clocks.cape_warning_date,
    clocks.cape_deadline_date,
    cape_days.is_business_day as is_cape_deadline_business_day,
    clocks.reliquidation_deadline_date,
    clocks.protest_deadline_date,
    protest_days.is_business_day as is_protest_deadline_business_day
from clocks
left join registry.calendar_days as cape_days
    on clocks.cape_deadline_date = cape_days.calendar_date
left join registry.calendar_days as protest_days
    on clocks.protest_deadline_date = protest_days.calendar_date
