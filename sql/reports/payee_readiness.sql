-- Whether every importer number, with its suffix, and the notify parties it designated can be paid: what is set up in
-- ACE, what nobody has told, what is at stake, and what to do next. What is not known is said to be unknown, never no.
-- An importer whose every entry is paid to a notify party needs no ACH enrolment of its own.
-- Grain: importer_key.

with

open_entries as (

    select
        coalesce(facts.importer_key, 'unknown') as importer_key,
        facts.importer_number,
        facts.payee_number,
        facts.payee_key,
        facts.is_payee_ambiguous,
        facts.payee_basis = 'importer' and facts.is_box28_not_designated as is_box28_vain,
        facts.payee_key = facts.importer_key or facts.is_payee_ambiguous as may_be_paid_itself,
        case
            when facts.refund_number is not null then 'issued_unpaid'
            when facts.is_accepted then 'accepted'
            else 'eligible'
        end as stage,
        if(facts.refund_number is not null, facts.refunded_principal_usd, facts.refund_principal_usd) as principal_usd,
        case
            when facts.refund_number is not null then facts.refunded_interest_usd
            when facts.refund_principal_usd = 0 then 0
            else interest.interest_usd
        end as interest_usd
    from entries.case_facts as facts
    left join entries.eligibility_decisions as eligibility
        on facts.entry_number = eligibility.entry_number
    left join refunds.entry_interest as interest
        on facts.entry_number = interest.entry_number
    where (facts.refund_number is not null and facts.is_cash_settled is distinct from true)
       or (facts.refund_number is null and facts.is_accepted)
       or (facts.refund_number is null
           and eligibility.cape_status in ('eligible', 'eligible_paid_on_liquidation'))

),

stakes as (

    select
        importer_key,
        max(importer_number) as importer_number,
        list_sort(list_distinct(list(payee_number) filter (where payee_number is not null))) as payee_numbers,
        bool_or(may_be_paid_itself) as may_be_paid_itself,
        count(*) filter (where is_payee_ambiguous) as ambiguous_entry_count,
        count(*) filter (where is_box28_vain) as box28_vain_entry_count,
        sum(principal_usd) filter (where stage = 'eligible') as eligible_principal_usd,
        sum(interest_usd) filter (where stage = 'eligible') as eligible_interest_usd,
        sum(principal_usd) filter (where stage = 'accepted') as accepted_principal_usd,
        sum(interest_usd) filter (where stage = 'accepted') as accepted_interest_usd,
        sum(principal_usd) filter (where stage = 'issued_unpaid') as issued_unpaid_principal_usd,
        sum(interest_usd) filter (where stage = 'issued_unpaid') as issued_unpaid_interest_usd,
        count(*) filter (where principal_usd is null) as principal_unknown_count,
        count(*) filter (where interest_usd is null) as interest_unknown_count
    from open_entries
    group by importer_key

),

numbers as (

    select
        coalesce(importer_key, 'unknown') as importer_key,
        max(importer_number) as importer_number
    from entries.case_facts
    group by all

),

importers as (

    select
        coalesce(numbers.importer_key, stated.importer_key) as importer_key,
        coalesce(numbers.importer_number, stated.importer_number) as importer_number,
        stated.importer_name,
        stated.client_id,
        stated.ach_enrolled,
        stated.ach_enrolled_date,
        stated.routing_fedach_ok,
        stated.address_ok,
        stated.email_on_file,
        stated.ace_top_account,
        stated.ace_sub_account,
        stated.ach_payer_id,
        if(stated.last_checked_date <= day.as_of_date, stated.last_checked_date, null) as last_checked_date,
        day.as_of_date
    from numbers
    full join ace.current_importers as stated
        on numbers.importer_key = stated.importer_key
    cross join registry.as_of as day

),

-- only a party whose designation holds can be paid; of the others it is said why they cannot
parties as (

    select
        designations.importer_key,
        list(
            designations.payee_number || ' ' || replace(designations.designation_state, '_', ' ')
                || coalesce(' from ' || designations.designation_from_date, '')
                || coalesce(' to ' || designations.designation_to_date, '')
                || coalesce(', lapses after ' || designations.lapse_date, '')
                || ', ACH ' || case
                    when designations.ach_enrolled then 'enrolled'
                    when not designations.ach_enrolled then 'not enrolled'
                    else 'unknown'
                end
            order by designations.payee_key
        ) as designations,
        min(designations.lapse_date) filter (where designations.designation_state = 'valid') as next_lapse_date,
        case
            when bool_or(designations.designation_state = 'valid' and not coalesce(designations.ach_enrolled, true))
                then false
            when bool_or(designations.designation_state = 'valid' and designations.ach_enrolled is null) then null
            when bool_or(designations.designation_state = 'valid') then true
        end as notify_parties_ach_enrolled,
        string_agg(designations.payee_number, ', ' order by designations.payee_key) filter (
            where designations.designation_state = 'valid' and not designations.ach_enrolled
        ) as parties_not_enrolled,
        string_agg(designations.payee_number, ', ' order by designations.payee_key) filter (
            where designations.designation_state = 'valid' and designations.ach_enrolled is null
        ) as parties_not_known,
        string_agg(designations.payee_number, ', ' order by designations.payee_key) filter (
            where designations.designation_state = 'valid' and not designations.routing_fedach_ok
        ) as parties_without_fedach,
        string_agg(designations.payee_number || ' by ' || designations.lapse_date, ', ' order by designations.payee_key)
            filter (
                where designations.designation_state = 'valid'
                  and designations.lapse_date <= day.as_of_date + 90
            ) as parties_lapsing,
        string_agg(designations.payee_number, ', ' order by designations.payee_key) filter (
            where designations.designation_state in ('ended', 'lapsed')
        ) as parties_ended
    from entries.payee_designations as designations
    cross join registry.as_of as day
    group by designations.importer_key

),

gathered as (

    select
        importers.importer_key,
        importers.importer_number,
        importers.importer_name,
        importers.client_id,
        importers.ach_enrolled,
        importers.ach_enrolled_date,
        importers.routing_fedach_ok,
        importers.address_ok,
        importers.email_on_file,
        importers.ace_top_account,
        importers.ace_sub_account,
        importers.ach_payer_id,
        importers.last_checked_date,
        importers.last_checked_date < importers.as_of_date - 30 as is_check_stale,
        coalesce(stakes.may_be_paid_itself, true) as may_be_paid_itself,
        coalesce(stakes.payee_numbers, []) as payee_numbers,
        coalesce(stakes.ambiguous_entry_count, 0) as ambiguous_entry_count,
        coalesce(stakes.box28_vain_entry_count, 0) as box28_vain_entry_count,
        stakes.eligible_principal_usd,
        stakes.eligible_interest_usd,
        stakes.accepted_principal_usd,
        stakes.accepted_interest_usd,
        stakes.issued_unpaid_principal_usd,
        stakes.issued_unpaid_interest_usd,
        coalesce(stakes.principal_unknown_count, 0) as principal_unknown_count,
        coalesce(stakes.interest_unknown_count, 0) as interest_unknown_count,
        coalesce(parties.designations, []) as designations,
        parties.next_lapse_date,
        parties.notify_parties_ach_enrolled,
        parties.parties_not_enrolled,
        parties.parties_not_known,
        parties.parties_without_fedach,
        parties.parties_lapsing,
        parties.parties_ended,
        importers.as_of_date
    from importers
    left join stakes
        on importers.importer_key = stakes.importer_key
    left join parties
        on importers.importer_key = parties.importer_key

),

-- the order is the order in which to act: without an account nobody can enrol, without enrolment nothing else helps
judged as (

    select
        importer_key,
        list_filter(
            [
                case
                    when not may_be_paid_itself or coalesce(ach_enrolled, false) or ace_sub_account then null
                    when ace_sub_account is null then {
                        'grade': 'unknown',
                        'told': 'whether this number, with its suffix, has an importer sub-account is not known: look'
                            || ' into the ACE portal and state ace_sub_account',
                        'mailbox': null
                    }
                    when ace_top_account then {
                        'grade': 'fault',
                        'told': 'no importer sub-account for this number and suffix: send the request letter and the'
                            || ' application to add it to the top account',
                        'mailbox': 'ACE.Applications@cbp.dhs.gov'
                    }
                    when email_on_file = false then {
                        'grade': 'fault',
                        'told': 'no sub-account and no e-mail address on the importer record: have the broker add one'
                            || ' to Form 5106, wait 24 hours, then apply for the portal account',
                        'mailbox': null
                    }
                    else {
                        'grade': 'fault',
                        'told': 'no importer sub-account for this number and suffix: apply for it'
                            || if(
                                email_on_file,
                                '',
                                '; the code goes to the e-mail address of Form 5106, which is not known to be on file'
                            ),
                        'mailbox': 'ACE.Applications@cbp.dhs.gov'
                    }
                end,
                case
                    when not may_be_paid_itself or ach_enrolled then null
                    when not ach_enrolled then {
                        'grade': 'fault',
                        'told': 'not enrolled for ACH refunds: fill in the ACH Refund Authorization tab of the importer'
                            || ' sub-account; CBP holds refunds until then',
                        'mailbox': 'frn-achrefundsupport@cbp.dhs.gov'
                    }
                    else {
                        'grade': 'unknown',
                        'told': 'ACH enrolment is not known: refresh the ACH Refund Authorization tab and state'
                            || ' ach_enrolled',
                        'mailbox': null
                    }
                end,
                case
                    when not may_be_paid_itself or routing_fedach_ok then null
                    when not routing_fedach_ok then {
                        'grade': 'fault',
                        'told': 'the routing number takes no FedACH payments and CBP refuses it: give another account',
                        'mailbox': 'frn-achrefundsupport@cbp.dhs.gov'
                    }
                    -- CBP took the number and the address of who is enrolled
                    else {
                        'grade': if(ach_enrolled, 'note', 'unknown'),
                        'told': 'whether the routing number takes FedACH payments is not known: ask the bank and state'
                            || ' routing_fedach_ok',
                        'mailbox': null
                    }
                end,
                case
                    when not may_be_paid_itself or address_ok then null
                    when not address_ok then {
                        'grade': 'fault',
                        'told': 'the address is not in the format of its country and CBP refuses the authorisation:'
                            || ' correct it in the importer sub-account',
                        'mailbox': null
                    }
                    else {
                        'grade': if(ach_enrolled, 'note', 'unknown'),
                        'told': 'whether the address has the format of its country is not known: look and'
                            || ' state address_ok',
                        'mailbox': null
                    }
                end,
                if(parties_not_enrolled is null, null, {
                    'grade': 'fault',
                    'told': 'notify party ' || parties_not_enrolled || ' is not enrolled for ACH refunds: have it'
                        || ' enrol, or end the designation',
                    'mailbox': 'frn-achrefundsupport@cbp.dhs.gov'
                }),
                if(parties_without_fedach is null, null, {
                    'grade': 'fault',
                    'told': 'the routing number of notify party ' || parties_without_fedach || ' takes no FedACH'
                        || ' payments: have it give another account',
                    'mailbox': 'frn-achrefundsupport@cbp.dhs.gov'
                }),
                if(parties_not_known is null, null, {
                    'grade': 'unknown',
                    'told': 'ACH enrolment of notify party ' || parties_not_known || ' is not known: ask it and state'
                        || ' ach_enrolled in payees.csv',
                    'mailbox': null
                }),
                if(box28_vain_entry_count = 0, null, {
                    'grade': 'fault',
                    'told': box28_vain_entry_count || ' entries name a party in box 28 whose designation does not hold,'
                        || ' so the importer is paid: renew the designation, or have box 28 corrected before filing',
                    'mailbox': null
                }),
                if(ambiguous_entry_count = 0, null, {
                    'grade': 'unknown',
                    'told': 'box 28 of ' || ambiguous_entry_count || ' entries is not known, so importer or notify'
                        || ' party may be paid: state box28_number in entry_facts.csv',
                    'mailbox': null
                }),
                if(parties_lapsing is null, null, {
                    'grade': 'note',
                    'told': 'a designation lapses without a further transaction (' || parties_lapsing || '): renew it',
                    'mailbox': null
                }),
                if(parties_ended is null, null, {
                    'grade': 'note',
                    'told': 'the designation of ' || parties_ended || ' no longer holds: entries that name it are paid'
                        || ' to the importer',
                    'mailbox': null
                }),
                case
                    when last_checked_date is null then {
                        'grade': 'note',
                        'told': 'nobody has told when these settings were last looked at: look and state'
                            || ' last_checked_date',
                        'mailbox': null
                    }
                    when is_check_stale then {
                        'grade': 'note',
                        'told': 'last looked at on ' || last_checked_date || ', more than 30 days ago: look again',
                        'mailbox': null
                    }
                end,
                if(ach_payer_id is not null, null, {
                    'grade': 'note',
                    'told': 'no ACH payer ID stated: one filing guide wants it at the upload, CBP names none',
                    'mailbox': null
                })
            ],
            lambda finding: finding is not null
        ) as found
    from gathered

)

select
    gathered.importer_key,
    gathered.importer_number,
    gathered.importer_name,
    gathered.client_id,
    case
        when len(list_filter(judged.found, lambda finding: finding.grade = 'fault')) > 0 then 'not_ready'
        when len(list_filter(judged.found, lambda finding: finding.grade = 'unknown')) > 0 then 'unknown'
        else 'ready'
    end as readiness,
    gathered.payee_numbers,
    gathered.may_be_paid_itself,
    gathered.ach_enrolled,
    gathered.ach_enrolled_date,
    gathered.routing_fedach_ok,
    gathered.address_ok,
    gathered.email_on_file,
    gathered.ace_top_account,
    gathered.ace_sub_account,
    gathered.ach_payer_id,
    gathered.designations,
    gathered.next_lapse_date,
    gathered.notify_parties_ach_enrolled,
    gathered.last_checked_date,
    gathered.is_check_stale,
    cast(gathered.ambiguous_entry_count as integer) as ambiguous_entry_count,
    cast(gathered.box28_vain_entry_count as integer) as box28_vain_entry_count,
    cast(gathered.eligible_principal_usd as decimal(18, 2)) as eligible_principal_usd,
    cast(gathered.eligible_interest_usd as decimal(18, 2)) as eligible_interest_usd,
    cast(gathered.accepted_principal_usd as decimal(18, 2)) as accepted_principal_usd,
    cast(gathered.accepted_interest_usd as decimal(18, 2)) as accepted_interest_usd,
    cast(gathered.issued_unpaid_principal_usd as decimal(18, 2)) as issued_unpaid_principal_usd,
    cast(gathered.issued_unpaid_interest_usd as decimal(18, 2)) as issued_unpaid_interest_usd,
    cast(gathered.principal_unknown_count as integer) as principal_unknown_count,
    cast(gathered.interest_unknown_count as integer) as interest_unknown_count,
    list_transform(
        judged.found, lambda finding: finding.told || coalesce(' (' || finding.mailbox || ')', '')
    ) as findings,
    judged.found[1].told as next_action,
    list_filter(judged.found, lambda finding: finding.mailbox is not null)[1].mailbox as cbp_mailbox,
    gathered.as_of_date
from gathered
join judged
    on gathered.importer_key = judged.importer_key
