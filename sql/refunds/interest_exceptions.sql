-- The interest of the deposits that is more than one product rounded half up: of an entry with several deposits, whose
-- parts add up to its rounded interest, and of every deposit under a policy that makes cents by line, by quarter or
-- another way, or walks each amount by itself.
-- Grain: entry_number, deposit_sequence.

with

terms as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.principal_usd,
        terms.deposit_date,
        terms.deposit_earliest_date,
        terms.deposit_latest_date,
        terms.interest_start_rule,
        terms.accrual_end_date,
        terms.ten_thousand_base_usd,
        terms.rate_class,
        terms.rate_class_high,
        growth.accrual_days,
        growth.stated_growth,
        growth.least_growth,
        growth.high_growth,
        growth.is_rate_carried_forward,
        policies.interest_rounding_policy,
        policies.interest_rounding_mode_policy as rounding_mode
    from refunds.accrual_terms as terms
    cross join registry.policies_in_force as policies
    left join refunds.interest_growth as growth
        on terms.deposit_date = growth.deposit_date
       and terms.deposit_earliest_date = growth.deposit_earliest_date
       and terms.deposit_latest_date = growth.deposit_latest_date
       and terms.accrual_end_date = growth.accrual_end_date
       and terms.rate_class = growth.rate_class
       and terms.rate_class_high = growth.rate_class_high
    where terms.interest_start_rule = 'listed_deposits'
       or policies.interest_ten_thousand_policy <> 'off'
       or policies.interest_rounding_mode_policy <> 'half_up'
       or policies.interest_rounding_policy in ('per_line', 'per_quarter')

),

walks as (

    select
        principal_usd,
        ten_thousand_base_usd,
        deposit_date,
        accrual_end_date,
        rate_class,
        sum(interest_usd) as interest_usd,
        bool_or(is_rate_carried_forward) as is_rate_carried_forward
    from refunds.interest_walks
    group by all

),

unrounded as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.deposit_date,
        terms.deposit_latest_date,
        terms.interest_start_rule,
        terms.rounding_mode,
        coalesce(
            if(terms.stated_growth = 0, 0, null),
            walks.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * terms.stated_growth
        ) as stated_usd,
        coalesce(
            if(terms.least_growth = 0, 0, null),
            walks_least.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * terms.least_growth
        ) as least_usd,
        coalesce(
            if(terms.high_growth = 0, 0, null),
            walks_high.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * terms.high_growth
        ) as high_usd,
        terms.accrual_days > 0
        and coalesce(walks.is_rate_carried_forward, terms.is_rate_carried_forward) as is_rate_carried_forward
    from terms
    left join walks
        on terms.principal_usd = walks.principal_usd
       and terms.ten_thousand_base_usd = walks.ten_thousand_base_usd
       and terms.deposit_date = walks.deposit_date
       and terms.accrual_end_date = walks.accrual_end_date
       and terms.rate_class = walks.rate_class
    left join walks as walks_least
        on terms.principal_usd = walks_least.principal_usd
       and terms.ten_thousand_base_usd = walks_least.ten_thousand_base_usd
       and terms.deposit_latest_date = walks_least.deposit_date
       and terms.accrual_end_date = walks_least.accrual_end_date
       and terms.rate_class = walks_least.rate_class
    left join walks as walks_high
        on terms.principal_usd = walks_high.principal_usd
       and terms.ten_thousand_base_usd = walks_high.ten_thousand_base_usd
       and terms.deposit_earliest_date = walks_high.deposit_date
       and terms.accrual_end_date = walks_high.accrual_end_date
       and terms.rate_class_high = walks_high.rate_class

),

-- of several deposits each has what the entry's cents grow by when it is added
running as (

    select
        entry_number,
        deposit_sequence,
        rounding_mode,
        stated_usd,
        high_usd,
        sum(stated_usd) over (partition by entry_number order by deposit_sequence) as stated_so_far_usd,
        sum(high_usd) over (partition by entry_number order by deposit_sequence) as high_so_far_usd
    from unrounded
    where interest_start_rule = 'listed_deposits'

),

several as (

    select
        entry_number,
        deposit_sequence,
        cents_by_mode(stated_so_far_usd, rounding_mode) - cents_by_mode(stated_so_far_usd - stated_usd, rounding_mode)
            as stated_usd,
        cents_by_mode(high_so_far_usd, rounding_mode) - cents_by_mode(high_so_far_usd - high_usd, rounding_mode)
            as high_usd
    from running

),

line_amounts as (

    select
        entry_number,
        ieepa_low_usd as amount_usd,
        sum(ieepa_low_usd) over (partition by entry_number) as entry_usd,
        min(ieepa_low_usd) over (partition by entry_number) as least_usd
    from lines.duty_splits
    where ieepa_low_usd <> 0
      and (select interest_rounding_policy from registry.policies_in_force) = 'per_line'

),

-- lines that make up the principal, each with its own cents, under the policy that rounds by line
by_line as (

    select
        terms.entry_number,
        sum(
            cents_by_mode(
                coalesce(
                    if(terms.stated_growth = 0, 0, null),
                    walks.interest_usd,
                    cast(line_amounts.amount_usd as decimal(38, 2)) * terms.stated_growth
                ),
                terms.rounding_mode
            )
        ) as stated_usd,
        sum(
            cents_by_mode(
                coalesce(
                    if(terms.high_growth = 0, 0, null),
                    walks_high.interest_usd,
                    cast(line_amounts.amount_usd as decimal(38, 2)) * terms.high_growth
                ),
                terms.rounding_mode
            )
        ) as high_usd
    from terms
    join line_amounts
        on terms.entry_number = line_amounts.entry_number
       and terms.principal_usd = line_amounts.entry_usd
       and line_amounts.least_usd > 0
    left join walks
        on line_amounts.amount_usd = walks.principal_usd
       and terms.ten_thousand_base_usd = walks.ten_thousand_base_usd
       and terms.deposit_date = walks.deposit_date
       and terms.accrual_end_date = walks.accrual_end_date
       and terms.rate_class = walks.rate_class
    left join walks as walks_high
        on line_amounts.amount_usd = walks_high.principal_usd
       and terms.ten_thousand_base_usd = walks_high.ten_thousand_base_usd
       and terms.deposit_earliest_date = walks_high.deposit_date
       and terms.accrual_end_date = walks_high.accrual_end_date
       and terms.rate_class_high = walks_high.rate_class
    where terms.interest_rounding_policy = 'per_line'
      and terms.deposit_date <= terms.accrual_end_date
    group by terms.entry_number

),

rounded as (

    select
        unrounded.entry_number,
        unrounded.deposit_sequence,
        unrounded.deposit_date,
        unrounded.deposit_latest_date,
        case
            when unrounded.interest_start_rule = 'listed_deposits' then several.stated_usd
            else coalesce(by_line.stated_usd, cents_by_mode(unrounded.stated_usd, unrounded.rounding_mode))
        end as interest_usd,
        if(unrounded.stated_usd is null, null, cents_by_mode(unrounded.least_usd, unrounded.rounding_mode)) as least_usd,
        case
            when unrounded.stated_usd is null then null
            when unrounded.interest_start_rule = 'listed_deposits' then several.high_usd
            else coalesce(by_line.high_usd, cents_by_mode(unrounded.high_usd, unrounded.rounding_mode))
        end as interest_high_usd,
        coalesce(unrounded.is_rate_carried_forward, false) as is_rate_carried_forward
    from unrounded
    left join several
        on unrounded.entry_number = several.entry_number
       and unrounded.deposit_sequence = several.deposit_sequence
    left join by_line
        on unrounded.entry_number = by_line.entry_number

)

select
    entry_number,
    deposit_sequence,
    cast(interest_usd as decimal(18, 2)) as interest_usd,
    cast(if(deposit_latest_date = deposit_date, interest_usd, least_usd) as decimal(18, 2)) as interest_low_usd,
    cast(interest_high_usd as decimal(18, 2)) as interest_high_usd,
    is_rate_carried_forward
from rounded
