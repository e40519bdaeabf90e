-- Which refunds go to another payee than the importer of record?

select
    eligibility.importer_number,
    eligibility.payee_number,
    count(*) as entry_count,
    sum(eligibility.open_principal_usd) as open_principal_usd,
    sum(eligibility.refunded_principal_usd) as refunded_principal_usd
from entries.eligibility as eligibility
where eligibility.payee_number <> eligibility.importer_number
group by eligibility.importer_number, eligibility.payee_number
order by eligibility.importer_number, eligibility.payee_number
