-- Which importer numbers can money not reach, how much waits for them, and what has to be done in ACE first?

select
    importer_number,
    importer_name,
    readiness,
    findings,
    issued_unpaid_principal_usd,
    accepted_principal_usd,
    eligible_principal_usd,
    next_lapse_date,
    next_action,
    cbp_mailbox
from reports.payee_readiness
where readiness <> 'ready'
order by issued_unpaid_principal_usd desc nulls last, accepted_principal_usd desc nulls last, importer_number
