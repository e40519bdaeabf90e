-- Which entries wait on another path while their protest clock runs?

select
    entry_number,
    importer_number,
    recommended_path,
    protective_reason,
    protective_deadline_date,
    cast(protective_deadline_date - as_of_date as integer) as days_left,
    open_principal_usd
from entries.eligibility
where protective_action = 'file_protest'
order by protective_deadline_date, entry_number
