-- What puts every entry into its stage of certainty as of the day, and the amounts it rests on, before the interest that
-- has accrued and the cash that came in have been looked at.
-- Grain: entry_number.

with

-- few each, so that every entry is looked up quickly
settled as (

    select entry_number
    from entries.case_facts
    where is_cash_settled

),

small as (

    select entry_number
    from entries.rule_outcomes
    where net_under_20 <> 'pass'

),

assumed as (

    select
        entry_number,
        rests_on_assumption_usd
    from lines.entry_amounts
    where rests_on_assumption_usd <> 0

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
        case
            when eligibility.cape_status = 'refunded' and eligibility.refund_number is null then 'none'
            when eligibility.cape_status = 'refunded'
                and eligibility.recommended_path in ('none', 'manual_review') then 'cash'
            -- paid what CBP certified, and less than the duty: only the protest of the reliquidation is left
            when eligibility.cape_status = 'refunded' and eligibility.recommended_path = 'dispute_refund'
                and settled.entry_number is not null then 'protest_or_court'
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
        small.entry_number is not null as is_small,
        assumed.rests_on_assumption_usd
    from entries.eligibility_decisions as eligibility
    left join settled
        on eligibility.entry_number = settled.entry_number
    left join small
        on eligibility.entry_number = small.entry_number
    left join assumed
        on eligibility.entry_number = assumed.entry_number

)

select
    entry_number,
    importer_number,
    importer_key,
    cape_status,
    recommended_path,
    path_reason,
    principal_usd,
    principal_high_usd,
    stage_of_status,
    -- 19 CFR 159.6, by assumption net_under_20: whether CAPE disregards such amounts is not known
    is_small and stage_of_status in ('accepted', 'eligible_unfiled') as may_be_disregarded,
    rests_on_assumption_usd
from stated
