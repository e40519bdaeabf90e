-- Whether the totals of every REV-603 stand before or after offsets, by its diverted refunds that a bill names: a total
-- equal to ES-022 is gross, one equal to ES-022 less the bills is net. Where none tells it is taken as gross.
-- Grain: load_id.

with

votes as (

    select
        load_id,
        count(*) filter (where rev603_usd = es022_usd) as gross_count,
        count(*) filter (where rev603_usd = es022_usd - bill_usd) as net_count
    from entries.billed_refunds
    where bill_usd <> 0
    group by load_id

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
