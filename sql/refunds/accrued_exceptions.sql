-- The booked interest of entries with several deposits, by each day the books need: every deposit's principal times what
-- a dollar has earned since, added up and rounded once; unknown with a reason as soon as one deposit is.
-- Grain: entry_number, through_date.

with

terms as (

    select
        entry_number,
        principal_usd,
        deposit_date,
        deposit_earliest_date,
        deposit_latest_date,
        accrued_through_date,
        rate_class,
        rate_class_high
    from refunds.book_terms
    where interest_start_rule = 'listed_deposits'

),

undated as (

    select
        entry_number,
        max(accrued_through_date) as accrued_through_date,
        if(bool_or(deposit_date is null), 'deposit_date_unknown', 'deposit_after_end') as deposit_unknown_reason
    from terms
    where deposit_date is null
       or deposit_date > accrued_through_date
    group by entry_number

),

grown as (

    select
        terms.entry_number,
        growth.through_date,
        growth.accrued_through_date,
        growth.ends_month,
        growth.is_close,
        cast(terms.principal_usd as decimal(38, 2)) * growth.low_growth as interest_usd,
        cast(terms.principal_usd as decimal(38, 2)) * growth.high_growth as interest_high_usd,
        cast(terms.principal_usd as decimal(38, 2)) * growth.month_opening_growth as month_opening_interest_usd,
        growth.is_rate_carried_forward
    from terms
    join refunds.booked_growth as growth
        on terms.deposit_earliest_date = growth.deposit_earliest_date
       and terms.deposit_latest_date = growth.deposit_latest_date
       and terms.accrued_through_date = growth.accrued_through_date
       and terms.rate_class = growth.rate_class
       and terms.rate_class_high = growth.rate_class_high
    where terms.deposit_date <= terms.accrued_through_date

    union all

    -- no day can be told for it, but the entry must not be missing
    select
        entry_number,
        accrued_through_date as through_date,
        accrued_through_date,
        true as ends_month,
        accrued_through_date in (select period_end from ace.closes) as is_close,
        null as interest_usd,
        null as interest_high_usd,
        null as month_opening_interest_usd,
        false as is_rate_carried_forward
    from undated

),

summed as (

    select
        entry_number,
        through_date,
        accrued_through_date,
        ends_month,
        is_close,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as interest_usd,
        if(count(*) = count(interest_high_usd), sum(interest_high_usd), null) as interest_high_usd,
        if(count(*) = count(month_opening_interest_usd), sum(month_opening_interest_usd), null)
            as month_opening_interest_usd,
        bool_or(is_rate_carried_forward) as is_rate_carried_forward
    from grown
    group by all

),

told as (

    select
        summed.entry_number,
        summed.through_date,
        summed.accrued_through_date,
        summed.ends_month,
        summed.is_close,
        summed.interest_usd,
        summed.interest_high_usd,
        summed.month_opening_interest_usd,
        summed.is_rate_carried_forward,
        case
            when undated.deposit_unknown_reason is not null then undated.deposit_unknown_reason
            when policies.interest_ten_thousand_policy <> 'off'
                or policies.interest_rounding_mode_policy = 'half_even'
                or policies.interest_rounding_policy in ('per_line', 'per_quarter') then 'policy_tells_no_month'
            when summed.interest_usd is null then 'rates_not_published'
        end as interest_unknown_reason,
        policies.interest_rounding_mode_policy as rounding_mode
    from summed
    left join undated
        on summed.entry_number = undated.entry_number
    cross join registry.policies_in_force as policies

)

select
    entry_number,
    through_date,
    ends_month,
    is_close,
    through_date = accrued_through_date as is_last,
    cast(if(interest_unknown_reason is null, cents_by_mode(interest_usd, rounding_mode), null) as decimal(18, 2)) as interest_usd,
    cast(if(interest_unknown_reason is null, cents_by_mode(interest_high_usd, rounding_mode), null) as decimal(18, 2)) as interest_high_usd,
    cast(if(interest_unknown_reason is null, cents_by_mode(month_opening_interest_usd, rounding_mode), null) as decimal(18, 2))
        as month_opening_interest_usd,
    is_rate_carried_forward,
    interest_unknown_reason
from told
