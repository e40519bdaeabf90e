-- The receivable of every importer from the last close before the day to the day: opening balance, signed movements and
-- closing balance, which tie to the cent. Where nothing was closed before, the opening is nothing and says so.
-- Grain: importer_key, period_end.

select
    importer_key,
    min(importer_number) as importer_number,
    period_end,
    max(opening_date) as opening_date,
    max(opening_close_name) as opening_close_name,
    if(max(opening_close_name) is null, 'first_recognition', 'closed_period') as opening_basis,
    cast(count(*) filter (where is_recognised) as integer) as entry_count,
    cast(sum(opening_principal_usd) as decimal(18, 2)) as opening_principal_usd,
    cast(sum(opening_interest_usd) as decimal(18, 2)) as opening_interest_usd,
    cast(sum(opening_principal_usd + opening_interest_usd) as decimal(18, 2)) as opening_usd,
    cast(sum(newly_recognised_principal_usd) as decimal(18, 2)) as newly_recognised_principal_usd,
    cast(sum(newly_recognised_interest_usd) as decimal(18, 2)) as newly_recognised_interest_usd,
    cast(sum(newly_recognised_principal_usd + newly_recognised_interest_usd) as decimal(18, 2))
        as newly_recognised_usd,
    cast(sum(period_interest_usd) as decimal(18, 2)) as period_interest_usd,
    cast(sum(cash_principal_usd) as decimal(18, 2)) as cash_principal_usd,
    cast(sum(cash_interest_usd) as decimal(18, 2)) as cash_interest_usd,
    cast(sum(offset_movement_usd) as decimal(18, 2)) as offset_movement_usd,
    cast(sum(remeasured_principal_usd) as decimal(18, 2)) as remeasured_principal_usd,
    cast(sum(remeasured_interest_usd) as decimal(18, 2)) as remeasured_interest_usd,
    cast(sum(remeasured_principal_usd + remeasured_interest_usd) as decimal(18, 2)) as remeasured_usd,
    cast(sum(written_off_usd) as decimal(18, 2)) as written_off_usd,
    cast(sum(closing_principal_usd) as decimal(18, 2)) as closing_principal_usd,
    cast(sum(closing_interest_usd) as decimal(18, 2)) as closing_interest_usd,
    cast(sum(closing_principal_usd + closing_interest_usd) as decimal(18, 2)) as closing_usd,
    cast(count(*) filter (where stage <> 'none' and principal_usd is null) as integer) as principal_unknown_count,
    cast(count(*) filter (where stage <> 'none' and accrued_interest_usd is null) as integer)
        as interest_unknown_count
from reports.receivable_movements
group by importer_key, period_end
