-- The interest of every entry from its deposits up to each day the books need: its principal times what a dollar has
-- earned since, rounded once, or the sum over several deposits that refunds.accrued_exceptions has. The books take the
-- low end: the least that class and day of deposit leave, as interest_low_usd of refunds.interest_accruals. Unknown with
-- a reason as soon as one deposit is, or under a policy that no factor can carry.
-- Grain: entry_number, through_date.

with

-- few, however many deposits share them; the doubles are to be multiplied quickly
growth as (

    select
        deposit_earliest_date,
        deposit_latest_date,
        accrued_through_date,
        rate_class,
        rate_class_high,
        through_date,
        ends_month,
        is_close,
        through_date = accrued_through_date as is_last,
        low_growth,
        high_growth,
        month_opening_growth,
        cast(low_growth as double) * 100 as low_cents,
        cast(high_growth as double) * 100 as high_cents,
        cast(month_opening_growth as double) * 100 as month_opening_cents,
        is_rate_carried_forward
    from refunds.booked_growth

),

readings as (

    select
        interest_rounding_mode_policy = 'down' as is_cut_off,
        interest_ten_thousand_policy <> 'off'
        or interest_rounding_mode_policy = 'half_even'
        or interest_rounding_policy in ('per_line', 'per_quarter') as tells_no_month
    from registry.policies_in_force

),

multiplied as (

    select
        terms.entry_number,
        growth.through_date,
        growth.ends_month,
        growth.is_close,
        growth.is_last,
        terms.principal_usd,
        growth.low_growth,
        growth.high_growth,
        growth.month_opening_growth,
        cast(terms.principal_usd as double) * growth.low_cents as low_cents,
        cast(terms.principal_usd as double) * growth.high_cents as high_cents,
        cast(terms.principal_usd as double) * growth.month_opening_cents as month_opening_cents,
        growth.is_rate_carried_forward,
        case
            when readings.tells_no_month then 'policy_tells_no_month'
            when growth.low_growth is null then 'rates_not_published'
        end as interest_unknown_reason,
        readings.is_cut_off
    from refunds.book_terms as terms
    join growth
        on terms.deposit_earliest_date = growth.deposit_earliest_date
       and terms.deposit_latest_date = growth.deposit_latest_date
       and terms.accrued_through_date = growth.accrued_through_date
       and terms.rate_class = growth.rate_class
       and terms.rate_class_high = growth.rate_class_high
    cross join readings
    where terms.interest_start_rule <> 'listed_deposits'
      and terms.deposit_date <= terms.accrued_through_date

)

-- half up to the cent, as cents_near of the macros, which an analyst's connection lacks, or cut off
select
    entry_number,
    through_date,
    ends_month,
    is_close,
    is_last,
    cast(
        case
            when interest_unknown_reason is not null then null
            when not is_cut_off and abs(low_cents - floor(low_cents) - 0.5) > 0.001 and abs(low_cents) < 1e11
                then cast(floor(low_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * low_growth, 2) as decimal(18, 2))
                - cast(
                    if(
                        is_cut_off
                        and round(cast(principal_usd as decimal(38, 2)) * low_growth, 2)
                            > cast(principal_usd as decimal(38, 2)) * low_growth,
                        0.01,
                        0
                    ) as decimal(18, 2)
                )
        end as decimal(18, 2)
    ) as interest_usd,
    cast(
        case
            when interest_unknown_reason is not null then null
            when not is_cut_off and abs(high_cents - floor(high_cents) - 0.5) > 0.001 and abs(high_cents) < 1e11
                then cast(floor(high_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * high_growth, 2) as decimal(18, 2))
                - cast(
                    if(
                        is_cut_off
                        and round(cast(principal_usd as decimal(38, 2)) * high_growth, 2)
                            > cast(principal_usd as decimal(38, 2)) * high_growth,
                        0.01,
                        0
                    ) as decimal(18, 2)
                )
        end as decimal(18, 2)
    ) as interest_high_usd,
    cast(
        case
            when interest_unknown_reason is not null then null
            when not is_cut_off and abs(month_opening_cents - floor(month_opening_cents) - 0.5) > 0.001 and abs(month_opening_cents) < 1e11
                then cast(floor(month_opening_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * month_opening_growth, 2) as decimal(18, 2))
                - cast(
                    if(
                        is_cut_off
                        and round(cast(principal_usd as decimal(38, 2)) * month_opening_growth, 2)
                            > cast(principal_usd as decimal(38, 2)) * month_opening_growth,
                        0.01,
                        0
                    ) as decimal(18, 2)
                )
        end as decimal(18, 2)
    ) as month_opening_interest_usd,
    is_rate_carried_forward,
    interest_unknown_reason
from multiplied

union all

-- no day can be told for it, but the entry must not be missing
select
    entry_number,
    accrued_through_date as through_date,
    true as ends_month,
    accrued_through_date in (select period_end from ace.closes) as is_close,
    true as is_last,
    null as interest_usd,
    null as interest_high_usd,
    null as month_opening_interest_usd,
    false as is_rate_carried_forward,
    case
        when deposit_date is null and interest_start_rule = 'deposits_unlike_principal'
            then 'deposits_unlike_principal'
        when deposit_date is null then 'deposit_date_unknown'
        else 'deposit_after_end'
    end as interest_unknown_reason
from refunds.book_terms
where interest_start_rule <> 'listed_deposits'
  and coalesce(deposit_date > accrued_through_date, true)

union all

select
    entry_number,
    through_date,
    ends_month,
    is_close,
    is_last,
    interest_usd,
    interest_high_usd,
    month_opening_interest_usd,
    is_rate_carried_forward,
    interest_unknown_reason
from refunds.accrued_exceptions
