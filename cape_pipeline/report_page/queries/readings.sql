-- The reading in force at every point on which guides and facts differ.
select
    policies.policy_point,
    policies.policy,
    policies.is_default,
    policies.reading,
    policies.confidence,
    sources.title as source_title,
    sources.address as source_address
from registry.policies as policies
left join registry.chosen_policies as chosen on policies.policy_point = chosen.policy_point
left join registry.sources as sources on policies.source = sources.source
where policies.withdrawn_date is null
  and if(chosen.policy is null, policies.is_default, policies.policy = chosen.policy)
order by policies.is_default, policies.policy_point
