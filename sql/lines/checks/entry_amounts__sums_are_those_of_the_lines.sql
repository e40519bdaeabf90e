-- An entry's amounts are those of its lines, and every entry with lines has them.
with

line_sums as (

    select
        entry_number,
        sum(paid_duty_usd) as paid_duty_usd,
        sum(ieepa_high_usd) as ieepa_high_usd
    from lines.duty_splits
    where list_contains($months, partition_month)
    group by all

),

entries as (

    select
        entry_number,
        paid_duty_usd,
        ieepa_low_usd,
        ieepa_high_usd,
        undetermined_usd,
        non_ieepa_usd
    from lines.entry_amounts
    where list_contains($months, partition_month)

)

select
    coalesce(line_sums.entry_number, entries.entry_number) as entry_number,
    line_sums.paid_duty_usd as line_paid_duty_usd,
    entries.paid_duty_usd
from line_sums
full join entries
    on line_sums.entry_number = entries.entry_number
where line_sums.paid_duty_usd is distinct from entries.paid_duty_usd
   or line_sums.ieepa_high_usd is distinct from entries.ieepa_high_usd
   or entries.paid_duty_usd <> entries.ieepa_low_usd + entries.undetermined_usd + entries.non_ieepa_usd
