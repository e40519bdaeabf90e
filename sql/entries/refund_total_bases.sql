-- Whether the totals of every REV-603 stand before or after offsets, by its diverted refunds that a bill names: a total
-- equal to ES-022 is gross, one equal to ES-022 less the bills is net. Where none tells it is taken as gross.
-- Grain: load_id.

with

billed as (

    select
        bills.refund_number,
        sum(bills.amount_usd) as bill_usd
    from ace.bills as bills
    join ace.readable_loads as loads
        on bills.load_id = loads.load_id
    cross join registry.as_of as day
    where bills.refund_number is not null
      and coalesce(bills.bill_date <= day.as_of_date, true)
      and not coalesce(regexp_matches(upper(bills.bill_status), 'CANCEL|VOID'), false)
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

votes as (

    select
        refunds.load_id,
        count(*) filter (where refunds.rev603_usd = certified.es022_usd) as gross_count,
        count(*) filter (where refunds.rev603_usd = certified.es022_usd - billed.bill_usd) as net_count
    from entries.reported_refunds as refunds
    join billed
        on refunds.refund_number = billed.refund_number
    join certified
        on refunds.refund_number = certified.refund_number
    where refunds.is_said_diverted
      and billed.bill_usd <> 0
    group by refunds.load_id

)

select
    loads.load_id,
    case
        when coalesce(votes.gross_count + votes.net_count, 0) = 0 then 'assumed_gross'
        when votes.net_count = 0 then 'gross'
        when votes.gross_count = 0 then 'net'
        else 'undecidable'
    end as refund_total_basis,
    cast(coalesce(votes.gross_count, 0) as integer) as gross_count,
    cast(coalesce(votes.net_count, 0) as integer) as net_count
from ace.readable_loads as loads
left join votes
    on loads.load_id = votes.load_id
where loads.report_code = 'REV-603'
