-- What moved the receivable since the last close, by importer of record.
select
    importer_number,
    opening_date,
    opening_basis,
    entry_count,
    opening_usd,
    newly_recognised_usd,
    period_interest_usd,
    cash_principal_usd,
    cash_interest_usd,
    offset_movement_usd,
    remeasured_usd,
    written_off_usd,
    closing_usd,
    principal_unknown_count,
    interest_unknown_count
from reports.receivable_rollforward
order by closing_usd desc nulls first, importer_number nulls last
