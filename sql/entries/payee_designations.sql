-- Every notify party designated for an importer's refunds (CBP Form 4811) and whether the designation holds on the day.
-- payees.csv says so with its days; payee_4811 of importers.csv counts, without days, only for importers payees.csv
-- does not name. A designation lapses three years after the last transaction that names the party (19 CFR 24.36).
-- Grain: importer_key, payee_key.

with

stated as (

    select
        rows.importer_key,
        importer_key(rows.payee_number) as payee_key,
        rows.payee_number,
        rows.payee_name,
        rows.designation_from_date,
        rows.designation_to_date,
        if(rows.last_transaction_date <= day.as_of_date, rows.last_transaction_date, null) as last_transaction_date,
        rows.ach_enrolled,
        rows.routing_fedach_ok,
        if(rows.last_checked_date <= day.as_of_date, rows.last_checked_date, null) as last_checked_date,
        'payees.csv' as stated_in
    from ace.payees as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day

),

united as (

    select
        importer_key,
        payee_key,
        payee_number,
        payee_name,
        designation_from_date,
        designation_to_date,
        last_transaction_date,
        ach_enrolled,
        routing_fedach_ok,
        last_checked_date,
        stated_in
    from stated

    union all by name

    select
        importers.importer_key,
        importer_key(importers.payee_4811) as payee_key,
        importers.payee_4811 as payee_number,
        'importers.csv' as stated_in
    from ace.current_importers as importers
    anti join stated
        on importers.importer_key = stated.importer_key
    where importers.payee_4811 is not null

),

-- an entry that names the party in box 28 is a transaction
named as (

    select
        status.importer_key,
        importer_key(status.box28_number) as payee_key,
        max(status.entry_date) as last_entry_date
    from entries.status_facts as status
    cross join registry.as_of as day
    where status.box28_number is not null
      and status.entry_date <= day.as_of_date
    group by all

),

judged as (

    select
        united.importer_key,
        united.payee_key,
        united.designation_from_date,
        united.designation_to_date,
        case
            when united.designation_from_date > day.as_of_date then 'not_yet'
            when united.designation_to_date < day.as_of_date then 'ended'
            else 'valid'
        end as day_state
    from united
    cross join registry.as_of as day

),

-- of several periods the one that holds on the day, else the newest
chosen as (

    select
        importer_key,
        payee_key,
        designation_from_date,
        designation_to_date,
        day_state
    from judged
    qualify row_number() over (
        partition by importer_key, payee_key
        order by
            day_state = 'valid' desc,
            coalesce(designation_from_date, date '2000-01-01') desc,
            designation_to_date desc nulls first
    ) = 1

),

parties as (

    select
        importer_key,
        payee_key,
        min(payee_number) as payee_number,
        min(payee_name) as payee_name,
        max(last_transaction_date) as last_transaction_date,
        if(count(distinct ach_enrolled) > 1, null, max(ach_enrolled)) as ach_enrolled,
        if(count(distinct routing_fedach_ok) > 1, null, max(routing_fedach_ok)) as routing_fedach_ok,
        max(last_checked_date) as last_checked_date,
        min(stated_in) as stated_in
    from united
    group by all

),

clocked as (

    select
        parties.importer_key,
        parties.payee_key,
        parties.payee_number,
        parties.payee_name,
        chosen.designation_from_date,
        chosen.designation_to_date,
        chosen.day_state,
        greatest(parties.last_transaction_date, named.last_entry_date) as last_transaction_date,
        -- without any transaction known nobody can tell when it lapses; a designation made since starts the years anew
        cast(
            if(
                parties.last_transaction_date is null and named.last_entry_date is null,
                null,
                greatest(parties.last_transaction_date, named.last_entry_date, chosen.designation_from_date)
            ) + interval 3 year as date
        ) as lapse_date,
        parties.ach_enrolled,
        parties.routing_fedach_ok,
        parties.last_checked_date,
        parties.stated_in
    from parties
    join chosen
        on parties.importer_key = chosen.importer_key
       and parties.payee_key = chosen.payee_key
    left join named
        on parties.importer_key = named.importer_key
       and parties.payee_key = named.payee_key

)

select
    clocked.importer_key,
    clocked.payee_key,
    clocked.payee_number,
    clocked.payee_name,
    clocked.designation_from_date,
    clocked.designation_to_date,
    clocked.last_transaction_date,
    clocked.lapse_date,
    if(clocked.day_state = 'valid' and clocked.lapse_date < day.as_of_date, 'lapsed', clocked.day_state)
        as designation_state,
    clocked.ach_enrolled,
    clocked.routing_fedach_ok,
    clocked.last_checked_date,
    clocked.stated_in
from clocked
cross join registry.as_of as day
