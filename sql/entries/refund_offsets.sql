-- What was diverted of a refund by the bills that name it. The refund's own figures tell whether REV-603's total stands
-- before the offset (equal to ES-022) or after it (equal to ES-022 less the bills); else its file does. Where the file is
-- undecidable the bills are named and support nothing. A refund pays no more of a bill than it is.
-- Grain: refund_number.

with

billed as (

    select
        bills.refund_number,
        sum(bills.amount_usd) as bill_usd,
        list_sort(list(bills.bill_number)) as bill_numbers
    from (
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
    ) as bills
    group by bills.refund_number

),

certified as (

    select
        refund_number,
        sum(principal_usd + interest_usd) as es022_usd
    from entries.refunded_entries
    group by refund_number
    having count(*) = count(principal_usd + interest_usd)

),

told as (

    select
        refunds.refund_number,
        refunds.rev603_usd,
        billed.bill_usd,
        billed.bill_numbers,
        case
            when refunds.rev603_usd = certified.es022_usd then 'gross'
            when refunds.rev603_usd = certified.es022_usd - billed.bill_usd then 'net'
            else coalesce(bases.refund_total_basis, 'assumed_gross')
        end as refund_total_basis
    from entries.reported_refunds as refunds
    join billed
        on refunds.refund_number = billed.refund_number
    left join certified
        on refunds.refund_number = certified.refund_number
    left join entries.refund_total_bases as bases
        on refunds.load_id = bases.load_id
    where refunds.is_said_diverted

)

select
    refund_number,
    bill_numbers,
    refund_total_basis,
    cast(
        if(refund_total_basis in ('gross', 'assumed_gross'), least(bill_usd, coalesce(rev603_usd, bill_usd)), 0)
        as decimal(18, 2)
    ) as diverted_usd,
    cast(if(refund_total_basis = 'net', bill_usd, 0) as decimal(18, 2)) as netted_offset_usd
from told
