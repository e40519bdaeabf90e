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
        rows.periodic_monthly_statement,
        rows.ace_top_account,
        rows.ace_sub_account,
        rows.ach_enrolled_date,
        rows.routing_fedach_ok,
        rows.address_ok,
        rows.email_on_file,
        rows.ach_payer_id,
        rows.last_checked_date
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
    if(count(distinct ace_top_account) > 1, null, max(ace_top_account)) as ace_top_account,
    if(count(distinct ace_sub_account) > 1, null, max(ace_sub_account)) as ace_sub_account,
    if(count(distinct ach_enrolled_date) > 1, null, max(ach_enrolled_date)) as ach_enrolled_date,
    if(count(distinct routing_fedach_ok) > 1, null, max(routing_fedach_ok)) as routing_fedach_ok,
    if(count(distinct address_ok) > 1, null, max(address_ok)) as address_ok,
    if(count(distinct email_on_file) > 1, null, max(email_on_file)) as email_on_file,
    if(count(distinct ach_payer_id) > 1, null, max(ach_payer_id)) as ach_payer_id,
    max(last_checked_date) as last_checked_date,
    list_filter(
        [
            if(count(distinct client_id) > 1, 'client_id', null),
            if(count(distinct rate_class) > 1, 'rate_class', null),
            if(count(distinct payee_4811) > 1, 'payee_4811', null),
            if(count(distinct ach_enrolled) > 1, 'ach_enrolled', null),
            if(count(distinct periodic_monthly_statement) > 1, 'periodic_monthly_statement', null),
            if(count(distinct ace_top_account) > 1, 'ace_top_account', null),
            if(count(distinct ace_sub_account) > 1, 'ace_sub_account', null),
            if(count(distinct ach_enrolled_date) > 1, 'ach_enrolled_date', null),
            if(count(distinct routing_fedach_ok) > 1, 'routing_fedach_ok', null),
            if(count(distinct address_ok) > 1, 'address_ok', null),
            if(count(distinct email_on_file) > 1, 'email_on_file', null),
            if(count(distinct ach_payer_id) > 1, 'ach_payer_id', null)
        ],
        lambda fact: fact is not null
    ) as contradicted_facts
from received
group by all
