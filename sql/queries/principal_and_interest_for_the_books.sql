-- What is each entry worth to the books: principal and interest apart, received and open, and in which stage?

select
    importer_number,
    entry_number,
    stage,
    stage_reason,
    is_recognised,
    principal_usd,
    accrued_interest_usd,
    accrued_through_date,
    interest_unknown_reason,
    received_principal_usd,
    received_interest_usd,
    open_principal_usd,
    open_interest_usd
from reports.receivable_entries
order by importer_number, entry_number
