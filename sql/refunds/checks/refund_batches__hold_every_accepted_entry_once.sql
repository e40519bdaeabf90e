-- Every accepted entry stands in one batch, and the batches hold no other.
select
    facts.entry_number
from entries.case_facts as facts
left join refunds.batch_members as members
    on facts.entry_number = members.entry_number
left join refunds.refund_batches as batches
    on members.batch_id = batches.batch_id
where (facts.is_accepted or facts.refund_number is not null)
  and batches.batch_id is null
