-- The interest of every deposit of every entry with a principal (19 USC 1505(c); 26 USC 6622): the principal times the
-- growth of a dollar over the same days, or, under policies no factor can carry, its own walk. Cents are made where the
-- policy says, by default once for the entry, half up, so that the parts of an entry add up to its rounded interest.
-- interest_usd is that of the stated day of deposit and, where the class is unknown, of the lower rate; low and high
-- are what another day or class could make of it.
-- Grain: entry_number, deposit_sequence.

with

growth as (

    select
        deposit_date,
        accrual_end_date,
        rate_class,
        max(closing_factor) as closing_factor,
        bool_or(is_rate_carried_forward) as is_rate_carried_forward
    from refunds.interest_factors
    group by all

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

terms as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.partition_month,
        terms.principal_usd,
        terms.deposit_kind,
        terms.deposit_date,
        terms.deposit_date_basis,
        terms.deposit_earliest_date,
        terms.deposit_latest_date,
        terms.interest_start_rule,
        terms.is_interest_for_review,
        terms.accrual_end_date,
        terms.accrual_end_basis,
        terms.accrual_end_reason,
        terms.ten_thousand_base_usd,
        terms.rate_class,
        terms.rate_class_high,
        terms.is_rate_class_stated,
        case
            -- greatest() passes over a null: an unknown day must not become no day
            when coalesce(terms.deposit_date > terms.accrual_end_date, true) then null
            when policies.interest_day_count_policy = 'both'
                then terms.accrual_end_date - terms.deposit_date + 1
            when policies.interest_day_count_policy = 'neither'
                then greatest(terms.accrual_end_date - terms.deposit_date - 1, 0)
            else terms.accrual_end_date - terms.deposit_date
        end as stated_days,
        case
            when policies.interest_day_count_policy = 'both'
                then terms.accrual_end_date - terms.deposit_latest_date + 1
            when policies.interest_day_count_policy = 'neither'
                then greatest(terms.accrual_end_date - terms.deposit_latest_date - 1, 0)
            else terms.accrual_end_date - terms.deposit_latest_date
        end as least_days,
        case
            when policies.interest_day_count_policy = 'both'
                then terms.accrual_end_date - terms.deposit_earliest_date + 1
            when policies.interest_day_count_policy = 'neither'
                then greatest(terms.accrual_end_date - terms.deposit_earliest_date - 1, 0)
            else terms.accrual_end_date - terms.deposit_earliest_date
        end as high_days,
        policies.interest_rounding_policy,
        policies.interest_rounding_mode_policy as rounding_mode
    from refunds.accrual_terms as terms
    cross join registry.policies_in_force as policies
    where list_contains($months, terms.partition_month)

),

unrounded as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.partition_month,
        terms.principal_usd,
        terms.deposit_kind,
        terms.deposit_date,
        terms.deposit_date_basis,
        terms.deposit_earliest_date,
        terms.deposit_latest_date,
        terms.interest_start_rule,
        terms.is_interest_for_review,
        terms.accrual_end_date,
        terms.accrual_end_basis,
        terms.accrual_end_reason,
        terms.rate_class,
        terms.is_rate_class_stated,
        terms.stated_days,
        terms.rounding_mode,
        coalesce(
            if(terms.stated_days = 0, 0, null),
            walks.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * (growth.closing_factor - 1)
        ) as stated_usd,
        coalesce(
            if(terms.least_days = 0, 0, null),
            walks_least.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * (growth_least.closing_factor - 1)
        ) as least_usd,
        coalesce(
            if(terms.high_days = 0, 0, null),
            walks_high.interest_usd,
            cast(terms.principal_usd as decimal(38, 2)) * (growth_high.closing_factor - 1)
        ) as high_usd,
        terms.stated_days > 0
        and coalesce(walks.is_rate_carried_forward, growth.is_rate_carried_forward, false) as is_rate_carried_forward
    from terms
    left join growth
        on terms.deposit_date = growth.deposit_date
       and terms.accrual_end_date = growth.accrual_end_date
       and terms.rate_class = growth.rate_class
    left join growth as growth_least
        on terms.deposit_latest_date = growth_least.deposit_date
       and terms.accrual_end_date = growth_least.accrual_end_date
       and terms.rate_class = growth_least.rate_class
    left join growth as growth_high
        on terms.deposit_earliest_date = growth_high.deposit_date
       and terms.accrual_end_date = growth_high.accrual_end_date
       and terms.rate_class_high = growth_high.rate_class
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
      and list_contains($months, partition_month)

),

-- lines that make up the principal, each with its own cents, under the policy that rounds by line
by_line as (

    select
        terms.entry_number,
        sum(
            cents_by_mode(
                coalesce(
                    if(terms.stated_days = 0, 0, null),
                    walks.interest_usd,
                    cast(line_amounts.amount_usd as decimal(38, 2)) * (growth.closing_factor - 1)
                ),
                terms.rounding_mode
            )
        ) as stated_usd,
        sum(
            cents_by_mode(
                coalesce(
                    if(terms.high_days = 0, 0, null),
                    walks_high.interest_usd,
                    cast(line_amounts.amount_usd as decimal(38, 2)) * (growth_high.closing_factor - 1)
                ),
                terms.rounding_mode
            )
        ) as high_usd
    from terms
    join line_amounts
        on terms.entry_number = line_amounts.entry_number
       and terms.principal_usd = line_amounts.entry_usd
       and line_amounts.least_usd > 0
    left join growth
        on terms.deposit_date = growth.deposit_date
       and terms.accrual_end_date = growth.accrual_end_date
       and terms.rate_class = growth.rate_class
    left join growth as growth_high
        on terms.deposit_earliest_date = growth_high.deposit_date
       and terms.accrual_end_date = growth_high.accrual_end_date
       and terms.rate_class_high = growth_high.rate_class
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
      and terms.stated_days is not null
    group by terms.entry_number

),

rounded as (

    select
        unrounded.entry_number,
        unrounded.deposit_sequence,
        unrounded.partition_month,
        unrounded.principal_usd,
        unrounded.deposit_kind,
        unrounded.deposit_date,
        unrounded.deposit_date_basis,
        unrounded.deposit_earliest_date,
        unrounded.deposit_latest_date,
        unrounded.interest_start_rule,
        unrounded.is_interest_for_review,
        unrounded.accrual_end_date,
        unrounded.accrual_end_basis,
        unrounded.accrual_end_reason,
        unrounded.rate_class,
        unrounded.is_rate_class_stated,
        unrounded.stated_days,
        unrounded.stated_usd is not null as is_known,
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
    partition_month,
    principal_usd,
    deposit_kind,
    deposit_date,
    deposit_date_basis,
    deposit_earliest_date,
    deposit_latest_date,
    interest_start_rule,
    is_interest_for_review,
    accrual_end_date,
    accrual_end_basis,
    accrual_end_reason,
    rate_class,
    is_rate_class_stated,
    cast(stated_days as integer) as accrual_days,
    cast(interest_usd as decimal(18, 2)) as interest_usd,
    cast(if(deposit_latest_date = deposit_date, interest_usd, least_usd) as decimal(18, 2)) as interest_low_usd,
    cast(interest_high_usd as decimal(18, 2)) as interest_high_usd,
    is_rate_carried_forward,
    case
        when is_known then null
        when interest_start_rule = 'deposits_unlike_principal' then 'deposits_unlike_principal'
        when deposit_date is null then 'deposit_date_unknown'
        when deposit_date > accrual_end_date then 'deposit_after_end'
        else 'rates_not_published'
    end as interest_unknown_reason,
    $registry_version as registry_version
from rounded
