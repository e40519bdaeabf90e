-- Every state in which a received REV-603 showed a refund, so that a rejected and reissued payment can be followed. A
-- refund dated after the day has not been issued yet.
-- Grain: refund_number, load_id.

select
    refunds.refund_number,
    refunds.load_id,
    loads.load_number,
    loads.report_run_date,
    refunds.refund_status,
    refunds.refund_secondary_status,
    refunds.total_refund_usd as rev603_usd,
    refunds.trace_number
from ace.rev603_refunds as refunds
join ace.readable_loads as loads
    on refunds.load_id = loads.load_id
cross join registry.as_of as day
where refunds.refund_date is null
   or refunds.refund_date <= day.as_of_date
qualify row_number() over (partition by refunds.refund_number, refunds.load_id order by refunds.source_row desc) = 1
