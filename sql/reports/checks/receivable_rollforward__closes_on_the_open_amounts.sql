-- The closing principal of every importer is what the receivable position shows as open.
with

open_amounts as (

    select
        importer_key,
        coalesce(sum(open_principal_usd), 0) as open_principal_usd
    from reports.receivable_position
    where stage <> 'none'
    group by importer_key

)

select
    coalesce(rollforward.importer_key, open_amounts.importer_key) as importer_key,
    rollforward.closing_principal_usd,
    open_amounts.open_principal_usd
from reports.receivable_rollforward as rollforward
full join open_amounts
    on rollforward.importer_key = open_amounts.importer_key
where coalesce(rollforward.closing_principal_usd, 0) <> coalesce(open_amounts.open_principal_usd, 0)
