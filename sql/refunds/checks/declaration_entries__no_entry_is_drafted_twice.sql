-- An entry that stands on two drafts would be filed twice.

select
    entry_number,
    list_sort(list(declaration_id)) as declaration_ids
from refunds.declaration_entries
where starts_with(declaration_id, 'draft-')
group by entry_number
having count(*) > 1
