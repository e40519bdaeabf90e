-- What needs doing first: which open alerts, the worst before the rest, by when, and where to write?

select
    severity,
    alert_code,
    due_date,
    days_late,
    amount_usd,
    entry_number,
    refund_number,
    importer_number,
    message,
    next_action,
    cbp_mailbox
from payments.alerts
where not is_acknowledged
order by severity_order, due_date nulls last, amount_usd desc nulls last, alert_key
