-- Which entry is in which refund, with principal and interest apart, as expected and as CBP reports them; and every
-- accepted entry that is in no refund yet. What is expected of an entry counts in its first refund; the entries of a
-- returned refund stand in the one that replaces it. The cause is the first that applies; days of interest are sought up
-- to 31, on the expected principal and interest at the rate of the quarter in which the interest ends.
-- Grain: entry_number, refund_key.

with

paid as (

    select
        entry_number,
        refund_number,
        min(claim_number) as claim_number,
        max(payee_number) as payee_number,
        max(liquidation_date) as liquidation_date,
        min(refund_date) as refund_date,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as cbp_principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as cbp_interest_usd,
        bool_or(refund_amount_basis = 'undecidable') as is_basis_undecidable,
        min(load_id) as source_load_id,
        arg_min(source_row, (load_id, source_row)) as source_row
    from entries.refunded_entries
    group by all

),

-- few entries are in several refunds
several as (

    select
        entry_number,
        count(*) as refund_count,
        if(count(*) = count(cbp_principal_usd), sum(cbp_principal_usd), null) as entry_principal_usd,
        if(count(*) = count(cbp_interest_usd), sum(cbp_interest_usd), null) as entry_interest_usd
    from paid
    group by entry_number
    having count(*) > 1

),

firsts as (

    select
        paid.entry_number,
        paid.refund_number as first_refund_number
    from paid
    semi join several
        on paid.entry_number = several.entry_number
    qualify row_number() over (
        partition by paid.entry_number order by paid.refund_date nulls last, paid.refund_number
    ) = 1

),

ordered as (

    select
        paid.entry_number,
        paid.refund_number,
        paid.claim_number,
        paid.payee_number,
        paid.liquidation_date,
        paid.cbp_principal_usd,
        paid.cbp_interest_usd,
        paid.is_basis_undecidable,
        paid.source_load_id,
        paid.source_row,
        several.entry_number is null or paid.refund_number = firsts.first_refund_number as is_first,
        coalesce(several.refund_count, 1) as refund_count,
        if(several.entry_number is null, paid.cbp_principal_usd, several.entry_principal_usd) as entry_principal_usd,
        if(several.entry_number is null, paid.cbp_interest_usd, several.entry_interest_usd) as entry_interest_usd
    from paid
    left join several
        on paid.entry_number = several.entry_number
    left join firsts
        on paid.entry_number = firsts.entry_number

),

members as (

    select
        batches.entry_number,
        ordered.refund_number,
        coalesce(ordered.refund_number, 'none') as refund_key,
        coalesce(ordered.claim_number, batches.claim_number) as claim_number,
        coalesce(ordered.payee_number, batches.payee_number) as payee_number,
        ordered.payee_number as reported_payee_number,
        coalesce(ordered.liquidation_date, batches.liquidation_date) as liquidation_date,
        batches.undated_reason,
        if(coalesce(ordered.is_first, true), batches.principal_usd, cast(0 as decimal(18, 2)))
            as expected_principal_usd,
        if(coalesce(ordered.is_first, true), batches.interest_usd, cast(0 as decimal(18, 2)))
            as expected_interest_usd,
        cast(ordered.cbp_principal_usd as decimal(18, 2)) as cbp_principal_usd,
        cast(ordered.cbp_interest_usd as decimal(18, 2)) as cbp_interest_usd,
        coalesce(ordered.is_basis_undecidable, false) as is_basis_undecidable,
        coalesce(ordered.refund_count, 0) as refund_count,
        cast(ordered.entry_principal_usd - batches.principal_usd as decimal(18, 2)) as entry_principal_variance_usd,
        cast(ordered.entry_interest_usd - batches.interest_usd as decimal(18, 2)) as entry_interest_variance_usd,
        ordered.source_load_id,
        ordered.source_row
    from refunds.batch_entries as batches
    left join ordered
        on batches.entry_number = ordered.entry_number

),

compared as (

    select
        members.entry_number,
        members.refund_number,
        members.refund_key,
        members.claim_number,
        facts.importer_number,
        members.payee_number,
        members.liquidation_date,
        members.undated_reason,
        members.expected_principal_usd,
        members.expected_interest_usd,
        members.cbp_principal_usd,
        members.cbp_interest_usd,
        cast(members.cbp_principal_usd - members.expected_principal_usd as decimal(18, 2)) as principal_variance_usd,
        cast(members.cbp_interest_usd - members.expected_interest_usd as decimal(18, 2)) as interest_variance_usd,
        effects.other_duty_change_usd,
        coalesce(importer_key(cash.payee_number) <> importer_key(members.reported_payee_number), false)
            as is_payee_another,
        late.late_interest_usd,
        late.late_interest_high_usd,
        late.balance_usd as late_balance_usd,
        members.is_basis_undecidable,
        coalesce(
            members.refund_count > 1
            and members.entry_principal_variance_usd = 0
            and abs(members.entry_interest_variance_usd) <= limits.interest_limit_usd,
            false
        ) as is_sum_agreed,
        limits.principal_limit_usd,
        limits.interest_limit_usd,
        limits.interest_limit_days,
        coalesce(facts.rate_class, 'corporate') as rate_class,
        members.source_load_id,
        members.source_row
    from members
    join entries.case_facts as facts
        on members.entry_number = facts.entry_number
    left join entries.cape_effects as effects
        on members.entry_number = effects.entry_number
    left join entries.refund_cash as cash
        on members.refund_number = cash.refund_number
    left join refunds.late_interest as late
        on members.entry_number = late.entry_number
       and members.refund_key = late.refund_key
    left join payments.materiality_limits as limits
        on coalesce(facts.importer_key, '') = limits.limit_key

),

rates as (

    select
        rates.quarter_start,
        rates.quarter_end,
        classes.rate_class,
        cast(
            if(classes.rate_class = 'corporate', rates.overpayment_corporate_rate, rates.overpayment_noncorporate_rate)
            as decimal(7, 6)
        ) as annual_rate,
        if(strftime(make_date(year(rates.quarter_start), 12, 31), '%j') = '366', 366, 365) as year_days
    from registry.interest_rates as rates
    cross join (select unnest(['corporate', 'noncorporate']) as rate_class) as classes
    where rates.withdrawn_date is null

),

day_counts as (

    select
        unnest(range(1, 32)) as day_count

),

-- simple interest of the days, and interest on it, of days after the end or of the last days before it
days_of_interest as (

    select
        compared.entry_number,
        compared.refund_key,
        min(day_counts.day_count) as day_count
    from compared
    join rates
        on compared.liquidation_date between rates.quarter_start and rates.quarter_end
       and compared.rate_class = rates.rate_class
    join day_counts
        on abs(
            abs(compared.interest_variance_usd) * (rates.year_days * rates.year_days)
            - cast(
                cast(compared.expected_principal_usd + compared.expected_interest_usd as decimal(16, 2))
                * rates.annual_rate as decimal(23, 8)
            ) * cast(
                day_counts.day_count * rates.year_days
                + rates.annual_rate * if(
                    compared.interest_variance_usd < 0,
                    -(day_counts.day_count * (day_counts.day_count + 1) // 2),
                    day_counts.day_count * (day_counts.day_count - 1) // 2
                )
                as decimal(12, 6)
            )
        ) <= 0.02 * (rates.year_days * rates.year_days)
    where abs(compared.interest_variance_usd) > 0.05
      and compared.principal_variance_usd = 0
    group by compared.entry_number, compared.refund_key

),

-- late interest is due on what CBP should have paid: on its own balance, which holds the late interest, in proportion
late_payments as (

    select
        entry_number,
        refund_key
    from compared
    where interest_variance_usd > 0.05
      and principal_variance_usd = 0
      and late_interest_usd > 0
      and interest_variance_usd * late_balance_usd
        between late_interest_usd * (expected_principal_usd + expected_interest_usd) - 0.05 * late_balance_usd
        and late_interest_high_usd * (expected_principal_usd + expected_interest_usd) + 0.05 * late_balance_usd

)

select
    compared.entry_number,
    compared.refund_number,
    compared.refund_key,
    compared.claim_number,
    compared.importer_number,
    compared.payee_number,
    compared.liquidation_date,
    compared.expected_principal_usd,
    compared.expected_interest_usd,
    compared.cbp_principal_usd,
    compared.cbp_interest_usd,
    compared.principal_variance_usd,
    compared.interest_variance_usd,
    cast(if(compared.interest_variance_usd < 0, -days.day_count, days.day_count) as integer) as interest_variance_days,
    compared.late_interest_usd,
    compared.other_duty_change_usd,
    case
        when compared.refund_number is null
            and compared.undated_reason in (
                'suspended', 'extended', 'under review', 'warehouse entry or withdrawal'
            )
            then 'partial_liquidation'
        when compared.refund_number is null then 'not_yet_refunded'
        when compared.expected_principal_usd is null then 'no_baseline'
        when compared.is_basis_undecidable then 'basis_undecidable'
        when compared.cbp_principal_usd is null or compared.cbp_interest_usd is null then 'cbp_amount_missing'
        when compared.is_sum_agreed then 'sum_agrees'
        when compared.principal_variance_usd <> 0
            and compared.principal_variance_usd = -compared.other_duty_change_usd
            then 'netting'
        when compared.principal_variance_usd < 0 then 'principal_below_expected'
        when compared.principal_variance_usd > 0 then 'principal_above_expected'
        when compared.expected_interest_usd is null then 'expected_interest_unknown'
        when compared.interest_variance_usd = 0
            then if(compared.is_payee_another, 'payee_differs', 'agrees')
        when abs(compared.interest_variance_usd) <= 0.05 then 'rounding'
        when late_payments.entry_number is not null then 'late_interest'
        when days.day_count is not null then 'interest_days'
        when compared.interest_variance_usd < 0 then 'interest_below_expected'
        else 'interest_above_expected'
    end as cause,
    not compared.is_sum_agreed
    and (
        coalesce(abs(compared.principal_variance_usd) > compared.principal_limit_usd, false)
        or coalesce(
            abs(compared.interest_variance_usd) > compared.interest_limit_usd
            and coalesce(days.day_count > compared.interest_limit_days, true),
            false
        )
    ) as is_material,
    compared.source_load_id,
    compared.source_row
from compared
left join days_of_interest as days
    on compared.entry_number = days.entry_number
   and compared.refund_key = days.refund_key
left join late_payments
    on compared.entry_number = late_payments.entry_number
   and compared.refund_key = late_payments.refund_key
