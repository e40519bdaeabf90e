-- Every line that counts of a broker's list is split once, with the total the list states, and no other line is.
with

listed as (

    select
        rows.entry_number,
        rows.line_number,
        rows.paid_duty_usd
    from ace.current_broker_lines as rows
    join lines.entry_baselines as baselines
        on rows.entry_number = baselines.entry_number
    where baselines.baseline_basis = 'broker_lines'
      and list_contains($months, baselines.partition_month)

),

split as (

    select
        entry_number,
        line_number,
        paid_duty_usd
    from lines.rate_derived_splits
    where list_contains($months, partition_month)

)

select
    coalesce(listed.entry_number, split.entry_number) as entry_number,
    coalesce(listed.line_number, split.line_number) as line_number,
    listed.paid_duty_usd as stated_duty_usd,
    split.paid_duty_usd
from listed
full join split
    on listed.entry_number = split.entry_number
   and listed.line_number = split.line_number
where listed.entry_number is null
   or split.entry_number is null
   or listed.paid_duty_usd <> split.paid_duty_usd
