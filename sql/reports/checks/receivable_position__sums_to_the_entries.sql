-- The stages hold every entry once, and sum to the certain principal of the entries, to the cent.
with

position as (

    select
        coalesce(sum(entry_count), 0) as entry_count,
        coalesce(sum(principal_usd), 0) as principal_usd
    from reports.receivable_position

),

by_entry as (

    select
        count(*) as entry_count,
        coalesce(sum(refund_principal_usd), 0) as principal_usd
    from entries.eligibility_decisions

)

select
    position.entry_count,
    by_entry.entry_count as entries_known,
    position.principal_usd,
    by_entry.principal_usd as principal_of_entries_usd
from position
cross join by_entry
where position.entry_count <> by_entry.entry_count
   or position.principal_usd <> by_entry.principal_usd
