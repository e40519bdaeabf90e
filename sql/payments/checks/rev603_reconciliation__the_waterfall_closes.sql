-- For every refund: REV-603 (ES-022 where it shows none) is diverted + rejected + pending + deposited + unexplained.
select
    reconciliation_key,
    rev603_usd,
    es022_usd,
    unexplained_usd
from payments.rev603_reconciliation
where refund_number is not null
  and coalesce(rev603_usd, es022_usd)
    is distinct from diverted_usd + rejected_usd + pending_usd + deposited_usd + unexplained_usd
