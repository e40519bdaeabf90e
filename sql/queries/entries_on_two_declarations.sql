-- Is an entry on more than one claim, or claimed by two filers?

select
    outcomes.entry_number,
    count(distinct outcomes.claim_number) as claim_count,
    list(outcomes.claim_number || ': ' || outcomes.claim_outcome order by outcomes.claim_number) as claims,
    bool_or(outcomes.claim_outcome = 'accepted') as is_accepted
from ace.claim_outcomes as outcomes
group by outcomes.entry_number
having count(distinct outcomes.claim_number) > 1
order by outcomes.entry_number
