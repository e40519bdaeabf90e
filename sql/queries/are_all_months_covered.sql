-- Do the exports cover every month of every importer, and through which brokers?

select
    importer_number,
    entry_month,
    entry_count,
    tariff_row_count,
    filed_duty_usd,
    ieepa_heading_duty_usd,
    filer_codes,
    last_report_run_date,
    coverage_finding
from ace.coverage
order by importer_number, entry_month
