-- Which received cells could not be used, in which file and row, and what stood there?

select
    loads.file_name,
    quarantine.source_row,
    quarantine.entry_number,
    quarantine.column_name,
    quarantine.reason_code,
    quarantine.raw_value,
    quarantine.detail
from ace.quarantine as quarantine
join ace.loads as loads
    on quarantine.load_id = loads.load_id
order by loads.load_number, quarantine.source_row, quarantine.column_name
