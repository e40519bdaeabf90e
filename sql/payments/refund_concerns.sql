-- What is, or on its day will be, the matter with one CAPE refund: cash that does not come, does not fit or comes late,
-- and the accounting owed to an importer whose refund another party received.
-- Grain: alert_code, refund_number.

with

-- a refund of several claims or importers names none of them
owners as (

    select
        members.refund_number,
        if(count(distinct members.claim_number) = 1, max(members.claim_number), null) as claim_number,
        if(count(distinct importer_key(members.importer_number)) = 1, max(members.importer_number), null)
            as importer_number,
        list(distinct importer_key(members.importer_number)) filter (where members.importer_number is not null)
            as importer_keys,
        list(distinct importers.client_id) filter (where importers.client_id is not null) as client_ids
    from payments.entry_refunds as members
    left join ace.current_importers as importers
        on importer_key(members.importer_number) = importers.importer_key
    where members.refund_number is not null
    group by members.refund_number

),

bank_files as (

    select count(*) > 0 as is_any_loaded
    from ace.readable_loads
    where report_code = 'BANK'

),

-- interest of 19 USC 1505(d), less what CBP's interest exceeds the expected one by; a sum with a hole is not a sum
late as (

    select
        waits.refund_number,
        min(waits.liquidation_date) as liquidation_date,
        max(waits.payment_date) as payment_date,
        max(waits.payment_basis) as payment_basis,
        max(waits.days_to_payment) as days_to_payment,
        if(
            count(*) = count(waits.late_interest_usd),
            sum(waits.late_interest_usd) - greatest(coalesce(sum(paid.interest_variance_usd), 0), 0),
            null
        ) as unpaid_usd
    from refunds.late_interest as waits
    left join payments.entry_refunds as paid
        on waits.entry_number = paid.entry_number
       and waits.refund_number = paid.refund_number
    where waits.refund_number is not null
      and waits.late_periods > 0
    group by waits.refund_number

),

-- a returned refund that was issued again is told by the one that replaces it
refunds as (

    select
        matching.refund_number,
        owners.claim_number,
        owners.importer_number,
        matching.payee_number,
        matching.match_status,
        matching.refund_date,
        matching.refund_secondary_status,
        matching.rev603_usd is null as is_total_unknown,
        matching.bank_value_date,
        matching.deposited_usd,
        matching.rejected_usd,
        matching.unexplained_usd,
        coalesce(matching.rev603_usd, matching.es022_usd) as refund_usd,
        payees_not_enrolled.payee_key is not null as is_payee_not_enrolled,
        -- or another number of the same client
        list_contains(owners.importer_keys, importer_key(matching.payee_number))
        or coalesce(list_contains(owners.client_ids, payees.client_id), false) as is_payee_importer,
        bank_files.is_any_loaded as is_bank_loaded
    from payments.rev603_reconciliation as matching
    cross join bank_files
    left join owners
        on matching.refund_number = owners.refund_number
    left join ace.current_importers as payees
        on importer_key(matching.payee_number) = payees.importer_key
    left join entries.payees_not_enrolled as payees_not_enrolled
        on importer_key(matching.payee_number) = payees_not_enrolled.payee_key
    where matching.refund_number is not null
      and matching.is_counted

),

concerns as (

    select
        'TREASURY-SLOW' as alert_code,
        refund_number,
        refund_usd - deposited_usd as amount_usd,
        refund_date as concern_date,
        'The refund stands as ' || coalesce(refund_secondary_status, 'issued') || ' with the date ' || refund_date
            || if(
                is_bank_loaded,
                ', and no cash for it has been found at the bank.',
                '; whether cash has come cannot be told, because no bank file is loaded.'
            ) as message
    from refunds
    where match_status = 'pending'
      and refund_date is not null

    union all

    select
        'ACH-DATA-MISSING' as alert_code,
        refund_number,
        if(rejected_usd > 0, rejected_usd, refund_usd - deposited_usd) as amount_usd,
        refund_date as concern_date,
        if(
            match_status = 'pending',
            'The refund is certified, no cash has been found, and your files say that payee ' || payee_number
            || ' is not enrolled for ACH refunds.',
            'CBP returned or holds the refund, or a part of it, because ACH data are missing or incomplete.'
        ) as message
    from refunds
    where match_status = 'rejected'
       or rejected_usd > 0
       or (match_status = 'pending' and is_payee_not_enrolled)

    union all

    select
        'FUNDS-DIVERTED' as alert_code,
        refund_number,
        unexplained_usd as amount_usd,
        refund_date as concern_date,
        'CBP reports Funds Diverted for an unpaid bill, and no bill in bills.csv supports this amount.' as message
    from refunds
    where match_status = 'diverted'
      and unexplained_usd is distinct from 0

    union all

    select
        'REFUND-SHORT' as alert_code,
        refund_number,
        unexplained_usd as amount_usd,
        coalesce(bank_value_date, refund_date) as concern_date,
        'Less cash has come than the refund CBP reports.' as message
    from refunds
    where match_status = 'short'
      and unexplained_usd is distinct from 0

    union all

    select
        'REFUND-OVER' as alert_code,
        refund_number,
        deposited_usd - refund_usd as amount_usd,
        coalesce(bank_value_date, refund_date) as concern_date,
        'More cash has come than the refund CBP reports.' as message
    from refunds
    where match_status = 'over'

    union all

    select
        'REFUND-UNCLEAR' as alert_code,
        refund_number,
        refund_usd as amount_usd,
        refund_date as concern_date,
        case
            when match_status = 'not_in_rev603' then 'ES-022 or REV-615 names a refund that REV-603 does not show.'
            when match_status = 'not_in_es022'
                then 'REV-603 shows a CAPE refund whose entries neither ES-022 nor REV-615 names.'
            when is_total_unknown then 'REV-603 shows the refund without its total.'
            else 'Several refunds and credits at the bank fit each other, and nothing tells which belong together.'
        end as message
    from refunds
    where match_status in ('not_in_rev603', 'not_in_es022', 'ambiguous')

    union all

    select
        'LATE-INTEREST' as alert_code,
        refund_number,
        unpaid_usd as amount_usd,
        liquidation_date as concern_date,
        'The entries were (re)liquidated on ' || liquidation_date
            || case payment_basis
                when 'bank_value_date' then ' and the refund was credited on ' || payment_date
                when 'refund_date' then ' and CBP dates the refund ' || payment_date
                else ' and the refund is not known to be paid'
            end
            || ', ' || days_to_payment || ' days later; no interest for the delay shows.' as message
    from late
    where unpaid_usd is null
       or unpaid_usd > 0

    union all

    select
        'CLIENT-ACCOUNTING-DUE' as alert_code,
        refund_number,
        deposited_usd as amount_usd,
        bank_value_date as concern_date,
        'The refund was credited on ' || bank_value_date || ' to payee ' || payee_number
            || ', who is not the importer; a broker owes the importer a written accounting.' as message
    from refunds
    where bank_value_date is not null
      and deposited_usd > 0
      and not is_payee_importer

)

select
    concerns.alert_code,
    concerns.refund_number,
    refunds.claim_number,
    refunds.importer_number,
    cast(concerns.amount_usd as decimal(18, 2)) as amount_usd,
    concerns.concern_date,
    cast(null as date) as due_date,
    concerns.message
from concerns
join refunds
    on concerns.refund_number = refunds.refund_number
