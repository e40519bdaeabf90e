-- What is known of every CAPE refund in cash as of the day: ES-022 and REV-615 say which entries it holds, REV-603 what
-- was issued, REV-613 what was returned, the bank what arrived. Cash is found by trace number; without one by amount
-- and date, and only where exactly one refund and one credit fit each other.
-- Grain: refund_number.

with

es022_refunds as (

    select
        refund_number,
        -- a sum with a hole is not a sum
        cast(if(count(*) = count(principal_usd), sum(principal_usd), null) as decimal(18, 2)) as es022_principal_usd,
        cast(if(count(*) = count(interest_usd), sum(interest_usd), null) as decimal(18, 2)) as es022_interest_usd,
        count(distinct entry_number) as entry_count,
        max(payee_number) as payee_number,
        max(liquidation_date) as liquidation_date,
        max(refund_date) as refund_date
    from entries.refunded_entries
    group by all

),

rev603_refunds as (

    select
        refunds.refund_number,
        refunds.payee_number,
        refunds.refund_date,
        refunds.refund_status,
        refunds.refund_secondary_status,
        refunds.refund_type,
        refunds.document_number,
        refunds.total_refund_usd as rev603_usd,
        refunds.trace_number,
        ltrim(regexp_replace(upper(refunds.trace_number), '[^A-Z0-9]', '', 'g'), '0') as trace_key,
        loads.report_run_date
    from ace.rev603_refunds as refunds
    join ace.readable_loads as loads
        on refunds.load_id = loads.load_id
    cross join registry.as_of as day
    where refunds.refund_date is null
       or refunds.refund_date <= day.as_of_date
    qualify row_number() over (
        partition by refunds.refund_number
        order by loads.report_run_date desc nulls last, loads.load_number desc, refunds.source_row desc
    ) = 1

),

returned as (

    select distinct rows.refund_number
    from ace.rev613_rejected_refunds as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

has_es022 as (

    select count(*) > 0 as is_loaded
    from ace.readable_loads
    where report_code in ('ES-022', 'REV-615')

),

refunds as (

    select
        coalesce(rev603.refund_number, es022.refund_number) as refund_number,
        coalesce(rev603.payee_number, es022.payee_number) as payee_number,
        coalesce(rev603.refund_date, es022.refund_date) as refund_date,
        es022.liquidation_date,
        rev603.refund_status,
        rev603.refund_secondary_status,
        rev603.refund_type,
        rev603.document_number,
        rev603.rev603_usd,
        rev603.trace_number,
        nullif(rev603.trace_key, '') as trace_key,
        es022.es022_principal_usd,
        es022.es022_interest_usd,
        es022.entry_count,
        rev603.refund_number is not null as is_in_rev603,
        es022.refund_number is not null as is_in_es022,
        returned.refund_number is not null as is_returned,
        case
            when es022.refund_number is not null then 'cape'
            when regexp_matches(upper(rev603.refund_type), 'CAPE|IEEPA') then 'cape'
            when nullif(trim(rev603.refund_type), '') is null then 'unknown'
            else 'other'
        end as refund_class
    from rev603_refunds as rev603
    full join es022_refunds as es022
        on rev603.refund_number = es022.refund_number
    left join returned
        on coalesce(rev603.refund_number, es022.refund_number) = returned.refund_number

),

cash_by_trace as (

    select
        trace_key,
        cast(sum(amount_usd * credit_count) as decimal(18, 2)) as amount_usd,
        cast(sum(credit_count) as integer) as credit_count,
        max(value_date) as value_date
    from entries.bank_credits
    where trace_key is not null
    group by all

),

refunds_by_trace as (

    select
        trace_key,
        count(*) as refund_count,
        sum(rev603_usd) as rev603_usd
    from refunds
    where trace_key is not null
    group by all

),

amount_candidates as (

    select
        refunds.refund_number,
        credits.credit_key,
        credits.credit_count,
        credits.value_date,
        count(*) over (partition by refunds.refund_number) as credits_of_refund,
        count(*) over (partition by credits.credit_key) as refunds_of_credit
    from refunds
    join entries.bank_credits as credits
        on refunds.rev603_usd = credits.amount_usd
       and credits.trace_key is null
       and credits.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
    left join cash_by_trace
        on refunds.trace_key = cash_by_trace.trace_key
    where cash_by_trace.trace_key is null
      and credits.is_cbp

),

cash_by_amount as (

    select
        refund_number,
        bool_and(credits_of_refund = 1 and refunds_of_credit = 1 and credit_count = 1) as is_unique,
        max(value_date) as value_date
    from amount_candidates
    group by all

),

found as (

    select
        refunds.refund_number,
        case
            when cash_by_trace.trace_key is not null and refunds_by_trace.refund_count = 1
                then cash_by_trace.amount_usd
            when cash_by_trace.trace_key is not null and refunds_by_trace.rev603_usd = cash_by_trace.amount_usd
                then refunds.rev603_usd
            when cash_by_amount.is_unique then refunds.rev603_usd
        end as deposited_usd,
        (cash_by_trace.trace_key is not null
            and refunds_by_trace.refund_count > 1
            and refunds_by_trace.rev603_usd is distinct from cash_by_trace.amount_usd)
        or coalesce(not cash_by_amount.is_unique, false) as is_ambiguous,
        coalesce(cash_by_trace.value_date, cash_by_amount.value_date) as bank_value_date,
        coalesce(cash_by_trace.credit_count, if(cash_by_amount.is_unique, 1, 0)) as bank_credit_count
    from refunds
    left join refunds_by_trace
        on refunds.trace_key = refunds_by_trace.trace_key
    left join cash_by_trace
        on refunds.trace_key = cash_by_trace.trace_key
    left join cash_by_amount
        on refunds.refund_number = cash_by_amount.refund_number

)

select
    refunds.refund_number,
    refunds.refund_class,
    refunds.payee_number,
    refunds.liquidation_date,
    refunds.refund_date,
    refunds.refund_status,
    refunds.refund_secondary_status,
    refunds.refund_type,
    refunds.document_number,
    refunds.trace_number,
    cast(refunds.entry_count as integer) as entry_count,
    refunds.es022_principal_usd,
    refunds.es022_interest_usd,
    refunds.rev603_usd,
    found.deposited_usd,
    found.bank_value_date,
    cast(found.bank_credit_count as integer) as bank_credit_count,
    refunds.is_returned,
    case
        when not refunds.is_in_rev603 then 'not_in_rev603'
        when upper(refunds.refund_secondary_status) like '%DIVERT%' then 'diverted'
        when found.is_ambiguous then 'ambiguous'
        when has_es022.is_loaded and not refunds.is_in_es022 and refunds.refund_class = 'cape' then 'not_in_es022'
        when found.deposited_usd = refunds.rev603_usd then 'matched'
        -- a credit that was taken back wholly is no cash
        when found.deposited_usd <> 0 and found.deposited_usd < refunds.rev603_usd then 'short'
        when found.deposited_usd <> 0 and found.deposited_usd > refunds.rev603_usd then 'over'
        when refunds.is_returned or upper(refunds.refund_secondary_status) like '%RETURN%' then 'rejected'
        else 'pending'
    end as match_status
from refunds
join found
    on refunds.refund_number = found.refund_number
cross join has_es022
