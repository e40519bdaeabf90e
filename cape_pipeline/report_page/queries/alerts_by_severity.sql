-- Alerts by severity; the money of an entry or refund counts once in each, whatever number of alerts speak of it.
with at_stake as (
    select
        severity,
        severity_order,
        coalesce(entry_number, refund_number, alert_key) as subject,
        count(*) filter (where not is_acknowledged) as alert_count,
        count(*) filter (where is_acknowledged) as acknowledged_count,
        max(amount_usd) filter (where not is_acknowledged) as amount_usd,
        bool_or(amount_usd is null and coalesce(entry_number, refund_number) is not null and not is_acknowledged)
            as is_unknown,
        min(due_date) filter (where not is_acknowledged) as due_date
    from payments.alerts
    group by severity, severity_order, subject
)
select
    severity,
    sum(alert_count) as alert_count,
    sum(amount_usd) as amount_usd,
    count(*) filter (where amount_usd is null and is_unknown) as amount_unknown_count,
    min(due_date) as first_due_date,
    sum(acknowledged_count) as acknowledged_count
from at_stake
group by severity, severity_order
order by severity_order
