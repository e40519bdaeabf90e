-- The interest of every entry with a principal: the principal times the growth of a dollar over the same days, rounded
-- once, half up, to the cent (19 USC 1505(c); 26 USC 6622).
-- Grain: entry_number.

with

growth as (

    select
        deposit_date,
        accrual_end_date,
        rate_class,
        max(closing_factor) as closing_factor
    from refunds.interest_factors
    group by all

),

accrued as (

    select
        terms.entry_number,
        terms.partition_month,
        terms.principal_usd,
        terms.deposit_date,
        terms.deposit_date_basis,
        terms.accrual_end_date,
        terms.accrual_end_basis,
        terms.rate_class,
        terms.is_rate_class_stated,
        if(terms.deposit_date <= terms.accrual_end_date, terms.accrual_end_date - terms.deposit_date, null)
            as accrual_days,
        if(
            terms.deposit_date = terms.accrual_end_date,
            0,
            cents(terms.principal_usd, growth.closing_factor - 1)
        ) as interest_usd,
        if(
            terms.deposit_date = terms.accrual_end_date,
            0,
            cents(terms.principal_usd, high.closing_factor - 1)
        ) as interest_high_usd
    from refunds.accrual_terms as terms
    left join growth
        on terms.deposit_date = growth.deposit_date
       and terms.accrual_end_date = growth.accrual_end_date
       and terms.rate_class = growth.rate_class
    left join growth as high
        on terms.deposit_date = high.deposit_date
       and terms.accrual_end_date = high.accrual_end_date
       and terms.rate_class_high = high.rate_class
    where list_contains($months, terms.partition_month)

)

select
    entry_number,
    partition_month,
    principal_usd,
    deposit_date,
    deposit_date_basis,
    accrual_end_date,
    accrual_end_basis,
    rate_class,
    is_rate_class_stated,
    cast(accrual_days as integer) as accrual_days,
    cast(interest_usd as decimal(18, 2)) as interest_usd,
    cast(interest_high_usd as decimal(18, 2)) as interest_high_usd,
    case
        when interest_usd is not null then null
        when deposit_date is null then 'deposit_date_unknown'
        when deposit_date > accrual_end_date then 'deposit_after_end'
        else 'rates_not_published'
    end as interest_unknown_reason,
    $registry_version as registry_version
from accrued
