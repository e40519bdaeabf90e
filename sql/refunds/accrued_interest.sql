-- The interest of every entry from its deposits up to each day the books need: every deposit's principal times the growth
-- of a dollar since, added up and rounded once. The books take the low end: the least that class and day of deposit
-- leave, as interest_low_usd of refunds.interest_accruals. Unknown with a reason as soon as one deposit is, or under a
-- policy that no factor can carry.
-- Grain: entry_number, through_date.

with

spans as (

    select distinct
        deposit_earliest_date,
        deposit_latest_date,
        accrued_through_date,
        rate_class,
        rate_class_high
    from refunds.book_terms
    where deposit_date <= accrued_through_date

),

-- few, however many entries share them
growth as (

    select
        spans.deposit_earliest_date,
        spans.deposit_latest_date,
        spans.accrued_through_date,
        spans.rate_class,
        spans.rate_class_high,
        dates.through_date,
        dates.ends_month,
        dates.is_close,
        -- before and on the day of the deposit nothing has accrued, whatever rates are published
        coalesce(low.growth_factor - 1, if(dates.through_date <= spans.deposit_latest_date, 0, null)) as low_growth,
        coalesce(high.growth_factor - 1, if(dates.through_date <= spans.deposit_earliest_date, 0, null))
            as high_growth,
        coalesce(low.is_rate_carried_forward, false) as is_rate_carried_forward
    from spans
    join refunds.accrual_dates as dates
        on spans.deposit_earliest_date = dates.deposit_earliest_date
       and spans.accrued_through_date = dates.accrued_through_date
    left join refunds.interest_period_factors as low
        on spans.deposit_latest_date = low.deposit_date
       and dates.through_date = low.through_date
       and spans.rate_class = low.rate_class
    left join refunds.interest_period_factors as high
        on spans.deposit_earliest_date = high.deposit_date
       and dates.through_date = high.through_date
       and spans.rate_class_high = high.rate_class

),

undated as (

    select
        entry_number,
        max(accrued_through_date) as accrued_through_date,
        case
            when bool_or(deposit_date is null and interest_start_rule = 'deposits_unlike_principal')
                then 'deposits_unlike_principal'
            when bool_or(deposit_date is null) then 'deposit_date_unknown'
            else 'deposit_after_end'
        end as deposit_unknown_reason
    from refunds.book_terms
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
        growth.is_rate_carried_forward
    from refunds.book_terms as terms
    join growth
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
        bool_or(is_rate_carried_forward) as is_rate_carried_forward
    from grown
    -- the day decides the last two; as keys they let a reader who wants few days have only these computed
    group by entry_number, through_date, accrued_through_date, ends_month, is_close

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
        summed.is_rate_carried_forward,
        case
            when undated.deposit_unknown_reason is not null then undated.deposit_unknown_reason
            when policies.interest_ten_thousand_policy <> 'off'
                or policies.interest_rounding_mode_policy = 'half_even'
                or policies.interest_rounding_policy in ('per_line', 'per_quarter') then 'policy_tells_no_month'
            when summed.interest_usd is null then 'rates_not_published'
        end as interest_unknown_reason,
        policies.interest_rounding_mode_policy = 'down' as is_cut_off
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
    -- spelt out, because an analyst's connection has no macros: half up, or cut off
    cast(
        if(
            interest_unknown_reason is null,
            cast(round(interest_usd, 2) as decimal(18, 2))
            - cast(if(is_cut_off and round(interest_usd, 2) > interest_usd, 0.01, 0) as decimal(18, 2)),
            null
        ) as decimal(18, 2)
    ) as interest_usd,
    cast(
        if(
            interest_unknown_reason is null,
            cast(round(interest_high_usd, 2) as decimal(18, 2))
            - cast(if(is_cut_off and round(interest_high_usd, 2) > interest_high_usd, 0.01, 0) as decimal(18, 2)),
            null
        ) as decimal(18, 2)
    ) as interest_high_usd,
    is_rate_carried_forward,
    interest_unknown_reason
from told
