-- What every importer takes for immaterial as of the day: its own row of materiality.csv, else its client's, else the row
-- for everybody, else the defaults: no cent of principal, 5 cents or one day of interest an entry, no cent of a refund.
-- The row without an importer is for all that no importer is known of.
-- Grain: limit_key.

with

given as (

    select
        rows.importer_key,
        rows.client_id,
        rows.principal_usd,
        rows.interest_usd,
        rows.interest_days,
        rows.refund_usd,
        rows.refund_pct
    from ace.materiality as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    qualify row_number() over (
        partition by rows.importer_key, if(rows.importer_key is null, rows.client_id, null)
        order by loads.load_number desc, rows.source_row desc
    ) = 1

),

importers as (

    select
        keys.importer_key,
        max(known.client_id) as client_id
    from (
        select importer_key from entries.case_facts where importer_key is not null
        union
        select importer_key from ace.importers where importer_key is not null
        union
        select '' as importer_key
    ) as keys
    left join (
        select
            rows.importer_key,
            arg_max(rows.client_id, (loads.load_number, rows.source_row)) as client_id
        from ace.importers as rows
        join ace.readable_loads as loads
            on rows.load_id = loads.load_id
        group by rows.importer_key
    ) as known
        on keys.importer_key = known.importer_key
    group by keys.importer_key

),

chosen as (

    select
        importers.importer_key,
        given.importer_key is not null as is_of_importer,
        given.client_id is not null as is_of_client,
        given.principal_usd,
        given.interest_usd,
        given.interest_days,
        given.refund_usd,
        given.refund_pct,
        given.importer_key is null and given.client_id is null and given.principal_usd is null
        and given.interest_usd is null and given.interest_days is null and given.refund_usd is null
        and given.refund_pct is null as is_empty
    from importers
    left join given
        on importers.importer_key = given.importer_key
        or (given.importer_key is null and given.client_id = importers.client_id)
        or (given.importer_key is null and given.client_id is null)
    qualify row_number() over (
        partition by importers.importer_key
        order by given.importer_key is null, given.client_id is null
    ) = 1

)

select
    importer_key as limit_key,
    case
        when is_of_importer then 'importer'
        when is_of_client then 'client'
        when is_empty then 'default'
        else 'everybody'
    end as materiality_basis,
    coalesce(principal_usd, 0.00) as principal_limit_usd,
    coalesce(interest_usd, 0.05) as interest_limit_usd,
    coalesce(interest_days, 1) as interest_limit_days,
    coalesce(refund_usd, 0.00) as refund_limit_usd,
    refund_pct as refund_limit_pct
from chosen
