-- Every entry summary known from any report has an answer, and no other.
select
    coalesce(baselines.entry_number, eligibility.entry_number) as entry_number
from lines.entry_baselines as baselines
full join entries.eligibility_decisions as eligibility
    on baselines.entry_number = eligibility.entry_number
where list_contains($months, coalesce(baselines.partition_month, eligibility.partition_month))
  and (baselines.entry_number is null or eligibility.entry_number is null)
