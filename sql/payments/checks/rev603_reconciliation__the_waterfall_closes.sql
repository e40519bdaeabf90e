-- For every refund, to the cent: expected + entry variance = ES-022; + consolidation = REV-603 (ES-022 where it shows
-- none) = diverted + rejected + pending + deposited + unexplained. A step is unknown only where one beside it is.
select
    reconciliation_key,
    expected_usd,
    entry_variance_usd,
    es022_usd,
    consolidation_variance_usd,
    rev603_usd,
    unexplained_usd
from payments.rev603_reconciliation
where refund_number is not null
  and (
      expected_usd + entry_variance_usd is distinct from if(expected_usd is null, null, es022_usd)
      or es022_usd + consolidation_variance_usd is distinct from if(es022_usd is null, null, rev603_usd)
      or coalesce(rev603_usd, es022_usd)
        is distinct from diverted_usd + rejected_usd + pending_usd + deposited_usd + unexplained_usd
  )
