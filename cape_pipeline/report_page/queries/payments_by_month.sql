-- Cash by month: found at the bank, issued by CBP and not found there, and expected by the last day of its window.
with flows as (
    select payment_to_date as due_date, total_usd as expected_usd, null as issued_usd, null as deposited_usd
    from refunds.refund_batches
    where len(refund_numbers) = 0
    union all
    select refund_date, null, coalesce(rev603_usd, es022_principal_usd + es022_interest_usd) - coalesce(diverted_usd, 0), null
    from entries.refund_cash
    where refund_class = 'cape' and deposited_usd is null and reissued_as is null
    union all
    select bank_value_date, null, null, deposited_usd
    from entries.refund_cash
    where refund_class = 'cape' and deposited_usd is not null
)
select
    coalesce(strftime(due_date, '%Y-%m'), 'no date yet') as payment_month,
    coalesce(sum(deposited_usd), 0) as deposited_usd,
    coalesce(sum(issued_usd), 0) as issued_not_deposited_usd,
    coalesce(sum(expected_usd), 0) as expected_usd,
    count(*) filter (where coalesce(expected_usd, issued_usd, deposited_usd) is null) as amount_unknown_count
from flows
group by payment_month
order by payment_month
