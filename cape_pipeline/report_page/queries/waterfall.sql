-- From what was expected to the bank, for each payee and in all; what no report and no credit explains is unexplained.
select
    coalesce(payee_number, waterfall_of) as payee_number,
    refund_count,
    expected_principal_usd,
    expected_interest_usd,
    entry_variance_usd,
    not_expected_usd,
    es022_usd,
    consolidation_variance_usd,
    not_in_es022_usd,
    not_in_rev603_usd,
    rev603_usd,
    diverted_usd,
    rejected_usd,
    pending_usd,
    deposited_usd,
    unexplained_usd,
    amount_unknown_count
from payments.cash_waterfall
order by waterfall_of <> 'all payees', payments.cash_waterfall.payee_number
