-- Which facts do the rules need that no report states, for how many entries and dollars?

select
    facts.unverified_fact,
    count(*) as entry_count,
    sum(facts.open_principal_usd) as open_principal_usd,
    min(facts.entry_number) as first_entry_number
from (
    select
        entry_number,
        open_principal_usd,
        unnest(unverified_facts) as unverified_fact
    from entries.eligibility
) as facts
group by facts.unverified_fact
order by entry_count desc, facts.unverified_fact
