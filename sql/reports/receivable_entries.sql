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

stated as (

    select
        eligibility.entry_number,
        eligibility.importer_number,
        coalesce(eligibility.importer_key, 'unknown') as importer_key,
        eligibility.cape_status,
        eligibility.recommended_path,
        eligibility.path_reason,
        eligibility.refund_principal_usd as principal_usd,
        eligibility.refund_principal_high_usd as principal_high_usd,
        interest.through_date as accrued_through_date,
        -- without a principal there are no terms, and nothing accrues
        if(eligibility.refund_principal_usd = 0, 0, interest.interest_usd) as accrued_interest_usd,
        if(eligibility.refund_principal_usd = 0, 0, interest.interest_high_usd) as accrued_interest_high_usd,
        if(eligibility.refund_principal_usd is null, 'principal_unknown', interest.interest_unknown_reason)
            as interest_unknown_reason,
        coalesce(receipts.received_principal_usd, 0) as received_principal_usd,
        coalesce(receipts.received_interest_usd, 0) as received_interest_usd,
        coalesce(receipts.offset_principal_usd, 0) as offset_principal_usd,
        coalesce(receipts.offset_interest_usd, 0) as offset_interest_usd,
        case
            when eligibility.cape_status = 'refunded' and eligibility.refund_number is null then 'none'
            when eligibility.cape_status = 'refunded'
                and eligibility.recommended_path in ('none', 'manual_review')
                and receipts.received_principal_usd + receipts.received_interest_usd
                    + receipts.offset_principal_usd + receipts.offset_interest_usd > 0 then 'cash'
            -- paid what CBP certified, and less than the duty: only the protest of the reliquidation is left
            when eligibility.cape_status = 'refunded' and eligibility.recommended_path = 'dispute_refund'
                and facts.is_cash_settled then 'protest_or_court'
            when eligibility.cape_status = 'refunded' then 'certified'
            when eligibility.cape_status = 'no_ieepa' or eligibility.recommended_path = 'none' then 'none'
            when eligibility.cape_status = 'accepted' then 'accepted'
            when eligibility.cape_status in ('eligible', 'eligible_paid_on_liquidation') then 'eligible_unfiled'
            when eligibility.cape_status = 'ineligible'
                and eligibility.recommended_path in (
                    'file_protest', 'court', 'await_protest', 'withdraw_protest_then_cape', 'await_refund'
                ) then 'protest_or_court'
            else 'doubtful'
        end as stage_of_status,
        -- 19 CFR 159.6, by assumption net_under_20: whether CAPE disregards such amounts is not known
        coalesce(
            rules.net_under_20 <> 'pass'
            and eligibility.refund_principal_high_usd + coalesce(interest.interest_high_usd, 0) < 20,
            false
        ) as is_net_under_20,
        amounts.rests_on_assumption_usd
    from entries.eligibility as eligibility
    join entries.case_facts as facts
        on eligibility.entry_number = facts.entry_number
    left join entries.rule_outcomes as rules
        on eligibility.entry_number = rules.entry_number
    left join lines.entry_amounts as amounts
        on eligibility.entry_number = amounts.entry_number
    left join refunds.accrued_interest as interest
        on eligibility.entry_number = interest.entry_number
       and interest.is_last
    left join receipts
        on eligibility.entry_number = receipts.entry_number

),

staged as (

    select
        entry_number,
        importer_number,
        importer_key,
        cape_status,
        recommended_path,
        if(
            is_net_under_20 and stage_of_status in ('accepted', 'eligible_unfiled'),
            'doubtful',
            stage_of_status
        ) as stage,
        if(
            is_net_under_20 and stage_of_status in ('accepted', 'eligible_unfiled'),
            'principal and interest are under 20 dollars on an unliquidated formal entry',
            path_reason
        ) as stage_reason,
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
        rests_on_assumption_usd
    from stated

),

-- what CBP paid settles a refund in full, whatever was expected; else nothing open is below zero
measured as (

    select
        entry_number,
        case
            when stage in ('none', 'cash') then settled_principal_usd
            when principal_usd is null then null
            else greatest(principal_usd, settled_principal_usd)
        end as recognised_principal_usd,
        case
            when stage in ('none', 'cash') then settled_interest_usd
            when accrued_interest_usd is null then null
            else greatest(accrued_interest_usd, settled_interest_usd)
        end as recognised_interest_usd
    from staged

)

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
    cast(
        if(staged.stage in ('none', 'cash'), 0, staged.principal_high_usd - staged.principal_usd) as decimal(18, 2)
    ) as range_above_low_usd,
    staged.accrued_through_date,
    cast(staged.accrued_interest_usd as decimal(18, 2)) as accrued_interest_usd,
    cast(staged.accrued_interest_high_usd as decimal(18, 2)) as accrued_interest_high_usd,
    staged.interest_unknown_reason,
    cast(staged.received_principal_usd as decimal(18, 2)) as received_principal_usd,
    cast(staged.received_interest_usd as decimal(18, 2)) as received_interest_usd,
    cast(staged.offset_principal_usd as decimal(18, 2)) as offset_principal_usd,
    cast(staged.offset_interest_usd as decimal(18, 2)) as offset_interest_usd,
    staged.stage <> 'none' and (staged.principal_usd is not null or staged.settled_principal_usd > 0) as is_recognised,
    cast(measured.recognised_principal_usd as decimal(18, 2)) as recognised_principal_usd,
    cast(measured.recognised_interest_usd as decimal(18, 2)) as recognised_interest_usd,
    cast(measured.recognised_principal_usd - staged.settled_principal_usd as decimal(18, 2)) as open_principal_usd,
    cast(measured.recognised_interest_usd - staged.settled_interest_usd as decimal(18, 2)) as open_interest_usd,
    cast(
        if(staged.stage in ('none', 'cash'), 0, least(coalesce(staged.rests_on_assumption_usd, 0), staged.principal_usd))
        as decimal(18, 2)
    ) as rests_on_assumption_usd,
    $registry_version as registry_version
from staged
join measured
    on staged.entry_number = measured.entry_number
cross join registry.as_of as day
