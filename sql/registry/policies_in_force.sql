-- The reading in force of every point on which guides and facts differ: the one the run chose, else the default, all in
-- one row.
-- Grain: default_ieepa_first_day.

with

readings as (

    select
        policies.policy_point,
        policies.policy,
        policies.policy_value,
        policies.is_default,
        coalesce(chosen.policy = policies.policy, policies.is_default) as is_in_force
    from registry.policies as policies
    left join registry.chosen_policies as chosen
        on policies.policy_point = chosen.policy_point
    where policies.withdrawn_date is null

)

select
    cast(max(policy_value) filter (where policy_point = 'ieepa_first_day' and is_default) as date)
        as default_ieepa_first_day,
    cast(max(policy_value) filter (where policy_point = 'ieepa_first_day' and is_in_force) as date) as ieepa_first_day,
    cast(max(policy_value) filter (where policy_point = 'ieepa_last_day' and is_default) as date)
        as default_ieepa_last_day,
    cast(max(policy_value) filter (where policy_point = 'ieepa_last_day' and is_in_force) as date) as ieepa_last_day,
    max(replace(split_part(policy_value, '-', 1), '.', '')) filter (
        where policy_point = 'ieepa_heading_range' and is_in_force
    ) as first_ieepa_heading,
    max(replace(split_part(policy_value, '-', 2), '.', '')) filter (
        where policy_point = 'ieepa_heading_range' and is_in_force
    ) as last_ieepa_heading,
    max(policy) filter (where policy_point = 'law_date' and is_in_force) as law_date_policy,
    max(policy) filter (where policy_point = 'zone_goods_date' and is_in_force) as zone_goods_policy,
    max(policy) filter (where policy_point = 'fifteen_percent_headings' and is_in_force) as fifteen_percent_policy,
    max(policy) filter (where policy_point = 'interest_rates' and is_in_force) as interest_rates_policy,
    cast(max(policy_value) filter (where policy_point = 'interest_rates' and is_in_force) as decimal(9, 6))
        as interest_rate_of_2026_q2,
    max(policy) filter (where policy_point = 'interest_end' and is_in_force) as interest_end_policy,
    max(policy) filter (where policy_point = 'interest_start' and is_in_force) as interest_start_policy,
    max(policy) filter (where policy_point = 'interest_ten_thousand_rule' and is_in_force)
        as interest_ten_thousand_policy,
    max(policy) filter (where policy_point = 'interest_day_count' and is_in_force) as interest_day_count_policy,
    max(policy) filter (where policy_point = 'interest_divisor' and is_in_force) as interest_divisor_policy,
    max(policy) filter (where policy_point = 'interest_compounding' and is_in_force) as interest_compounding_policy,
    max(policy) filter (where policy_point = 'interest_rounding' and is_in_force) as interest_rounding_policy,
    max(policy) filter (where policy_point = 'interest_rounding_mode' and is_in_force) as interest_rounding_mode_policy,
    max(policy) filter (where policy_point = 'interest_beyond_rates' and is_in_force) as interest_beyond_rates_policy,
    max(policy) filter (where policy_point = 'payment_clock' and is_in_force) as timing_policy,
    max(policy) filter (where policy_point = 'variance_materiality' and is_in_force) as variance_materiality_policy,
    cast(max(policy_value) filter (where policy_point = 'variance_materiality' and is_in_force) as decimal(9, 6))
        as variance_materiality_rate,
    max(policy) filter (where policy_point = 'liquidation_run' and is_in_force) as liquidation_run_policy,
    coalesce(
        list_sort(list(policy_point || '=' || policy) filter (where is_in_force and not is_default)), []
    ) as other_than_default
from readings
having count(*) > 0
