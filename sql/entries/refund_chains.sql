-- Every returned refund that was issued again under another number: no cash stands against it, and a later refund goes
-- to the same payee with the same amount and, where both are known, the same liquidation date. A later refund replaces
-- one returned refund only, the last before it.
-- Grain: refund_number.

with recursive

liquidation_dates as (

    select
        rows.refund_number,
        if(count(distinct rows.liquidation_date) = 1, max(rows.liquidation_date), null) as liquidation_date
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    where rows.refund_number is not null
    group by rows.refund_number

),

cash_by_trace as (

    select
        trace_key,
        sum(amount_usd * credit_count) as amount_usd
    from entries.bank_credits
    where trace_key is not null
    group by trace_key

),

dated as (

    select
        refunds.refund_number,
        refunds.payee_key,
        refunds.refund_class,
        refunds.refund_date,
        refunds.rev603_usd,
        refunds.is_said_returned and coalesce(cash_by_trace.amount_usd, 0) = 0 as is_returned_without_cash,
        liquidation_dates.liquidation_date
    from entries.reported_refunds as refunds
    left join liquidation_dates
        on refunds.refund_number = liquidation_dates.refund_number
    left join cash_by_trace
        on refunds.trace_key = cash_by_trace.trace_key

),

next_refunds as (

    select
        returned.refund_number,
        returned.refund_date,
        later.refund_number as reissued_as
    from dated as returned
    join dated as later
        on returned.payee_key = later.payee_key
       and returned.rev603_usd = later.rev603_usd
       and returned.refund_date < later.refund_date
       and (returned.refund_class = later.refund_class or 'unknown' in (returned.refund_class, later.refund_class))
       and coalesce(returned.liquidation_date = later.liquidation_date, true)
    where returned.is_returned_without_cash
    qualify row_number() over (
        partition by returned.refund_number order by later.refund_date, later.refund_number
    ) = 1

),

links as (

    select
        refund_number,
        reissued_as
    from next_refunds
    qualify row_number() over (partition by reissued_as order by refund_date desc, refund_number) = 1

),

chains (refund_number, reissued_as, last_refund_number, link_count) as (

    select
        refund_number,
        reissued_as,
        reissued_as as last_refund_number,
        1 as link_count
    from links

    union all

    select
        chains.refund_number,
        chains.reissued_as,
        links.reissued_as as last_refund_number,
        chains.link_count + 1 as link_count
    from chains
    join links
        on chains.last_refund_number = links.refund_number

)

select
    refund_number,
    reissued_as,
    last_refund_number
from chains
qualify row_number() over (partition by refund_number order by link_count desc) = 1
