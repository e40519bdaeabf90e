-- The duty of every entry summary with a baseline, summed over its lines.
-- Grain: entry_number.

with

sums as (

    select
        entry_number,
        max(partition_month) as partition_month,
        count(*) as line_count,
        sum(paid_duty_usd) as paid_duty_usd,
        sum(ieepa_low_usd) as ieepa_low_usd,
        sum(ieepa_high_usd) as ieepa_high_usd,
        sum(undetermined_usd) as undetermined_usd,
        sum(non_ieepa_usd) as non_ieepa_usd,
        coalesce(sum(ieepa_low_usd) filter (where rests_on_assumption is not null), 0) as rests_on_assumption_usd,
        sum(absent_duty_row_count) as absent_duty_row_count
    from lines.duty_splits
    where list_contains($months, partition_month)
    group by entry_number

),

-- lists are taken apart first: to put lists of lists together costs five times as much
programmes_of_entries as (

    select
        entry_number,
        list_sort(list(distinct programme)) as programmes
    from (
        select
            entry_number,
            unnest(programmes) as programme
        from lines.duty_splits
        where list_contains($months, partition_month)
    ) as programmes_of_lines
    group by entry_number

),

anomalies_of_entries as (

    select
        entry_number,
        list_sort(list(distinct anomaly_code)) as anomaly_codes
    from (
        select
            entry_number,
            unnest(anomaly_codes) as anomaly_code
        from lines.duty_splits
        where list_contains($months, partition_month)
    ) as anomalies_of_lines
    group by entry_number

)

select
    sums.entry_number,
    sums.partition_month,
    cast(sums.line_count as integer) as line_count,
    cast(sums.paid_duty_usd as decimal(18, 2)) as paid_duty_usd,
    cast(sums.ieepa_low_usd as decimal(18, 2)) as ieepa_low_usd,
    cast(sums.ieepa_high_usd as decimal(18, 2)) as ieepa_high_usd,
    cast(sums.undetermined_usd as decimal(18, 2)) as undetermined_usd,
    cast(sums.non_ieepa_usd as decimal(18, 2)) as non_ieepa_usd,
    cast(sums.rests_on_assumption_usd as decimal(18, 2)) as rests_on_assumption_usd,
    coalesce(programmes_of_entries.programmes, []) as programmes,
    coalesce(anomalies_of_entries.anomaly_codes, []) as anomaly_codes,
    cast(sums.absent_duty_row_count as integer) as absent_duty_row_count,
    $registry_version as registry_version
from sums
left join programmes_of_entries
    on sums.entry_number = programmes_of_entries.entry_number
left join anomalies_of_entries
    on sums.entry_number = anomalies_of_entries.entry_number
