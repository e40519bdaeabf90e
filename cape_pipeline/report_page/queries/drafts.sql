-- Declarations drafted for today: upload each file as it stands, the nearest deadline first.
select
    drafts.file_name,
    drafts.importer_number,
    importers.importer_name,
    drafts.entry_count,
    drafts.declared_principal_usd,
    members.principal_unknown_count,
    members.nearest_deadline_date,
    members.nearest_deadline_date - drafts.as_of_date as days_left,
    drafts.filer_code,
    drafts.submitter_type,
    drafts.submitter_id,
    drafts.is_refiling,
    drafts.attestations
from refunds.declarations as drafts
left join (
    select
        entries.declaration_id,
        min(eligibility.importer_key) as importer_key,
        count(*) filter (where eligibility.refund_principal_usd is null) as principal_unknown_count,
        min(eligibility.cape_deadline_date) as nearest_deadline_date
    from refunds.declaration_entries as entries
    join entries.eligibility as eligibility on entries.entry_number = eligibility.entry_number
    group by entries.declaration_id
) as members on drafts.declaration_id = members.declaration_id
left join ace.current_importers as importers on members.importer_key = importers.importer_key
where drafts.status = 'drafted'
order by nearest_deadline_date nulls last, drafts.declared_principal_usd desc nulls first, drafts.file_name
