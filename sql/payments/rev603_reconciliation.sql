-- Every CAPE refund from what was computed over ES-022 and REV-603 to the bank, each step from its own evidence and none
-- as a remainder; and every batch CBP shows no refund for yet. unexplained is what is left: REV-603 less diverted,
-- rejected, pending and deposited.
-- Grain: reconciliation_key.

with

expected as (

    select
        refund_number,
        count(*) as entry_count,
        count(distinct claim_number) as claim_count,
        if(count(*) = count(expected_principal_usd), sum(expected_principal_usd), null) as principal_usd,
        if(count(*) = count(expected_interest_usd), sum(expected_interest_usd), null) as interest_usd
    from payments.entry_refunds
    where refund_number is not null
    group by all

),

unissued as (

    select
        members.batch_id,
        max(members.payee_number) as payee_number,
        max(members.liquidation_date) as liquidation_date,
        count(*) as entry_count,
        count(distinct members.claim_number) as claim_count,
        if(count(*) = count(members.principal_usd), sum(members.principal_usd), null) as principal_usd,
        if(count(*) = count(members.interest_usd), sum(members.interest_usd), null) as interest_usd
    from refunds.batch_entries as members
    where members.refund_number is null
    group by all

),

steps as (

    select
        cash.refund_number as reconciliation_key,
        cash.refund_number,
        cash.payee_number,
        cash.liquidation_date,
        cash.match_status,
        expected.principal_usd as expected_principal_usd,
        expected.interest_usd as expected_interest_usd,
        cash.es022_principal_usd,
        cash.es022_interest_usd,
        cash.rev603_usd,
        coalesce(cash.deposited_usd, 0) as deposited_usd,
        if(cash.match_status = 'rejected', cash.rev603_usd, 0) as rejected_usd,
        case cash.match_status
            when 'pending' then cash.rev603_usd
            when 'not_in_rev603' then cash.es022_principal_usd + cash.es022_interest_usd
            else 0
        end as pending_usd,
        coalesce(cash.rev603_usd, cash.es022_principal_usd + cash.es022_interest_usd) as to_be_explained_usd,
        cash.trace_number,
        cash.refund_date,
        cash.refund_status,
        cash.refund_secondary_status,
        cash.refund_type,
        cash.bank_value_date,
        coalesce(cash.bank_credit_count, 0) as bank_credit_count,
        coalesce(expected.entry_count, 0) as entry_count,
        coalesce(expected.claim_count, 0) as claim_count
    from entries.refund_cash as cash
    left join expected
        on cash.refund_number = expected.refund_number
    where cash.refund_class = 'cape'

    union all by name

    select
        'batch ' || unissued.batch_id as reconciliation_key,
        unissued.payee_number,
        unissued.liquidation_date,
        'pending' as match_status,
        unissued.principal_usd as expected_principal_usd,
        unissued.interest_usd as expected_interest_usd,
        0 as deposited_usd,
        0 as rejected_usd,
        coalesce(unissued.principal_usd + unissued.interest_usd, 0) as pending_usd,
        unissued.principal_usd + unissued.interest_usd as to_be_explained_usd,
        0 as bank_credit_count,
        unissued.entry_count,
        unissued.claim_count
    from unissued

)

select
    steps.reconciliation_key,
    partition_month_of(steps.refund_date) as partition_month,
    steps.refund_number,
    steps.payee_number,
    steps.liquidation_date,
    steps.match_status,
    case
        when steps.refund_number is null then 'CBP shows no refund yet'
        when steps.match_status = 'matched' then 'cash equals the refund'
        when steps.match_status = 'diverted' then 'Funds Diverted: no bill on file supports the amount'
        when steps.match_status = 'rejected' then 'returned or held: ACH data missing or incomplete'
        when steps.match_status = 'pending' then 'issued or sent to Treasury, no cash yet'
        when steps.match_status = 'short' then 'less cash than the refund'
        when steps.match_status = 'over' then 'more cash than the refund'
        when steps.match_status = 'not_in_rev603' then 'ES-022 names a refund that REV-603 does not show'
        when steps.match_status = 'not_in_es022' then 'REV-603 shows a CAPE refund whose entries ES-022 does not name'
        else 'several refunds or credits fit each other'
    end as cause,
    case
        when steps.refund_number is null then 'wait for the payment window of the batch, then load a newer ES-022'
        when steps.match_status = 'matched' then 'nothing'
        when steps.match_status = 'diverted' then 'ask CBP for the bill and record it; write to IEEPARefunds@cbp.dhs.gov'
        when steps.match_status = 'rejected'
            then 'complete the ACH enrolment, then write to frn-achrefundsupport@cbp.dhs.gov'
        when steps.match_status = 'pending' then 'wait; after 14 days look at REV-613'
        when steps.match_status in ('short', 'over') then 'compare with ES-022 entry by entry; ask IEEPARefunds@cbp.dhs.gov'
        when steps.match_status = 'not_in_rev603' then 'load a newer REV-603'
        when steps.match_status = 'not_in_es022' then 'load a newer ES-022 or REV-615'
        else 'assign the credits by hand'
    end as next_action,
    cast(steps.expected_principal_usd + steps.expected_interest_usd as decimal(18, 2)) as expected_usd,
    cast(steps.expected_principal_usd as decimal(18, 2)) as expected_principal_usd,
    cast(steps.expected_interest_usd as decimal(18, 2)) as expected_interest_usd,
    cast(steps.es022_principal_usd + steps.es022_interest_usd as decimal(18, 2)) as es022_usd,
    steps.es022_principal_usd,
    steps.es022_interest_usd,
    steps.rev603_usd,
    cast(
        steps.es022_principal_usd + steps.es022_interest_usd
        - steps.expected_principal_usd - steps.expected_interest_usd
        as decimal(18, 2)
    ) as entry_variance_usd,
    cast(steps.rev603_usd - steps.es022_principal_usd - steps.es022_interest_usd as decimal(18, 2))
        as consolidation_variance_usd,
    cast(steps.deposited_usd as decimal(18, 2)) as deposited_usd,
    cast(0 as decimal(18, 2)) as diverted_usd,
    cast(coalesce(steps.rejected_usd, 0) as decimal(18, 2)) as rejected_usd,
    cast(coalesce(steps.pending_usd, 0) as decimal(18, 2)) as pending_usd,
    cast(
        steps.to_be_explained_usd - coalesce(steps.rejected_usd, 0) - coalesce(steps.pending_usd, 0)
        - steps.deposited_usd
        as decimal(18, 2)
    ) as unexplained_usd,
    steps.trace_number,
    steps.refund_date,
    steps.refund_status,
    steps.refund_secondary_status,
    steps.refund_type,
    steps.bank_value_date,
    cast(steps.bank_credit_count as integer) as bank_credit_count,
    cast(steps.entry_count as integer) as entry_count,
    cast(steps.claim_count as integer) as claim_count,
    day.as_of_date
from steps
cross join registry.as_of as day
