-- How much comes back to each importer of record, what of it has come, and how many entries are on which path?

select
    eligibility.importer_number,
    max(importers.importer_name) as importer_name,
    eligibility.cape_status,
    eligibility.recommended_path,
    count(*) as entry_count,
    sum(eligibility.refund_principal_usd) as refund_principal_usd,
    sum(eligibility.refund_principal_high_usd) as refund_principal_high_usd,
    sum(eligibility.refunded_principal_usd) as refunded_principal_usd,
    sum(eligibility.open_principal_usd) as open_principal_usd,
    count(*) - count(eligibility.refund_principal_usd) as principal_unknown_count
from entries.eligibility as eligibility
left join ace.current_importers as importers
    on eligibility.importer_key = importers.importer_key
group by eligibility.importer_number, eligibility.cape_status, eligibility.recommended_path
order by eligibility.importer_number, open_principal_usd desc nulls last, eligibility.cape_status, eligibility.recommended_path
