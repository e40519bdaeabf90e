-- Every CAPE refund from what was computed over ES-022 and REV-603 to the bank, each step from its own evidence and none
-- as a remainder; and every batch CBP shows no refund for yet. unexplained is what is left: REV-603 less diverted,
-- rejected, pending and deposited. What REV-613 shows as returned counts where no cash came, or where it is exactly what
-- the cash lacks. A returned refund that was issued again counts in no total.
-- Grain: reconciliation_key.

with

expected as (

    select
        refund_number,
        count(*) as entry_count,
        count(distinct claim_number) as claim_count,
        count(distinct importer_key(importer_number)) as importer_count,
        if(count(*) = count(expected_principal_usd), sum(expected_principal_usd), null) as principal_usd,
        if(count(*) = count(expected_interest_usd), sum(expected_interest_usd), null) as interest_usd,
        bool_or(is_material) as has_material_entry,
        list_distinct(list(cause)) as entry_causes,
        if(
            count(distinct coalesce(importer_key(importer_number), '')) = 1, max(importer_key(importer_number)), null
        ) as importer_key
    from payments.entry_refunds
    where refund_number is not null
    group by all

),

claims_of_refunds as (

    select distinct
        refund_number,
        claim_number
    from payments.entry_refunds
    where refund_number is not null
      and claim_number is not null

),

partly_accepted as (

    select distinct claims_of_refunds.refund_number
    from claims_of_refunds
    join ace.claim_outcomes as outcomes
        on claims_of_refunds.claim_number = outcomes.claim_number
    where outcomes.claim_outcome = 'failed'

),

partly_liquidated as (

    select distinct claims_of_refunds.refund_number
    from claims_of_refunds
    join payments.entry_refunds as waiting
        on claims_of_refunds.claim_number = waiting.claim_number
    where waiting.cause = 'partial_liquidation'

),

-- a credit comes within three business days of the refund date
on_their_way as (

    select cash.refund_number
    from entries.refund_cash as cash
    cross join registry.as_of as day
    left join registry.calendar_days as days
        on days.calendar_date > cash.refund_date
       and days.calendar_date <= day.as_of_date
       and days.is_business_day
    where cash.match_status = 'pending'
      and cash.refund_date > day.as_of_date - 14
    group by cash.refund_number
    having count(days.calendar_date) <= 3

),

unissued as (

    select
        members.batch_id,
        max(members.payee_number) as payee_number,
        max(members.liquidation_date) as liquidation_date,
        count(*) as entry_count,
        count(distinct members.claim_number) as claim_count,
        count(distinct members.importer_key) as importer_count,
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
        cash.diverted_usd,
        cash.netted_offset_usd,
        case
            when cash.match_status = 'rejected'
                then coalesce(
                    cash.returned_usd, cash.rev603_usd, cash.es022_principal_usd + cash.es022_interest_usd, 0
                )
            when cash.match_status = 'short' and cash.returned_usd = cash.rev603_usd - cash.deposited_usd
                then cash.returned_usd
            else 0
        end as rejected_usd,
        case
            when cash.match_status = 'pending' then cash.rev603_usd
            when cash.match_status = 'not_in_rev603' then cash.es022_principal_usd + cash.es022_interest_usd
            -- without a total what has not been found may still come
            when cash.match_status = 'ambiguous' and cash.rev603_usd is null
                then cash.es022_principal_usd + cash.es022_interest_usd - coalesce(cash.deposited_usd, 0)
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
        cash.match_basis,
        cash.candidate_credits,
        cash.bill_numbers,
        cash.reissue_of,
        cash.reissued_as,
        coalesce(expected.entry_count, 0) as entry_count,
        coalesce(expected.claim_count, 0) as claim_count,
        coalesce(expected.importer_count, 0) as importer_count,
        coalesce(expected.entry_causes, []) as entry_causes,
        coalesce(expected.has_material_entry, false) as has_material_entry,
        coalesce(expected.importer_key, '') as limit_key
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
        0 as diverted_usd,
        0 as netted_offset_usd,
        0 as rejected_usd,
        coalesce(unissued.principal_usd + unissued.interest_usd, 0) as pending_usd,
        unissued.principal_usd + unissued.interest_usd as to_be_explained_usd,
        0 as bank_credit_count,
        [] as candidate_credits,
        [] as bill_numbers,
        unissued.entry_count,
        unissued.claim_count,
        unissued.importer_count,
        [] as entry_causes,
        false as has_material_entry,
        '' as limit_key
    from unissued

),

amounts as (

    select
        steps.reconciliation_key,
        cast(steps.expected_principal_usd + steps.expected_interest_usd as decimal(18, 2)) as expected_usd,
        cast(steps.es022_principal_usd + steps.es022_interest_usd as decimal(18, 2)) as es022_usd,
        cast(
            steps.es022_principal_usd + steps.es022_interest_usd
            - steps.expected_principal_usd - steps.expected_interest_usd
            as decimal(18, 2)
        ) as entry_variance_usd,
        cast(steps.rev603_usd - steps.es022_principal_usd - steps.es022_interest_usd as decimal(18, 2))
            as consolidation_variance_usd,
        cast(
            steps.to_be_explained_usd - steps.diverted_usd - coalesce(steps.rejected_usd, 0)
            - coalesce(steps.pending_usd, 0) - steps.deposited_usd
            as decimal(18, 2)
        ) as unexplained_usd,
        cast(
            steps.to_be_explained_usd - steps.expected_principal_usd - steps.expected_interest_usd as decimal(18, 2)
        ) as refund_variance_usd
    from steps

),

judged as (

    select
        amounts.reconciliation_key,
        case
            when steps.refund_number is null or steps.reissued_as is not null then false
            when policies.variance_materiality_rate is not null
                then coalesce(
                    abs(amounts.refund_variance_usd - coalesce(amounts.unexplained_usd, 0))
                    > policies.variance_materiality_rate * amounts.expected_usd,
                    false
                )
            else steps.has_material_entry
                or coalesce(
                    -- an offset that the total leaves out is explained by its bill
                    abs(amounts.consolidation_variance_usd + steps.netted_offset_usd) > limits.refund_limit_usd, false
                )
                or coalesce(
                    abs(amounts.unexplained_usd) > limits.refund_limit_usd and steps.match_status <> 'ambiguous', false
                )
                or coalesce(
                    abs(amounts.refund_variance_usd) * 100 > limits.refund_limit_pct * amounts.expected_usd, false
                )
        end as is_material,
        list_sort(list_filter([
            if(steps.diverted_usd <> 0 or steps.netted_offset_usd <> 0, 'offset', null),
            if(steps.match_status = 'diverted' and amounts.unexplained_usd <> 0, 'diverted_unsupported', null),
            if(list_contains(steps.entry_causes, 'netting'), 'netting', null),
            if(partly_accepted.refund_number is not null, 'partial_acceptance', null),
            if(partly_liquidated.refund_number is not null, 'partial_liquidation', null),
            if(list_contains(steps.entry_causes, 'payee_differs'), 'payee_differs', null),
            if(steps.match_status = 'rejected' or steps.rejected_usd <> 0, 'ach_rejected', null),
            if(steps.reissued_as is not null, 'reissued', null),
            if(on_their_way.refund_number is not null, 'timing', null),
            if(list_contains(steps.entry_causes, 'interest_days'), 'interest_days', null),
            if(list_contains(steps.entry_causes, 'late_interest'), 'late_interest', null),
            if(list_contains(steps.entry_causes, 'rounding'), 'rounding', null),
            if(
                list_has_any(steps.entry_causes, ['principal_below_expected', 'principal_above_expected']),
                'principal_differs',
                null
            ),
            if(
                list_has_any(steps.entry_causes, ['interest_below_expected', 'interest_above_expected']),
                'interest_differs',
                null
            ),
            if(list_contains(steps.entry_causes, 'basis_undecidable'), 'basis_undecidable', null),
            if(steps.match_status = 'ambiguous' and steps.rev603_usd is not null, 'credits_ambiguous', null),
            if(steps.match_status in ('short', 'over'), 'cash_differs', null),
            if(
                steps.match_status in ('not_in_rev603', 'not_in_es022')
                or coalesce(amounts.consolidation_variance_usd + steps.netted_offset_usd <> 0, false),
                'reports_differ',
                null
            )
        ], lambda cause: cause is not null)) as variance_causes
    from amounts
    join steps
        on amounts.reconciliation_key = steps.reconciliation_key
    left join payments.materiality_limits as limits
        on steps.limit_key = limits.limit_key
    cross join registry.policies_in_force as policies
    left join partly_accepted
        on steps.refund_number = partly_accepted.refund_number
    left join partly_liquidated
        on steps.refund_number = partly_liquidated.refund_number
    left join on_their_way
        on steps.refund_number = on_their_way.refund_number

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
        when steps.reissued_as is not null then 'returned, and issued again as ' || steps.reissued_as
        when steps.match_status = 'matched' then 'cash equals the refund'
        when steps.match_status = 'diverted' and amounts.unexplained_usd = 0
            then 'Funds Diverted' || if(len(steps.bill_numbers) = 0, ', and all of it came',
                ' to the bills ' || array_to_string(steps.bill_numbers, ', '))
        when steps.match_status = 'diverted' and len(steps.bill_numbers) > 0
            then 'Funds Diverted: the bills ' || array_to_string(steps.bill_numbers, ', ') || ' do not explain all of it'
        when steps.match_status = 'diverted' then 'Funds Diverted: no bill on file supports the amount'
        when steps.match_status = 'rejected' then 'returned or held: ACH data missing or incomplete'
        when steps.match_status = 'pending' then 'issued or sent to Treasury, no cash yet'
        when steps.match_status = 'short' and steps.rejected_usd <> 0
            then 'less cash than the refund: the rest was returned'
        when steps.match_status = 'short' then 'less cash than the refund'
        when steps.match_status = 'over' then 'more cash than the refund'
        when steps.match_status = 'not_in_rev603' then 'ES-022 names a refund that REV-603 does not show'
        when steps.match_status = 'not_in_es022' then 'REV-603 shows a CAPE refund whose entries ES-022 does not name'
        when steps.match_status = 'ambiguous' and steps.rev603_usd is null
            then 'REV-603 shows the refund without its total: whether its cash has come cannot be told'
        else 'several refunds or credits fit each other'
    end as cause,
    judged.variance_causes,
    case
        when steps.refund_number is null then 'wait for the payment window of the batch, then load a newer ES-022'
        when steps.reissued_as is not null then 'nothing here: follow the refund that replaces it'
        when steps.match_status = 'matched' then 'nothing'
        when steps.match_status = 'diverted' and amounts.unexplained_usd = 0 then 'nothing: keep the bill'
        when steps.match_status = 'diverted' then 'ask CBP for the bill and record it; write to IEEPARefunds@cbp.dhs.gov'
        when steps.match_status = 'rejected'
            then 'complete the ACH enrolment, then write to frn-achrefundsupport@cbp.dhs.gov'
        when steps.match_status = 'pending' then 'wait; after 14 days look at REV-613'
        when steps.match_status in ('short', 'over') then 'compare with ES-022 entry by entry; ask IEEPARefunds@cbp.dhs.gov'
        when steps.match_status = 'not_in_rev603' then 'load a newer REV-603'
        when steps.match_status = 'not_in_es022' then 'load a newer ES-022 or REV-615'
        when steps.match_status = 'ambiguous' and steps.rev603_usd is null
            then 'ask the payee for an account of the payment'
        else 'assign the credits by hand'
    end as next_action,
    amounts.expected_usd,
    cast(steps.expected_principal_usd as decimal(18, 2)) as expected_principal_usd,
    cast(steps.expected_interest_usd as decimal(18, 2)) as expected_interest_usd,
    amounts.es022_usd,
    steps.es022_principal_usd,
    steps.es022_interest_usd,
    steps.rev603_usd,
    amounts.entry_variance_usd,
    amounts.consolidation_variance_usd,
    amounts.refund_variance_usd,
    if(
        amounts.refund_variance_usd < 0,
        -ratio_of(-amounts.refund_variance_usd, amounts.expected_usd),
        ratio_of(amounts.refund_variance_usd, amounts.expected_usd)
    ) as refund_variance_rate,
    judged.is_material,
    cast(steps.deposited_usd as decimal(18, 2)) as deposited_usd,
    cast(steps.diverted_usd as decimal(18, 2)) as diverted_usd,
    cast(steps.netted_offset_usd as decimal(18, 2)) as netted_offset_usd,
    cast(coalesce(steps.rejected_usd, 0) as decimal(18, 2)) as rejected_usd,
    cast(coalesce(steps.pending_usd, 0) as decimal(18, 2)) as pending_usd,
    amounts.unexplained_usd,
    steps.trace_number,
    steps.refund_date,
    steps.refund_status,
    steps.refund_secondary_status,
    steps.refund_type,
    steps.bank_value_date,
    cast(steps.bank_credit_count as integer) as bank_credit_count,
    steps.match_basis,
    steps.candidate_credits,
    steps.bill_numbers,
    steps.reissue_of,
    steps.reissued_as,
    steps.refund_number is not null and steps.reissued_as is null as is_counted,
    cast(steps.entry_count as integer) as entry_count,
    cast(steps.claim_count as integer) as claim_count,
    cast(steps.importer_count as integer) as importer_count,
    day.as_of_date
from steps
join amounts
    on steps.reconciliation_key = amounts.reconciliation_key
join judged
    on steps.reconciliation_key = judged.reconciliation_key
cross join registry.as_of as day
