-- Every CAPE declaration, drafted or known to CBP. A draft is a pure function of the entries that may be filed as of the
-- day: the same entries give the same file. The file is ASCII, one column headed Entry Number, CRLF line ends.
-- Grain: declaration_id.

with

members as (

    select
        entries.declaration_id,
        count(*) as entry_count,
        count(*) filter (where entries.claim_outcome = 'accepted') as accepted_entry_count,
        count(*) filter (where entries.claim_outcome = 'failed') as failed_entry_count,
        if(count(*) = count(eligibility.refund_principal_usd), sum(eligibility.refund_principal_usd), null)
            as declared_principal_usd,
        if(count(distinct eligibility.importer_key) = 1, min(eligibility.importer_number), null) as importer_number,
        if(count(distinct eligibility.importer_key) = 1, min(eligibility.importer_key), null) as importer_key,
        if(count(distinct eligibility.filer_code) = 1, min(eligibility.filer_code), null) as filer_code,
        'Entry Number' || chr(13) || chr(10)
            || string_agg(entries.entry_number, chr(13) || chr(10) order by entries.row_number)
            || chr(13) || chr(10) as file_text
    from refunds.declaration_entries as entries
    join entries.eligibility as eligibility
        on entries.entry_number = eligibility.entry_number
    group by all

),

stated as (

    select
        declarations.claim_number,
        max(declarations.file_name) as file_name,
        max(declarations.filed_date) as filed_date,
        max(declarations.accepted_date) filter (where declarations.accepted_date <= day.as_of_date) as accepted_date,
        lower(max(declarations.cbp_status) filter (where coalesce(declarations.accepted_date <= day.as_of_date, true)))
            as cbp_status
    from ace.declarations as declarations
    join ace.readable_loads as loads
        on declarations.load_id = loads.load_id
    cross join registry.as_of as day
    where coalesce(declarations.filed_date <= day.as_of_date, declarations.accepted_date <= day.as_of_date, true)
    group by all

),

accepted as (

    select
        outcomes.claim_number,
        min(outcomes.accepted_date) as accepted_date,
        arg_min(outcomes.accepted_date_basis, outcomes.accepted_date) as accepted_date_basis
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where outcomes.claim_outcome = 'accepted'
      and outcomes.accepted_date <= day.as_of_date
    group by all

),

known as (

    select declaration_id from members
    union
    select claim_number as declaration_id from stated

)

select
    known.declaration_id,
    if(starts_with(known.declaration_id, 'draft-'), null, known.declaration_id) as claim_number,
    members.importer_number,
    members.filer_code,
    cast(coalesce(members.entry_count, 0) as integer) as entry_count,
    cast(coalesce(members.accepted_entry_count, 0) as integer) as accepted_entry_count,
    cast(coalesce(members.failed_entry_count, 0) as integer) as failed_entry_count,
    cast(members.declared_principal_usd as decimal(18, 2)) as declared_principal_usd,
    case
        when starts_with(known.declaration_id, 'draft-')
            then concat_ws('_', 'cape', members.importer_key, members.filer_code, substr(known.declaration_id, 7))
                || '.csv'
        else stated.file_name
    end as file_name,
    if(starts_with(known.declaration_id, 'draft-'), sha256(members.file_text), null) as file_sha256,
    case
        when starts_with(known.declaration_id, 'draft-') then 'drafted'
        when stated.cbp_status like '%error%' then 'accepted_with_errors'
        when members.accepted_entry_count > 0 and members.failed_entry_count > 0 then 'accepted_with_errors'
        when members.accepted_entry_count > 0 then 'accepted'
        when members.failed_entry_count = members.entry_count or stated.cbp_status = 'rejected' then 'rejected'
        when stated.accepted_date is not null then 'accepted'
        else 'filed'
    end as status,
    stated.filed_date,
    coalesce(stated.accepted_date, accepted.accepted_date) as accepted_date,
    if(stated.accepted_date is not null, 'declarations', accepted.accepted_date_basis) as accepted_date_basis,
    day.as_of_date
from known
cross join registry.as_of as day
left join members
    on known.declaration_id = members.declaration_id
left join stated
    on known.declaration_id = stated.claim_number
left join accepted
    on known.declaration_id = accepted.claim_number
