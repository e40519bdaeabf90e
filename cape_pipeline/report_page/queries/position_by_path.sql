-- How many entries stand on each path, and what they are worth.
select
    recommended_path,
    cape_status,
    entry_count,
    refund_principal_usd,
    refund_principal_high_usd,
    open_principal_usd,
    principal_unknown_count,
    interest_usd,
    interest_unknown_count,
    next_deadline_date
from reports.position_by_path
order by open_principal_usd desc nulls first, recommended_path, cape_status
