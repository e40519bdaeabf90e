-- Every row of a readable ES-003 that was set aside is counted in one month of one importer, or as nobody's.
with

set_aside as (

    select count(distinct (quarantine.load_id, quarantine.source_row)) as row_count
    from ace.quarantine as quarantine
    join ace.readable_loads as loads
        on quarantine.load_id = loads.load_id
    where loads.report_code = 'ES-003'

),

covered as (

    select coalesce(sum(rows_quarantined), 0) as row_count
    from ace.coverage

)

select
    set_aside.row_count as quarantined_row_count,
    covered.row_count as covered_row_count
from set_aside
cross join covered
where set_aside.row_count <> covered.row_count
