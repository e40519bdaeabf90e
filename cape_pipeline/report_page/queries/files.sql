-- The files this report rests on.
select
    loads.report_code,
    loads.file_name,
    loads.report_run_date,
    loads.rows_loaded,
    loads.rows_quarantined,
    loads.control_total_usd,
    loads.load_id as file_sha256
from ace.loads as loads
join ace.readable_loads as readable on loads.load_id = readable.load_id
order by loads.report_code, loads.load_number
