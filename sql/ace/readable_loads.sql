-- The received files that may be read as of the day: none stated to be run after it, and of the user's own reference
-- files only the newest of each name, because a newer one replaces the older wholly.
-- Grain: load_id.

with

known as (

    select
        loads.load_id,
        loads.load_number,
        loads.report_code,
        loads.file_name,
        loads.report_run_date,
        loads.columns_present
    from ace.loads as loads
    cross join registry.as_of as day
    where loads.report_run_date is null
       or loads.report_run_date <= day.as_of_date

)

select
    load_id,
    load_number,
    report_code,
    file_name,
    report_run_date,
    columns_present
from known
qualify report_code not in (
    'IMPORTERS', 'ENTRY-FACTS', 'DEPOSITS', 'DECLARATIONS', 'ATTESTATIONS', 'EXCLUSIONS', 'ALERTS-ACK', 'PAYEES', 'BILLS',
    'MATERIALITY', 'LOADS'
)
     or load_number = max(load_number) over (partition by report_code, file_name)
