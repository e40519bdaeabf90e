-- What the receivable of every entry was made with: the version of the registry that decided it, and how many entries
-- and receipts there are.
-- Grain: registry_version.

select
    $registry_version as registry_version,
    (select cast(count(*) as integer) from entries.eligibility_decisions) as entry_count,
    (select cast(count(*) as integer) from reports.receivable_receipts) as receipt_count,
    (select cast(count(*) as integer) from refunds.booked_growth) as span_count
