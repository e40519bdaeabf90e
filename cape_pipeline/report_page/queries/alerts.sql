-- Open alerts, the gravest first, each with what to do and by when.
select
    severity,
    alert_code,
    coalesce(entry_number, refund_number, claim_number) as about,
    importer_number,
    amount_usd,
    due_date,
    message,
    next_action,
    since_date,
    days_late,
    cbp_mailbox
from payments.alerts
where not is_acknowledged
order by severity_order, due_date nulls last, amount_usd desc nulls last, alert_key
