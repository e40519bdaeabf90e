-- Where did CBP pay another amount than was computed, or the bank receive another than CBP shows?

select
    refund_number,
    payee_number,
    match_status,
    cause,
    expected_usd,
    es022_usd,
    rev603_usd,
    deposited_usd,
    diverted_usd,
    rejected_usd,
    pending_usd,
    unexplained_usd,
    next_action
from payments.rev603_reconciliation
where refund_number is not null
  and (match_status <> 'matched' or entry_variance_usd <> 0 or consolidation_variance_usd <> 0 or unexplained_usd <> 0)
order by abs(unexplained_usd) desc nulls last, refund_number
