-- Months of an importer that the exports may not cover: asked for by no file, far fewer entries than usual, or too many unusable rows.
select
    importer_number,
    entry_month,
    coverage_finding,
    entry_count,
    entries_three_months_before,
    rows_loaded,
    rows_quarantined,
    last_report_run_date
from ace.coverage
where coverage_finding in ('no_entries', 'sudden_drop', 'too_many_quarantined')
order by importer_number nulls last, entry_month, coverage_finding
