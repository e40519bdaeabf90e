-- Every refund and every payment still awaited: why it is where it is, and what to do next.
select
    refund_number,
    payee_number,
    match_status,
    cause,
    next_action,
    expected_usd,
    es022_usd,
    rev603_usd,
    deposited_usd,
    diverted_usd,
    rejected_usd,
    pending_usd,
    unexplained_usd,
    refund_date,
    bank_value_date
from payments.rev603_reconciliation
order by
    match_status = 'matched',
    refund_number is null,
    abs(unexplained_usd) + rejected_usd + diverted_usd desc nulls first,
    pending_usd desc,
    reconciliation_key
