-- Every declaration that was filed, as far as anything received tells: the claims CBP speaks of, the claims and files of
-- the user's declarations.csv, and the uploaded files themselves. A claim and a file are one where the user names the
-- file, else where they hold the same entries. What is dated after the day has not happened.
-- Grain: declaration_id.

with

spoken as (

    select
        outcomes.claim_number,
        sha256(string_agg(outcomes.entry_number, ',' order by outcomes.entry_number)) as entries_hash
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where outcomes.claim_number <> 'unknown'
      and coalesce(outcomes.filed_date <= day.as_of_date, outcomes.accepted_date <= day.as_of_date, true)
    group by all

),

uploaded_entries as (

    select distinct
        rows.load_id,
        loads.load_number,
        loads.file_name,
        rows.entry_number
    from ace.uploaded_declarations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

files as (

    select
        load_id,
        load_number,
        file_name,
        sha256(string_agg(entry_number, ',' order by entry_number)) as entries_hash
    from uploaded_entries
    group by all

),

-- the same entries uploaded twice are one declaration, told by the newest file
uploads as (

    select
        entries_hash,
        max_by(load_id, load_number) as load_id,
        max(load_number) as load_number,
        max_by(file_name, load_number) as file_name
    from files
    group by all

),

stated as (

    select
        declarations.claim_number,
        declarations.file_name,
        declarations.filed_date,
        if(declarations.accepted_date <= day.as_of_date, declarations.accepted_date, null) as accepted_date,
        if(coalesce(declarations.accepted_date <= day.as_of_date, true), declarations.cbp_status, null) as cbp_status,
        declarations.submitter,
        coalesce(declarations.filed_date <= day.as_of_date, declarations.accepted_date <= day.as_of_date, true)
            as has_happened
    from ace.declarations as declarations
    join ace.readable_loads as loads
        on declarations.load_id = loads.load_id
    cross join registry.as_of as day
    where coalesce(declarations.claim_number, declarations.file_name) is not null

),

happened as (

    select
        claim_number,
        if(claim_number is null, file_name, null) as unclaimed_file_name,
        max(file_name) as file_name,
        max(filed_date) as filed_date,
        max(accepted_date) as accepted_date,
        max(cbp_status) as cbp_status,
        max(submitter) as submitter
    from stated
    where has_happened
    group by all

),

-- the newest upload of a name: a name that is used again means another file by then
named as (

    select
        file_name,
        max_by(entries_hash, load_number) as entries_hash
    from uploads
    group by all

),

claims as (

    select claim_number from spoken
    union
    select claim_number from happened where claim_number is not null

),

linked_claims as (

    select
        claims.claim_number,
        happened.file_name as stated_file_name,
        coalesce(named.entries_hash, uploads.entries_hash) as entries_hash,
        case
            when named.entries_hash is not null then 'named'
            when uploads.entries_hash is not null then 'same_entries'
            when happened.file_name is not null then 'named'
            else 'external'
        end as file_link,
        happened.filed_date,
        happened.accepted_date,
        happened.cbp_status,
        happened.submitter
    from claims
    left join happened
        on claims.claim_number = happened.claim_number
    left join named
        on happened.file_name = named.file_name
    left join spoken
        on claims.claim_number = spoken.claim_number
    left join uploads
        on spoken.entries_hash = uploads.entries_hash

),

unclaimed_files as (

    select
        cast(null as varchar) as claim_number,
        uploads.file_name as stated_file_name,
        uploads.entries_hash,
        'uploaded' as file_link,
        happened.filed_date,
        happened.accepted_date,
        happened.cbp_status,
        happened.submitter
    from uploads
    left join happened
        on uploads.file_name = happened.unclaimed_file_name
    where uploads.entries_hash not in (
        select linked_claims.entries_hash from linked_claims where linked_claims.entries_hash is not null
    )
      and uploads.file_name not in (
        -- the user says that it is filed, or was accepted, after the day
        select stated.file_name from stated where not stated.has_happened and stated.file_name is not null
    )

),

-- the user speaks of a file that is not among the files: nothing tells its entries
unknown_files as (

    select
        cast(null as varchar) as claim_number,
        happened.file_name as stated_file_name,
        cast(null as varchar) as entries_hash,
        'named' as file_link,
        happened.filed_date,
        happened.accepted_date,
        happened.cbp_status,
        happened.submitter
    from happened
    left join named
        on happened.unclaimed_file_name = named.file_name
    where happened.unclaimed_file_name is not null
      and named.file_name is null

),

known as (

    select
        claim_number, stated_file_name, entries_hash, file_link, filed_date, accepted_date, cbp_status, submitter
    from linked_claims
    union all
    select
        claim_number, stated_file_name, entries_hash, file_link, filed_date, accepted_date, cbp_status, submitter
    from unclaimed_files
    union all
    select
        claim_number, stated_file_name, entries_hash, file_link, filed_date, accepted_date, cbp_status, submitter
    from unknown_files

)

select
    coalesce(known.claim_number, 'file-' || substr(coalesce(known.entries_hash, sha256(known.stated_file_name)), 1, 16))
        as declaration_id,
    known.claim_number,
    coalesce(uploads.file_name, known.stated_file_name) as file_name,
    uploads.load_id as file_sha256,
    known.file_link,
    known.filed_date,
    known.accepted_date,
    known.cbp_status,
    case trim(regexp_replace(lower(known.cbp_status), '[^a-z]+', ' ', 'g'))
        when 'not a csv file' then 'rejected_file'
        when 'failed initial validation' then 'rejected_file'
        when 'rejected by batch validation' then 'rejected_file'
        when 'rejected file' then 'rejected_file'
        when 'abandoned' then 'abandoned'
        when 'accepted with error s' then 'accepted_with_errors'
        when 'accepted with errors' then 'accepted_with_errors'
        when 'accepted' then 'accepted'
        when 'rejected' then 'rejected'
        else 'filed'
    end as stated_status,
    case
        when regexp_full_match(known.submitter, '\s*(importer|broker)\s*:.*\w.*')
            then trim(split_part(known.submitter, ':', 1))
    end as submitter_type,
    case
        when regexp_full_match(known.submitter, '\s*(importer|broker)\s*:.*\w.*')
            then trim(split_part(known.submitter, ':', 2))
    end as submitter_id
from known
left join uploads
    on known.entries_hash = uploads.entries_hash
