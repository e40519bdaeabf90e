-- What was diverted of a refund by the bills that name it. The refund's own figures tell whether REV-603's total stands
-- before the offset (equal to ES-022) or after it (equal to ES-022 less the bills); else its file does. Where the file is
-- undecidable the bills are named and support nothing. A refund pays no more of a bill than it is.
-- Grain: refund_number.

with

told as (

    select
        refunds.refund_number,
        refunds.rev603_usd,
        refunds.bill_usd,
        refunds.bill_numbers,
        case
            when refunds.rev603_usd = refunds.es022_usd then 'gross'
            when refunds.rev603_usd = refunds.es022_usd - refunds.bill_usd then 'net'
            else coalesce(bases.refund_total_basis, 'assumed_gross')
        end as refund_total_basis
    from entries.billed_refunds as refunds
    left join entries.refund_total_bases as bases
        on refunds.load_id = bases.load_id

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
