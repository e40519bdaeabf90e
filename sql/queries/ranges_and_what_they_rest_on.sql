-- Which lines have a refund that is a range, and which rest on an assumption?

select
    entry_number,
    line_number,
    split_basis,
    split_confidence,
    rests_on_assumption,
    paid_duty_usd,
    ieepa_low_usd,
    ieepa_high_usd,
    undetermined_usd,
    anomaly_codes
from lines.duty_splits
where undetermined_usd > 0
   or rests_on_assumption is not null
order by undetermined_usd desc nulls last, entry_number, line_number
