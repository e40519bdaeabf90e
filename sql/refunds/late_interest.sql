-- What is due for paying a refund more than 30 days after (re)liquidation (19 USC 1505(d)): the growth of its unpaid
-- balance, principal and interest, over the whole 30-day periods it waited, rounded once, half up, to the cent. That
-- the balance holds the interest is a reading of "unpaid balance".
-- Grain: entry_number, refund_key.

with

balances as (

    select
        terms.entry_number,
        terms.refund_key,
        terms.refund_number,
        terms.liquidation_date,
        terms.payment_date,
        terms.payment_basis,
        terms.days_to_payment,
        terms.excluded_days,
        terms.late_periods,
        terms.late_periods_high,
        terms.late_end_date,
        terms.late_end_high_date,
        terms.rate_class,
        terms.rate_class_high,
        terms.as_of_date,
        case
            when terms.refund_number is null then interest.principal_usd + interest.interest_usd
            else terms.reported_usd
        end as balance_usd,
        if(terms.refund_number is null, 'expected', 'reported') as balance_basis
    from refunds.late_terms as terms
    left join refunds.entry_interest as interest
        on if(terms.refund_number is null, terms.entry_number, null) = interest.entry_number

),

late as (

    select
        balances.entry_number,
        balances.refund_key,
        balances.refund_number,
        balances.liquidation_date,
        balances.payment_date,
        balances.payment_basis,
        balances.days_to_payment,
        balances.excluded_days,
        balances.late_periods,
        balances.rate_class,
        balances.as_of_date,
        cast(balances.balance_usd as decimal(18, 2)) as balance_usd,
        if(balances.balance_usd is null, null, balances.balance_basis) as balance_basis,
        -- spelt out, because an analyst's connection has no macros
        if(
            balances.late_periods = 0,
            0,
            cast(round(cast(balances.balance_usd as decimal(38, 2)) * (growth.growth_factor - 1), 2) as decimal(18, 2))
        ) as late_interest_usd,
        if(
            balances.late_periods_high = 0,
            0,
            cast(round(cast(balances.balance_usd as decimal(38, 2)) * (high.growth_factor - 1), 2) as decimal(18, 2))
        ) as late_interest_high_usd,
        coalesce(growth.is_rate_carried_forward, false) as is_rate_carried_forward
    from balances
    left join refunds.late_factors as growth
        on balances.liquidation_date = growth.liquidation_date
       and balances.late_end_date = growth.late_end_date
       and balances.rate_class = growth.rate_class
    left join refunds.late_factors as high
        on balances.liquidation_date = high.liquidation_date
       and balances.late_end_high_date = high.late_end_date
       and balances.rate_class_high = high.rate_class

)

select
    entry_number,
    refund_key,
    refund_number,
    liquidation_date,
    payment_date,
    payment_basis,
    days_to_payment,
    excluded_days,
    late_periods,
    balance_usd,
    balance_basis,
    rate_class,
    cast(late_interest_usd as decimal(18, 2)) as late_interest_usd,
    cast(late_interest_high_usd as decimal(18, 2)) as late_interest_high_usd,
    is_rate_carried_forward,
    case
        when late_interest_usd is not null then null
        when balance_usd is null then 'balance_unknown'
        else 'rates_not_published'
    end as late_unknown_reason,
    as_of_date
from late
