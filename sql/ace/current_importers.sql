-- What the user's files say of every importer number as they stand. What two files state differently is unknown.
-- Grain: importer_key.

with

received as (

    select
        rows.importer_key,
        rows.importer_number,
        rows.importer_name,
        rows.client_id,
        rows.rate_class,
        rows.payee_4811,
        rows.ach_enrolled,
        rows.periodic_monthly_statement
    from ace.importers as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

)

select
    importer_key,
    max(importer_number) as importer_number,
    max(importer_name) as importer_name,
    if(count(distinct client_id) > 1, null, max(client_id)) as client_id,
    if(count(distinct rate_class) > 1, null, max(rate_class)) as rate_class,
    if(count(distinct payee_4811) > 1, null, max(payee_4811)) as payee_4811,
    if(count(distinct ach_enrolled) > 1, null, max(ach_enrolled)) as ach_enrolled,
    if(count(distinct periodic_monthly_statement) > 1, null, max(periodic_monthly_statement)) as periodic_monthly_statement,
    list_filter(
        [
            if(count(distinct client_id) > 1, 'client_id', null),
            if(count(distinct rate_class) > 1, 'rate_class', null),
            if(count(distinct payee_4811) > 1, 'payee_4811', null),
            if(count(distinct ach_enrolled) > 1, 'ach_enrolled', null),
            if(count(distinct periodic_monthly_statement) > 1, 'periodic_monthly_statement', null)
        ],
        lambda fact: fact is not null
    ) as contradicted_facts
from received
group by all
