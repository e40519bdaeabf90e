-- Every entry that waited, or waits, for its money after (re)liquidation (19 USC 1505(d)), and what ends its wait: the
-- bank's value date, else the refund date CBP reports; nothing is due from the day on which REV-613 shows the refund
-- rejected.
-- Grain: entry_number, refund_key.

with

rejections as (

    select
        refunded.refund_number,
        min(coalesce(rows.refund_date, issued.refund_date, loads.report_run_date)) as rejected_since_date
    from ace.rev613_rejected_refunds as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    join (
        select distinct
            refund_number,
            reported_refund_number
        from entries.refunded_entries
    ) as refunded
        on rows.refund_number = refunded.reported_refund_number
    left join entries.refund_cash as issued
        on rows.refund_number = issued.refund_number
    group by refunded.refund_number

),

refunded as (

    select
        entry_number,
        refund_number,
        max(liquidation_date) as liquidation_date,
        if(count(*) = count(principal_usd), sum(principal_usd), null)
            + if(count(*) = count(interest_usd), sum(interest_usd), null) as reported_usd
    from entries.refunded_entries
    group by all

),

waiting as (

    select
        refunded.entry_number,
        refunded.refund_number,
        coalesce(facts.reliquidation_date, refunded.liquidation_date) as liquidation_date,
        case
            when cash.bank_value_date is not null and cash.deposited_usd > 0 then cash.bank_value_date
            when cash.match_status = 'rejected' or cash.is_returned then null
            else cash.refund_date
        end as payment_date,
        case
            when cash.bank_value_date is not null and cash.deposited_usd > 0 then 'bank_value_date'
            when cash.match_status = 'rejected' or cash.is_returned then null
            when cash.refund_date is not null then 'refund_date'
        end as payment_basis,
        rejections.rejected_since_date,
        refunded.reported_usd,
        facts.rate_class
    from refunded
    join entries.case_facts as facts
        on refunded.entry_number = facts.entry_number
    left join entries.refund_cash as cash
        on refunded.refund_number = cash.refund_number
    left join rejections
        on refunded.refund_number = rejections.refund_number

    union all

    select
        facts.entry_number,
        null as refund_number,
        facts.reliquidation_date as liquidation_date,
        null as payment_date,
        null as payment_basis,
        null as rejected_since_date,
        null as reported_usd,
        facts.rate_class
    from entries.case_facts as facts
    anti join refunded
        on facts.entry_number = refunded.entry_number
    where facts.is_accepted

)
select
    entry_number,
    coalesce(refund_number, 'none') as refund_key,
    refund_number,
    liquidation_date,
    payment_date,
    payment_basis,
    rejected_since_date,
    cast(reported_usd as decimal(18, 2)) as reported_usd,
    coalesce(rate_class, 'corporate') as rate_class,
    coalesce(rate_class, 'noncorporate') as rate_class_high
from waiting
where liquidation_date is not null
