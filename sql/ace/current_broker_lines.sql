-- The lines of every entry as the newest broker's list has them: per entry one list counts, as a whole. The newest is
-- the one run last; lists that state no run date go before all others, in the order in which they were received.
-- Grain: entry_number, line_number.

with

lists as (

    select
        rows.entry_number,
        loads.load_id,
        loads.load_number,
        loads.report_run_date,
        list(distinct rows.line_number) as line_numbers
    from ace.broker_lines as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by all

),

ranked as (

    select
        entry_number,
        load_id,
        load_number,
        report_run_date,
        line_numbers,
        list_distinct(flatten(list(line_numbers) over (partition by entry_number))) as all_line_numbers
    from lists
    qualify row_number() over (
        partition by entry_number
        order by report_run_date desc nulls last, load_number desc
    ) = 1

)

select
    rows.entry_number,
    rows.line_number,
    rows.load_id,
    newest.load_number,
    newest.report_run_date,
    not list_has_all(newest.line_numbers, newest.all_line_numbers) as has_lost_lines,
    rows.source_row,
    rows.entry_date,
    rows.importer_number,
    rows.importer_key,
    rows.entry_type_code,
    rows.country_of_origin,
    rows.hts_number,
    rows.goods_value_usd,
    rows.column_1_rate_filed,
    rows.line_spi_code,
    rows.paid_duty_usd,
    rows.ieepa_duty_usd,
    rows.ieepa_fentanyl_duty_usd,
    rows.ieepa_reciprocal_duty_usd,
    rows.ieepa_brazil_duty_usd,
    rows.ieepa_india_duty_usd,
    rows.section_301_duty_usd,
    rows.section_232_duty_usd,
    rows.section_201_duty_usd,
    rows.section_122_duty_usd,
    rows.column_1_duty_usd,
    rows.other_duty_usd,
    rows.mpf_usd,
    rows.hmf_usd
from ace.broker_lines as rows
join ranked as newest
    on rows.entry_number = newest.entry_number
   and rows.load_id = newest.load_id
