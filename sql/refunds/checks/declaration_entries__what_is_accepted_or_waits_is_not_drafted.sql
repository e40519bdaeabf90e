-- An entry CBP accepted, or one on a filed declaration without a result, must not be filed again.

select
    drafted.entry_number,
    drafted.declaration_id,
    others.declaration_id as other_declaration_id,
    others.claim_outcome
from refunds.declaration_entries as drafted
join refunds.declaration_entries as others
    on drafted.entry_number = others.entry_number
left join refunds.filed_declarations as filed
    on others.declaration_id = filed.declaration_id
where starts_with(drafted.declaration_id, 'draft-')
  and not starts_with(others.declaration_id, 'draft-')
  and (
      others.claim_outcome = 'accepted'
      or (filed.claim_number is null and filed.stated_status not in ('rejected_file', 'abandoned', 'rejected'))
  )
