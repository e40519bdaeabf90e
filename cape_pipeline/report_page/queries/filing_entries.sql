-- Every entry that may go on a declaration, or is refiled: on which draft it is, or what keeps it off.
select
    candidates.entry_number,
    candidates.importer_number,
    candidates.filer_code,
    candidates.recommended_path,
    eligibility.refund_principal_usd,
    eligibility.refund_principal_high_usd,
    eligibility.cape_deadline_date,
    eligibility.days_to_cape_deadline,
    candidates.undrafted_reason,
    candidates.unattested_facts,
    drafts.file_name
from refunds.filing_candidates as candidates
join entries.eligibility as eligibility on candidates.entry_number = eligibility.entry_number
left join (
    select members.entry_number, min(declarations.file_name) as file_name
    from refunds.declaration_entries as members
    join refunds.declarations as declarations on members.declaration_id = declarations.declaration_id
    where declarations.status = 'drafted'
    group by members.entry_number
) as drafts on candidates.entry_number = drafts.entry_number
order by eligibility.cape_deadline_date nulls last, eligibility.refund_principal_usd desc nulls first, candidates.entry_number
