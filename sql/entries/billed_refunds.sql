-- Every diverted refund that a bill names, with what the bills come to beside its two reported totals. A bill in several
-- files is one bill, at its highest amount; a cancelled one, or one dated after the day, is none.
-- Grain: refund_number.

with

bills as (

    select
        rows.refund_number,
        rows.bill_number,
        max(rows.amount_usd) as amount_usd
    from ace.bills as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where rows.refund_number is not null
      and coalesce(rows.bill_date <= day.as_of_date, true)
      and not coalesce(regexp_matches(upper(rows.bill_status), 'CANCEL|VOID'), false)
    group by rows.refund_number, rows.bill_number

),

billed as (

    select
        refund_number,
        sum(amount_usd) as bill_usd,
        list_sort(list(bill_number)) as bill_numbers
    from bills
    group by refund_number

),

certified as (

    select
        refund_number,
        sum(principal_usd + interest_usd) as es022_usd
    from entries.refunded_entries
    group by refund_number
    having count(*) = count(principal_usd + interest_usd)

)

select
    refunds.refund_number,
    refunds.load_id,
    refunds.rev603_usd,
    cast(certified.es022_usd as decimal(18, 2)) as es022_usd,
    cast(billed.bill_usd as decimal(18, 2)) as bill_usd,
    billed.bill_numbers
from entries.reported_refunds as refunds
join billed
    on refunds.refund_number = billed.refund_number
left join certified
    on refunds.refund_number = certified.refund_number
where refunds.is_said_diverted
