-- The explained part of all lines is the cash of all refunds, CAPE or not.
with

lines as (

    select coalesce(sum(explained_usd), 0) as explained_usd
    from payments.bank_credits

),

refunds as (

    select coalesce(sum(deposited_usd), 0) as deposited_usd
    from entries.refund_cash

)

select
    lines.explained_usd,
    refunds.deposited_usd
from lines
cross join refunds
where lines.explained_usd <> refunds.deposited_usd
