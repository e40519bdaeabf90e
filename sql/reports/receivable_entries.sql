-- Every entry as of the day with the stage of certainty its certain principal stands in, the interest accrued to the
-- day, what came in, and what is still open: what every figure of the receivable position is a sum of.
-- Grain: entry_number.

with

receipts as (

    select
        entry_number,
        sum(received_principal_usd) as received_principal_usd,
        sum(received_interest_usd) as received_interest_usd,
        sum(offset_principal_usd) as offset_principal_usd,
        sum(offset_interest_usd) as offset_interest_usd
    from reports.receivable_receipts
    group by entry_number

),

accrued as (

    select
        entry_number,
        through_date,
        interest_usd,
        interest_high_usd,
        interest_unknown_reason
    from refunds.accrued_interest
    where is_last

),

stated as (

    select
        grounds.entry_number,
        grounds.importer_number,
        grounds.importer_key,
        grounds.cape_status,
        grounds.recommended_path,
        grounds.path_reason,
        grounds.principal_usd,
        grounds.principal_high_usd,
        accrued.through_date as accrued_through_date,
        -- without a principal there are no terms, and nothing accrues
        if(grounds.principal_usd = 0, 0, accrued.interest_usd) as accrued_interest_usd,
        if(grounds.principal_usd = 0, 0, accrued.interest_high_usd) as accrued_interest_high_usd,
        if(grounds.principal_usd is null, 'principal_unknown', accrued.interest_unknown_reason)
            as interest_unknown_reason,
        coalesce(receipts.received_principal_usd, 0) as received_principal_usd,
        coalesce(receipts.received_interest_usd, 0) as received_interest_usd,
        coalesce(receipts.offset_principal_usd, 0) as offset_principal_usd,
        coalesce(receipts.offset_interest_usd, 0) as offset_interest_usd,
        if(
            grounds.stage_of_status = 'cash'
            and coalesce(
                receipts.received_principal_usd + receipts.received_interest_usd
                + receipts.offset_principal_usd + receipts.offset_interest_usd <= 0,
                true
            ),
            'certified',
            grounds.stage_of_status
        ) as stage_of_status,
        coalesce(
            grounds.may_be_disregarded and grounds.principal_high_usd + coalesce(accrued.interest_high_usd, 0) < 20,
            false
        ) as is_net_under_20,
        grounds.rests_on_assumption_usd,
        versions.registry_version
    from reports.receivable_grounds as grounds
    cross join reports.receivable_versions as versions
    left join accrued
        on grounds.entry_number = accrued.entry_number
    left join receipts
        on grounds.entry_number = receipts.entry_number

),

staged as (

    select
        entry_number,
        importer_number,
        importer_key,
        cape_status,
        recommended_path,
        if(is_net_under_20, 'doubtful', stage_of_status) as stage,
        if(
            is_net_under_20,
            'principal and interest are under 20 dollars on an unliquidated formal entry',
            path_reason
        ) as stage_reason,
        stage in ('none', 'cash') as is_settled,
        principal_usd,
        principal_high_usd,
        accrued_through_date,
        accrued_interest_usd,
        accrued_interest_high_usd,
        interest_unknown_reason,
        received_principal_usd,
        received_interest_usd,
        offset_principal_usd,
        offset_interest_usd,
        received_principal_usd + offset_principal_usd as settled_principal_usd,
        received_interest_usd + offset_interest_usd as settled_interest_usd,
        rests_on_assumption_usd,
        registry_version
    from stated

)

-- what CBP paid settles a refund in full, whatever was expected; else nothing open is below zero
select
    staged.entry_number,
    day.as_of_date as period_end,
    staged.importer_number,
    staged.importer_key,
    staged.stage,
    staged.stage_reason,
    staged.cape_status,
    staged.recommended_path,
    staged.principal_usd,
    staged.principal_high_usd,
    cast(if(staged.is_settled, 0, staged.principal_high_usd - staged.principal_usd) as decimal(18, 2))
        as range_above_low_usd,
    staged.accrued_through_date,
    cast(staged.accrued_interest_usd as decimal(18, 2)) as accrued_interest_usd,
    cast(staged.accrued_interest_high_usd as decimal(18, 2)) as accrued_interest_high_usd,
    staged.interest_unknown_reason,
    cast(staged.received_principal_usd as decimal(18, 2)) as received_principal_usd,
    cast(staged.received_interest_usd as decimal(18, 2)) as received_interest_usd,
    cast(staged.offset_principal_usd as decimal(18, 2)) as offset_principal_usd,
    cast(staged.offset_interest_usd as decimal(18, 2)) as offset_interest_usd,
    staged.stage <> 'none' and (staged.principal_usd is not null or staged.settled_principal_usd > 0) as is_recognised,
    cast(
        case
            when staged.is_settled then staged.settled_principal_usd
            when staged.principal_usd is not null then greatest(staged.principal_usd, staged.settled_principal_usd)
        end as decimal(18, 2)
    ) as recognised_principal_usd,
    cast(
        case
            when staged.is_settled then staged.settled_interest_usd
            when staged.accrued_interest_usd is not null
                then greatest(staged.accrued_interest_usd, staged.settled_interest_usd)
        end as decimal(18, 2)
    ) as recognised_interest_usd,
    cast(
        case
            when staged.is_settled then 0
            when staged.principal_usd is not null then greatest(staged.principal_usd - staged.settled_principal_usd, 0)
        end as decimal(18, 2)
    ) as open_principal_usd,
    cast(
        case
            when staged.is_settled then 0
            when staged.accrued_interest_usd is not null
                then greatest(staged.accrued_interest_usd - staged.settled_interest_usd, 0)
        end as decimal(18, 2)
    ) as open_interest_usd,
    cast(
        if(staged.is_settled, 0, least(coalesce(staged.rests_on_assumption_usd, 0), staged.principal_usd))
        as decimal(18, 2)
    ) as rests_on_assumption_usd,
    staged.registry_version
from staged
cross join registry.as_of as day
