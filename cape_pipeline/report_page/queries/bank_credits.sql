-- Credits of CBP at the bank that pay no known refund, or fit several.
select
    value_date,
    amount_usd,
    account_last_four,
    trace_key,
    description,
    credit_finding,
    unexplained_usd,
    candidate_refunds[1:5] as candidate_refunds
from payments.bank_credits
where credit_finding in ('unmatched', 'ambiguous')
order by value_date, credit_key
