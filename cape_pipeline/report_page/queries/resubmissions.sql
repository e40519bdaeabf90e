-- Entries CBP failed, its message, and what comes first before they are filed again.
select
    entry_number,
    importer_number,
    claim_number,
    failed_date,
    message as cbp_message,
    meaning,
    first_step,
    is_ready_now,
    cape_deadline_date,
    psc_deadline_date,
    refund_principal_usd
from refunds.resubmissions
order by cape_deadline_date nulls last, psc_deadline_date nulls last, entry_number
