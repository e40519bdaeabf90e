-- The months of all importers together hold every received entry once.
with

known as (

    select count(distinct entry_number) as entry_count
    from ace.entry_versions

),

covered as (

    select coalesce(sum(entry_count), 0) as entry_count
    from ace.coverage

)

select
    known.entry_count as known_entry_count,
    covered.entry_count as covered_entry_count
from known
cross join covered
where known.entry_count <> covered.entry_count
