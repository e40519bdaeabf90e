-- Every liquidation of an entry summary that any report shows: the one that ES-003 or ES-701 states, and all of ES-022,
-- which shows CAPE's own. A date that is only projected is none.
-- Grain: entry_number, liquidation_date.

with

reported as (

    select
        entry_number,
        reported_liquidation_date as liquidation_date
    from entries.status_facts
    where liquidation_state = 'liquidated'
      and reported_liquidation_date is not null

    union

    select
        entry_number,
        es701_liquidation_date as liquidation_date
    from entries.status_facts
    where es701_liquidation_date is not null

    union

    select
        rows.entry_number,
        rows.liquidation_date
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    where rows.liquidation_date is not null

)

select
    reported.entry_number,
    status.partition_month,
    reported.liquidation_date
from reported
join entries.status_facts as status
    on reported.entry_number = status.entry_number
