-- The warehouse holds the answers of one day: the stored as-of day.
select
    eligibility.entry_number,
    eligibility.as_of_date
from entries.eligibility as eligibility
cross join registry.as_of as day
where list_contains($months, eligibility.partition_month)
  and eligibility.as_of_date <> day.as_of_date
