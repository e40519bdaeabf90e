-- What the rows of a line gave to its IEEPA duty sums to the split of the line, at both ends and to the cent.
with

row_sums as (

    select
        entry_number,
        line_number,
        coalesce(sum(ieepa_low_usd), 0) as ieepa_low_usd,
        coalesce(sum(ieepa_high_usd), 0) as ieepa_high_usd
    from lines.row_contributions
    group by all

),

splits as (

    select
        entry_number,
        line_number,
        ieepa_low_usd,
        ieepa_high_usd
    from lines.duty_splits
    -- a line derived from rates has no tariff rows
    where split_basis <> 'rate_derived'

)

select
    coalesce(splits.entry_number, row_sums.entry_number) as entry_number,
    coalesce(splits.line_number, row_sums.line_number) as line_number,
    splits.ieepa_low_usd,
    row_sums.ieepa_low_usd as rows_low_usd,
    splits.ieepa_high_usd,
    row_sums.ieepa_high_usd as rows_high_usd
from splits
full join row_sums
    on splits.entry_number = row_sums.entry_number
   and splits.line_number = row_sums.line_number
where splits.ieepa_low_usd is distinct from row_sums.ieepa_low_usd
   or splits.ieepa_high_usd is distinct from row_sums.ieepa_high_usd
