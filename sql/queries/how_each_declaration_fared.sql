-- How did each declaration fare: how many of its entries did CBP take or fail, and what was declared?

select
    declaration_id,
    claim_number,
    importer_number,
    filer_code,
    status,
    filed_date,
    accepted_date,
    entry_count,
    accepted_entry_count,
    failed_entry_count,
    declared_principal_usd,
    file_name,
    file_sha256
from refunds.declarations
order by filed_date nulls last, declaration_id
