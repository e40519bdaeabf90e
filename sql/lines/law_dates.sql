-- The date whose law decides an entry's rows, where it is not their own date of entry: the day its goods were given
-- privileged foreign status in a foreign-trade zone, or the day the entry summary was filed, each as a policy.
-- Grain: entry_number.

with

stated as (

    select
        baselines.entry_number,
        baselines.partition_month,
        if(
            baselines.entry_type_code = '06' and policies.zone_goods_policy = 'privileged_foreign_date',
            facts.privileged_foreign_date,
            null
        ) as privileged_foreign_date,
        if(policies.law_date_policy = 'filing_date', baselines.entry_summary_date, null) as filing_date
    from lines.entry_baselines as baselines
    cross join registry.policies_in_force as policies
    left join ace.current_entry_facts as facts
        on baselines.entry_number = facts.entry_number

)

select
    entry_number,
    partition_month,
    coalesce(privileged_foreign_date, filing_date) as law_date,
    if(privileged_foreign_date is not null, 'privileged_foreign_date', 'filing_date') as law_date_basis
from stated
where coalesce(privileged_foreign_date, filing_date) is not null
