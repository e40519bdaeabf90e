-- The interest of every deposit of every entry with a principal (19 USC 1505(c); 26 USC 6622): the principal times what
-- a dollar earns over the same days, made cents once, half up, unless refunds.interest_exceptions has it otherwise.
-- interest_usd is that of the stated day of deposit and, where the class is unknown, of the lower rate; low and high
-- are what another day or class could make of it.
-- Grain: entry_number, deposit_sequence.

with

-- few, however many deposits share them; the doubles are to be multiplied quickly
growth as (

    select
        deposit_date,
        deposit_earliest_date,
        deposit_latest_date,
        accrual_end_date,
        rate_class,
        rate_class_high,
        accrual_days,
        stated_growth,
        least_growth,
        high_growth,
        cast(stated_growth as double) * 100 as stated_cents,
        cast(least_growth as double) * 100 as least_cents,
        cast(high_growth as double) * 100 as high_cents,
        is_rate_carried_forward
    from refunds.interest_growth

),

multiplied as (

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
        growth.accrual_days,
        growth.stated_growth,
        growth.least_growth,
        growth.high_growth,
        cast(terms.principal_usd as double) * growth.stated_cents as stated_cents,
        cast(terms.principal_usd as double) * growth.least_cents as least_cents,
        cast(terms.principal_usd as double) * growth.high_cents as high_cents,
        exceptions.entry_number is not null as is_exception,
        exceptions.interest_usd,
        exceptions.interest_low_usd,
        exceptions.interest_high_usd,
        coalesce(exceptions.is_rate_carried_forward, growth.is_rate_carried_forward, false) as is_rate_carried_forward
    from refunds.accrual_terms as terms
    left join growth
        on terms.deposit_date = growth.deposit_date
       and terms.deposit_earliest_date = growth.deposit_earliest_date
       and terms.deposit_latest_date = growth.deposit_latest_date
       and terms.accrual_end_date = growth.accrual_end_date
       and terms.rate_class = growth.rate_class
       and terms.rate_class_high = growth.rate_class_high
    left join refunds.interest_exceptions as exceptions
        on terms.entry_number = exceptions.entry_number
       and terms.deposit_sequence = exceptions.deposit_sequence

),

-- half up to the cent, as cents_near of the macros, which an analyst's connection lacks
rounded as (

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
        accrual_days,
        case
            when is_exception then interest_usd
            when abs(stated_cents - floor(stated_cents) - 0.5) > 0.001 and abs(stated_cents) < 1e11
                then cast(floor(stated_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * stated_growth, 2) as decimal(18, 2))
        end as interest_usd,
        case
            when is_exception then interest_low_usd
            when stated_growth is null then null
            when abs(least_cents - floor(least_cents) - 0.5) > 0.001 and abs(least_cents) < 1e11
                then cast(floor(least_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * least_growth, 2) as decimal(18, 2))
        end as interest_low_usd,
        case
            when is_exception then interest_high_usd
            when stated_growth is null then null
            when abs(high_cents - floor(high_cents) - 0.5) > 0.001 and abs(high_cents) < 1e11
                then cast(floor(high_cents + 0.5) / 100 as decimal(18, 2))
            else cast(round(cast(principal_usd as decimal(38, 2)) * high_growth, 2) as decimal(18, 2))
        end as interest_high_usd,
        is_rate_carried_forward
    from multiplied

)

select
    rounded.entry_number,
    rounded.deposit_sequence,
    rounded.partition_month,
    rounded.principal_usd,
    rounded.deposit_kind,
    rounded.deposit_date,
    rounded.deposit_date_basis,
    rounded.deposit_earliest_date,
    rounded.deposit_latest_date,
    rounded.interest_start_rule,
    rounded.is_interest_for_review,
    rounded.accrual_end_date,
    rounded.accrual_end_basis,
    rounded.accrual_end_reason,
    rounded.rate_class,
    rounded.is_rate_class_stated,
    rounded.accrual_days,
    rounded.interest_usd,
    rounded.interest_low_usd,
    rounded.interest_high_usd,
    rounded.is_rate_carried_forward,
    case
        when rounded.interest_usd is not null then null
        when rounded.interest_start_rule = 'deposits_unlike_principal' then 'deposits_unlike_principal'
        when rounded.deposit_date is null then 'deposit_date_unknown'
        when rounded.deposit_date > rounded.accrual_end_date then 'deposit_after_end'
        else 'rates_not_published'
    end as interest_unknown_reason,
    versions.registry_version
from rounded
cross join refunds.interest_versions as versions
