-- The drafts together are exactly the entries that nothing holds back, and no draft is longer than CBP takes.

select
    coalesce(candidates.entry_number, drafted.entry_number) as entry_number,
    drafted.declaration_id,
    drafted.row_number
from (
    select entry_number from refunds.filing_candidates where undrafted_reason is null
) as candidates
full join (
    select entry_number, declaration_id, row_number
    from refunds.declaration_entries
    where starts_with(declaration_id, 'draft-')
) as drafted
    on candidates.entry_number = drafted.entry_number
where candidates.entry_number is null
   or drafted.entry_number is null
   or drafted.row_number > 9999
