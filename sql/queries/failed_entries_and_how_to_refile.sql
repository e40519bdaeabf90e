-- Which entries did CAPE refuse, what did its message mean, and what comes first before they are filed again?

select
    entry_number,
    claim_number,
    failed_date,
    message,
    meaning,
    message_state,
    remedy,
    resubmission_state,
    first_step,
    is_ready_now,
    cape_deadline_date,
    refund_principal_usd
from refunds.resubmissions
order by is_ready_now desc, cape_deadline_date nulls last, entry_number
