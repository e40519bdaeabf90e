-- Which entry is in which refund, with principal and interest apart, as expected and as CBP reports them; and every
-- accepted entry that is in no refund yet. What is expected of an entry counts in its first refund.
-- Grain: entry_number, refund_key.

with

paid as (

    select
        entry_number,
        refund_number,
        min(claim_number) as claim_number,
        max(payee_number) as payee_number,
        max(liquidation_date) as liquidation_date,
        min(refund_date) as refund_date,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as cbp_principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as cbp_interest_usd,
        min(load_id) as load_id,
        min(source_row) as source_row
    from entries.refunded_entries
    group by all

),

ordered as (

    select
        entry_number,
        refund_number,
        claim_number,
        payee_number,
        liquidation_date,
        cbp_principal_usd,
        cbp_interest_usd,
        load_id,
        source_row,
        row_number() over (partition by entry_number order by refund_date nulls last, refund_number) = 1 as is_first
    from paid

),

members as (

    select
        coalesce(ordered.entry_number, batches.entry_number) as entry_number,
        ordered.refund_number,
        coalesce(ordered.refund_number, 'none') as refund_key,
        coalesce(ordered.claim_number, batches.claim_number) as claim_number,
        coalesce(ordered.payee_number, batches.payee_number) as payee_number,
        coalesce(ordered.liquidation_date, batches.liquidation_date) as liquidation_date,
        case
            when coalesce(ordered.is_first, true) then batches.principal_usd
            else cast(0 as decimal(18, 2))
        end as expected_principal_usd,
        case
            when coalesce(ordered.is_first, true) then batches.interest_usd
            else cast(0 as decimal(18, 2))
        end as expected_interest_usd,
        ordered.cbp_principal_usd,
        ordered.cbp_interest_usd,
        ordered.load_id,
        ordered.source_row
    from refunds.batch_entries as batches
    left join ordered
        on batches.entry_number = ordered.entry_number

)

select
    members.entry_number,
    members.refund_number,
    members.refund_key,
    members.claim_number,
    facts.importer_number,
    members.payee_number,
    members.liquidation_date,
    members.expected_principal_usd,
    members.expected_interest_usd,
    cast(members.cbp_principal_usd as decimal(18, 2)) as cbp_principal_usd,
    cast(members.cbp_interest_usd as decimal(18, 2)) as cbp_interest_usd,
    cast(members.cbp_principal_usd - members.expected_principal_usd as decimal(18, 2)) as principal_variance_usd,
    cast(members.cbp_interest_usd - members.expected_interest_usd as decimal(18, 2)) as interest_variance_usd,
    case
        when members.refund_number is null then 'not_yet_refunded'
        when members.expected_principal_usd is null then 'no_baseline'
        when members.cbp_principal_usd is null or members.cbp_interest_usd is null then 'cbp_amount_missing'
        when members.cbp_principal_usd < members.expected_principal_usd then 'principal_below_expected'
        when members.cbp_principal_usd > members.expected_principal_usd then 'principal_above_expected'
        when members.expected_interest_usd is null then 'expected_interest_unknown'
        when members.cbp_interest_usd < members.expected_interest_usd - 0.05 then 'interest_below_expected'
        when members.cbp_interest_usd > members.expected_interest_usd + 0.05 then 'interest_above_expected'
        else 'agrees'
    end as cause,
    members.load_id,
    members.source_row
from members
join entries.case_facts as facts
    on members.entry_number = facts.entry_number
