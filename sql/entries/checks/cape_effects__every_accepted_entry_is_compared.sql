-- Every entry that CAPE accepted as of the day is compared, and no other.
select
    coalesce(claims.entry_number, effects.entry_number) as entry_number
from (
    select entry_number
    from entries.claim_facts
    where is_accepted
) as claims
full join entries.cape_effects as effects
    on claims.entry_number = effects.entry_number
where claims.entry_number is null
   or effects.entry_number is null
