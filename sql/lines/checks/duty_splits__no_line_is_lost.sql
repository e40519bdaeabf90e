-- Every classified line, and every line of a broker's list, is split once, with all the duty filed or stated on it.
with

filed as (

    select
        entry_number,
        line_number,
        coalesce(sum(duty_usd), 0) as duty_usd
    from lines.classified_lines
    where list_contains($months, partition_month)
    group by all

    union all

    select
        entry_number,
        line_number,
        paid_duty_usd as duty_usd
    from lines.rate_derived_splits
    where list_contains($months, partition_month)

),

split as (

    select
        entry_number,
        line_number,
        paid_duty_usd
    from lines.duty_splits
    where list_contains($months, partition_month)

)

select
    coalesce(filed.entry_number, split.entry_number) as entry_number,
    coalesce(filed.line_number, split.line_number) as line_number,
    filed.duty_usd,
    split.paid_duty_usd
from filed
full join split
    on filed.entry_number = split.entry_number
   and filed.line_number = split.line_number
where filed.duty_usd is distinct from split.paid_duty_usd
