-- Received rows that could not be used, with file, row, column and reason; their entries are in review.
select
    loads.file_name,
    rows.source_row,
    rows.report_code,
    rows.entry_number,
    rows.column_name,
    rows.reason_code,
    left(rows.raw_value, 80) as raw_value,
    rows.detail
from ace.quarantine as rows
join ace.readable_loads as loads on rows.load_id = loads.load_id
order by loads.load_number desc, rows.source_row, rows.column_name, rows.reason_code
