-- The terms each deposit's interest runs on. It starts where deposits.csv lists the entry's deposits on each from its
-- own day, if their IEEPA duty adds up to the principal, else on the one day the duty was paid, with the range the
-- basis of that day leaves. It ends on the actual (re)liquidation, else on the one foreseen, else, and where what was
-- foreseen has passed unseen, on the as-of day. Policies may take another start or end.
-- Grain: entry_number, deposit_sequence.

with

listed as (

    select distinct
        rows.entry_number,
        rows.deposit_date,
        rows.amount_usd,
        rows.ieepa_usd,
        rows.deposit_kind,
        rows.statement_number,
        coalesce(rows.source, 'user') as source
    from ace.deposits as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where rows.deposit_date <= day.as_of_date
      and rows.ieepa_usd is distinct from 0

),

lists as (

    select
        entry_number,
        count(distinct deposit_date) as day_count,
        min(deposit_date) as first_date,
        coalesce(min(ieepa_usd) > 0, true) as is_paid_in,
        if(count(*) = count(ieepa_usd), sum(ieepa_usd), null) as stated_usd,
        if(count(distinct deposit_kind) = 1, max(deposit_kind), null) as deposit_kind,
        if(count(distinct source) = 1, max(source), 'user') as source
    from listed
    group by entry_number

),

statement_days as (

    select
        date_trunc('month', calendar_date) as in_month,
        calendar_date as payment_date
    from registry.calendar_days
    where working_day_of_month = 15

),

entries_with_principal as (

    select
        facts.entry_number,
        facts.partition_month,
        facts.payee_key,
        facts.refund_principal_usd,
        facts.entry_date,
        baselines.entry_summary_date,
        facts.deposit_date,
        facts.deposit_date_basis,
        importers.periodic_monthly_statement,
        statement_days.payment_date as statement_payment_date,
        lists.first_date as listed_date,
        lists.deposit_kind,
        lists.source,
        policies.interest_ten_thousand_policy,
        case
            when policies.interest_start_policy in ('entry_summary_date', 'entry_date')
                then policies.interest_start_policy
            when lists.is_paid_in and lists.day_count > 1 and lists.stated_usd = facts.refund_principal_usd
                then 'listed_deposits'
            when lists.is_paid_in and lists.day_count = 1
                and (lists.stated_usd is null or lists.stated_usd >= facts.refund_principal_usd)
                then 'one_listed_day'
            when lists.entry_number is not null then 'deposits_unlike_principal'
            when policies.interest_start_policy = 'deposit_list' then 'not_listed'
            else 'payment_date'
        end as interest_start_rule,
        coalesce(lists.day_count > 1, false) as has_several_days,
        case
            when policies.interest_end_policy = 'refund_date' and facts.refund_date is not null then facts.refund_date
            when policies.interest_end_policy = 'projected' and forecasts.forecast_basis <> 'as_of'
                then coalesce(forecasts.forecast_liquidation_date, facts.reliquidation_date)
            else facts.reliquidation_date
        end as known_end_date,
        case
            when policies.interest_end_policy = 'refund_date' and facts.refund_date is not null then 'refund_date'
            when policies.interest_end_policy = 'projected' and forecasts.forecast_basis <> 'as_of'
                and forecasts.forecast_liquidation_date is not null
                then 'forecast_from_acceptance'
            else 'actual_reliquidation'
        end as known_end_basis,
        -- what CAPE pays on its own liquidation is never foreseen
        if(
            forecasts.is_forecast_passed or eligibility.cape_status = 'eligible_paid_on_liquidation',
            null,
            forecasts.forecast_liquidation_date
        ) as foreseen_date,
        if(forecasts.forecast_basis = 'as_of', 'as_if_accepted_on_as_of', 'forecast_from_acceptance')
            as foreseen_basis,
        case
            when forecasts.is_forecast_passed then 'the liquidation foreseen has passed and no report shows it'
            when eligibility.cape_status = 'eligible_paid_on_liquidation'
                then coalesce(forecasts.undated_reason, 'paid on a liquidation CAPE does not bring about')
            when forecasts.entry_number is null then 'neither accepted nor eligible'
            else forecasts.undated_reason
        end as unforeseen_reason,
        facts.as_of_date,
        facts.rate_class
    from entries.case_facts as facts
    left join lines.entry_baselines as baselines
        on facts.entry_number = baselines.entry_number
    cross join registry.policies_in_force as policies
    left join entries.eligibility as eligibility
        on facts.entry_number = eligibility.entry_number
    left join entries.liquidation_forecasts as forecasts
        on facts.entry_number = forecasts.entry_number
    left join ace.current_importers as importers
        on facts.importer_key = importers.importer_key
    left join lists
        on facts.entry_number = lists.entry_number
    left join statement_days
        on date_trunc('month', facts.entry_date) + interval 1 month = statement_days.in_month
    where facts.refund_principal_usd > 0

),

parts as (

    select
        entries.entry_number,
        listed.ieepa_usd as principal_usd,
        listed.deposit_date,
        listed.deposit_kind,
        listed.statement_number,
        listed.source
    from entries_with_principal as entries
    join listed
        on entries.entry_number = listed.entry_number
    where entries.interest_start_rule = 'listed_deposits'

    union all

    select
        entry_number,
        refund_principal_usd as principal_usd,
        case interest_start_rule
            when 'one_listed_day' then listed_date
            when 'payment_date' then deposit_date
            when 'entry_summary_date' then entry_summary_date
            when 'entry_date' then entry_date
        end as deposit_date,
        if(interest_start_rule = 'one_listed_day', deposit_kind, null) as deposit_kind,
        null as statement_number,
        source
    from entries_with_principal
    where interest_start_rule <> 'listed_deposits'

),

dated as (

    select
        entries.entry_number,
        row_number() over (
            partition by entries.entry_number
            order by
                parts.deposit_date,
                parts.deposit_kind nulls last,
                parts.statement_number nulls last,
                parts.principal_usd
        ) as deposit_sequence,
        entries.partition_month,
        parts.principal_usd,
        parts.deposit_kind,
        parts.deposit_date,
        case
            when parts.deposit_date is null then null
            when entries.interest_start_rule = 'entry_summary_date' then 'entry_summary_date_proxy'
            when entries.interest_start_rule = 'entry_date' then 'entry_date_proxy'
            when entries.interest_start_rule = 'payment_date' then entries.deposit_date_basis
            when parts.source = 'bank_debit' then 'bank_debit'
            when parts.source = 'rev103' then 'rev103_paid'
            else 'user_fact'
        end as deposit_date_basis,
        entries.interest_start_rule,
        entries.has_several_days,
        entries.entry_summary_date,
        entries.periodic_monthly_statement,
        entries.statement_payment_date,
        coalesce(entries.known_end_date, entries.foreseen_date, entries.as_of_date) as accrual_end_date,
        case
            when entries.known_end_date is not null then entries.known_end_basis
            when entries.foreseen_date is not null then entries.foreseen_basis
            else 'accrued_to_as_of'
        end as accrual_end_basis,
        if(coalesce(entries.known_end_date, entries.foreseen_date) is null, entries.unforeseen_reason, null)
            as accrual_end_reason,
        entries.interest_ten_thousand_policy,
        entries.refund_principal_usd,
        entries.payee_key,
        entries.rate_class
    from entries_with_principal as entries
    join parts
        on entries.entry_number = parts.entry_number

)

select
    entry_number,
    cast(deposit_sequence as integer) as deposit_sequence,
    partition_month,
    principal_usd,
    deposit_kind,
    deposit_date,
    deposit_date_basis,
    -- a monthly payer may have paid an entry by daily statement, no earlier than its summary
    if(
        interest_start_rule = 'payment_date' and deposit_date_basis = 'monthly_statement_rule',
        least(deposit_date, entry_summary_date),
        deposit_date
    ) as deposit_earliest_date,
    -- an importer of whom nothing is stated may pay by the month; a deposit after the end is none of this entry's
    if(
        interest_start_rule = 'payment_date'
        and deposit_date_basis = 'entry_summary_date_proxy'
        and periodic_monthly_statement is null
        and deposit_date <= accrual_end_date,
        least(greatest(deposit_date, statement_payment_date), accrual_end_date),
        deposit_date
    ) as deposit_latest_date,
    interest_start_rule,
    has_several_days or interest_start_rule = 'deposits_unlike_principal' as is_interest_for_review,
    accrual_end_date,
    accrual_end_basis,
    accrual_end_reason,
    cast(
        case interest_ten_thousand_policy
            when 'per_entry' then refund_principal_usd
            when 'per_payment' then sum(principal_usd) over (partition by payee_key, accrual_end_date)
            else 0
        end as decimal(18, 2)
    ) as ten_thousand_base_usd,
    coalesce(rate_class, 'corporate') as rate_class,
    coalesce(rate_class, 'noncorporate') as rate_class_high,
    rate_class is not null as is_rate_class_stated
from dated
