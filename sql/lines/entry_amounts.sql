-- The duty of every entry summary with a baseline, summed over its lines.
-- Grain: entry_number.

select
    entry_number,
    max(partition_month) as partition_month,
    cast(count(*) as integer) as line_count,
    cast(sum(paid_duty_usd) as decimal(18, 2)) as paid_duty_usd,
    cast(sum(ieepa_low_usd) as decimal(18, 2)) as ieepa_low_usd,
    cast(sum(ieepa_high_usd) as decimal(18, 2)) as ieepa_high_usd,
    cast(sum(undetermined_usd) as decimal(18, 2)) as undetermined_usd,
    cast(sum(non_ieepa_usd) as decimal(18, 2)) as non_ieepa_usd,
    cast(
        coalesce(sum(ieepa_low_usd) filter (where rests_on_assumption is not null), 0) as decimal(18, 2)
    ) as rests_on_assumption_usd,
    list_sort(list_distinct(flatten(list(programmes)))) as programmes,
    list_sort(list_distinct(flatten(list(anomaly_codes)))) as anomaly_codes,
    cast(sum(absent_duty_row_count) as integer) as absent_duty_row_count,
    $registry_version as registry_version
from lines.duty_splits
where list_contains($months, partition_month)
group by entry_number
