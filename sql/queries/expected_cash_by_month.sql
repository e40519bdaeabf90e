-- How much is expected in which month, by the earliest and by the latest day of each payment window?

select
    date_trunc('month', payment_to_date) as latest_payment_month,
    min(payment_from_date) as earliest_payment_date,
    count(*) as batch_count,
    sum(entry_count) as entry_count,
    sum(principal_usd) as principal_usd,
    sum(interest_usd) as interest_usd,
    sum(total_usd) as total_usd
from refunds.refund_batches
where len(refund_numbers) = 0
group by latest_payment_month
order by latest_payment_month nulls last
