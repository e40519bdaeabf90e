-- What is only assumed, how it is read here, and how much IEEPA duty rests on it.
select
    assumptions.assumption_id,
    assumptions.statement,
    assumptions.default_reading,
    assumptions.other_reading,
    resting.ieepa_usd as resting_ieepa_usd,
    assumptions.confidence,
    sources.title as source_title,
    sources.address as source_address
from registry.assumptions as assumptions
left join (
    select rests_on_assumption as assumption_id, sum(ieepa_usd) as ieepa_usd
    from lines.duty_splits
    where rests_on_assumption is not null
    group by rests_on_assumption
) as resting on assumptions.assumption_id = resting.assumption_id
left join registry.sources as sources on assumptions.source = sources.source
where assumptions.withdrawn_date is null
order by resting_ieepa_usd desc nulls last, assumptions.assumption_id
