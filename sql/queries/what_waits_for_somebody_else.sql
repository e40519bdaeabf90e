-- Which entries can nobody file today, what do they wait for, and which right runs out meanwhile?

select
    recommended_path,
    path_reason,
    entry_number,
    importer_number,
    open_principal_usd,
    protective_action,
    protective_deadline_date,
    court_deadline_conservative_date,
    psc_deadline_date
from entries.eligibility
where recommended_path in ('await_phase', 'await_protest', 'await_liquidation', 'court')
order by protective_deadline_date nulls last, court_deadline_conservative_date nulls last, entry_number
