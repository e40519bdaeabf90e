-- When each deposit of an entry with a principal was made, and what its interest runs to, as far as that does not move
-- with the as-of day. It starts where deposits.csv lists the entry's deposits on each from its own day, if their IEEPA
-- duty adds up to the principal, else on the one day the duty was paid, with the range the basis of that day leaves. It
-- ends on the actual (re)liquidation, else on the one foreseen, else on a day refunds.open_ends counts from the as-of
-- day. Policies may take another start or end.
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
        facts.refund_date,
        baselines.entry_summary_date,
        facts.deposit_date,
        facts.deposit_date_basis,
        importers.periodic_monthly_statement,
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
        case
            -- what CAPE pays on its own liquidation is never foreseen
            when eligibility.cape_status = 'eligible_paid_on_liquidation' then 'as_of'
            when forecasts.forecast_basis <> 'as_of' and forecasts.forecast_liquidation_date is not null
                then 'foreseen'
            when forecasts.forecast_basis = 'as_of' and forecasts.liquidation_track in ('liquidated', 'unliquidated')
                then forecasts.liquidation_track
            else 'as_of'
        end as open_end_rule,
        forecasts.forecast_liquidation_date,
        case
            when eligibility.cape_status = 'eligible_paid_on_liquidation'
                then coalesce(forecasts.undated_reason, 'paid on a liquidation CAPE does not bring about')
            when forecasts.entry_number is null then 'neither accepted nor eligible'
            else forecasts.undated_reason
        end as unforeseen_reason,
        facts.rate_class
    from entries.case_facts as facts
    left join lines.entry_baselines as baselines
        on facts.entry_number = baselines.entry_number
    cross join registry.policies_in_force as policies
    left join entries.eligibility_decisions as eligibility
        on facts.entry_number = eligibility.entry_number
    left join entries.liquidation_tracks as forecasts
        on facts.entry_number = forecasts.entry_number
    left join ace.current_importers as importers
        on facts.importer_key = importers.importer_key
    left join lists
        on facts.entry_number = lists.entry_number
    where facts.refund_principal_usd > 0

),

parts as (

    select
        entry_number,
        row_number() over (
            partition by entry_number
            order by deposit_date, deposit_kind nulls last, statement_number nulls last, ieepa_usd
        ) as deposit_sequence,
        ieepa_usd as principal_usd,
        deposit_date,
        deposit_kind,
        source
    from listed

),

dated as (

    select
        entries.entry_number,
        coalesce(parts.deposit_sequence, 1) as deposit_sequence,
        entries.partition_month,
        coalesce(parts.principal_usd, entries.refund_principal_usd) as principal_usd,
        case entries.interest_start_rule
            when 'listed_deposits' then parts.deposit_kind
            when 'one_listed_day' then entries.deposit_kind
        end as deposit_kind,
        case entries.interest_start_rule
            when 'listed_deposits' then parts.deposit_date
            when 'one_listed_day' then entries.listed_date
            when 'payment_date' then entries.deposit_date
            when 'entry_summary_date' then entries.entry_summary_date
            when 'entry_date' then entries.entry_date
        end as deposit_date,
        entries.deposit_date_basis,
        coalesce(parts.source, entries.source) as source,
        entries.interest_start_rule,
        entries.has_several_days,
        entries.entry_date,
        entries.entry_summary_date,
        entries.periodic_monthly_statement,
        entries.refund_date,
        entries.known_end_date,
        entries.known_end_basis,
        entries.open_end_rule,
        entries.forecast_liquidation_date,
        entries.unforeseen_reason,
        entries.interest_ten_thousand_policy,
        entries.refund_principal_usd,
        entries.payee_key,
        entries.rate_class
    from entries_with_principal as entries
    left join parts
        on if(entries.interest_start_rule = 'listed_deposits', entries.entry_number, null) = parts.entry_number

)

select
    dated.entry_number,
    cast(dated.deposit_sequence as integer) as deposit_sequence,
    dated.partition_month,
    dated.principal_usd,
    dated.deposit_kind,
    dated.deposit_date,
    case
        when dated.deposit_date is null then null
        when dated.interest_start_rule = 'entry_summary_date' then 'entry_summary_date_proxy'
        when dated.interest_start_rule = 'entry_date' then 'entry_date_proxy'
        when dated.interest_start_rule = 'payment_date' then dated.deposit_date_basis
        when dated.source = 'bank_debit' then 'bank_debit'
        when dated.source = 'rev103' then 'rev103_paid'
        else 'user_fact'
    end as deposit_date_basis,
    -- a monthly payer may have paid an entry by daily statement, no earlier than its summary
    if(
        dated.interest_start_rule = 'payment_date' and dated.deposit_date_basis = 'monthly_statement_rule',
        least(dated.deposit_date, dated.entry_summary_date),
        dated.deposit_date
    ) as deposit_earliest_date,
    -- an importer of whom nothing is stated may pay by the month
    if(
        dated.interest_start_rule = 'payment_date'
        and dated.deposit_date_basis = 'entry_summary_date_proxy'
        and dated.periodic_monthly_statement is null,
        greatest(dated.deposit_date, statement_days.payment_date),
        null
    ) as statement_latest_date,
    dated.interest_start_rule,
    dated.has_several_days or dated.interest_start_rule = 'deposits_unlike_principal' as is_interest_for_review,
    if(dated.known_end_date is null, dated.open_end_rule, 'told') as end_rule,
    coalesce(dated.known_end_date, if(dated.open_end_rule = 'foreseen', dated.forecast_liquidation_date, null))
        as told_end_date,
    case
        when dated.known_end_date is not null then dated.known_end_basis
        when dated.open_end_rule = 'foreseen' then 'forecast_from_acceptance'
    end as told_end_basis,
    if(dated.known_end_date is null and dated.open_end_rule = 'as_of', dated.unforeseen_reason, null)
        as accrual_end_reason,
    dated.refund_date,
    cast(if(dated.interest_ten_thousand_policy = 'per_entry', dated.refund_principal_usd, 0) as decimal(18, 2))
        as ten_thousand_base_usd,
    if(dated.interest_ten_thousand_policy = 'per_payment', coalesce(dated.payee_key, ''), null) as ten_thousand_key,
    coalesce(dated.rate_class, 'corporate') as rate_class,
    coalesce(dated.rate_class, 'noncorporate') as rate_class_high,
    dated.rate_class is not null as is_rate_class_stated
from dated
left join statement_days
    on date_trunc('month', dated.entry_date) + interval 1 month = statement_days.in_month
