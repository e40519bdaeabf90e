-- The terms each deposit's interest runs on as of the day: refunds.deposit_terms with the end that holds on it. An end
-- that was foreseen and has passed unseen is the as-of day.
-- Grain: entry_number, deposit_sequence.

with

-- under the policy that counts 10,000 dollars by payment; else nothing has a key
payments as (

    select
        terms.ten_thousand_key,
        if(
            ends.end_rule is null or coalesce(terms.told_end_date >= day.as_of_date, false),
            terms.told_end_date,
            ends.accrual_end_date
        ) as accrual_end_date,
        sum(terms.principal_usd) as base_usd
    from refunds.deposit_terms as terms
    cross join registry.as_of as day
    left join refunds.open_ends as ends
        on terms.end_rule = ends.end_rule
    where terms.ten_thousand_key is not null
    group by all

),

ended as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.partition_month,
        terms.principal_usd,
        terms.deposit_kind,
        terms.deposit_date,
        terms.deposit_date_basis,
        terms.deposit_earliest_date,
        terms.statement_latest_date,
        terms.interest_start_rule,
        terms.is_interest_for_review,
        ends.end_rule is null or coalesce(terms.told_end_date >= day.as_of_date, false) as is_told,
        if(is_told, terms.told_end_date, ends.accrual_end_date) as accrual_end_date,
        if(is_told, terms.told_end_basis, ends.accrual_end_basis) as accrual_end_basis,
        if(is_told, null, coalesce(ends.accrual_end_reason, terms.accrual_end_reason)) as accrual_end_reason,
        terms.refund_date,
        terms.ten_thousand_base_usd,
        terms.ten_thousand_key,
        terms.rate_class,
        terms.rate_class_high,
        terms.is_rate_class_stated
    from refunds.deposit_terms as terms
    cross join registry.as_of as day
    left join refunds.open_ends as ends
        on terms.end_rule = ends.end_rule

)

select
    ended.entry_number,
    ended.deposit_sequence,
    ended.partition_month,
    ended.principal_usd,
    ended.deposit_kind,
    ended.deposit_date,
    ended.deposit_date_basis,
    ended.deposit_earliest_date,
    -- a deposit after the end is none of this entry's
    if(
        ended.statement_latest_date is not null and ended.deposit_date <= ended.accrual_end_date,
        least(ended.statement_latest_date, ended.accrual_end_date),
        ended.deposit_date
    ) as deposit_latest_date,
    ended.interest_start_rule,
    ended.is_interest_for_review,
    ended.accrual_end_date,
    ended.accrual_end_basis,
    ended.accrual_end_reason,
    ended.refund_date,
    cast(coalesce(payments.base_usd, ended.ten_thousand_base_usd) as decimal(18, 2)) as ten_thousand_base_usd,
    ended.rate_class,
    ended.rate_class_high,
    ended.is_rate_class_stated
from ended
left join payments
    on ended.ten_thousand_key = payments.ten_thousand_key
   and ended.accrual_end_date = payments.accrual_end_date
