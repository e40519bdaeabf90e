-- Every fact of the user's own files that concerns an entry summary, who recorded it on what evidence, what of the day's
-- answer rests on it, and how much: an amount stands on every fact it rests on. What reports state instead, and what
-- decides nothing today, is told as resting nothing.
-- Grain: entry_number, stated_in, fact_name, relied_on_for, load_id, source_row.

with

facts_of_rows as (

    select
        entry_number,
        load_id,
        source_row,
        recorded_on,
        recorded_by,
        evidence,
        unnest(
            [
                {'name': 'deposit_date', 'told': cast(deposit_date as varchar)},
                {'name': 'adcvd_status', 'told': adcvd_status},
                {'name': 'drawback', 'told': cast(drawback as varchar)},
                {'name': 'protest_number', 'told': protest_number},
                {'name': 'protest_filed_date', 'told': cast(protest_filed_date as varchar)},
                {'name': 'protest_status', 'told': protest_status},
                {'name': 'protest_decision_date', 'told': cast(protest_decision_date as varchar)},
                {'name': 'protest_scope', 'told': protest_scope},
                {'name': 'recon_09_filed', 'told': cast(recon_09_filed as varchar)},
                {'name': 'recon_issue', 'told': recon_issue},
                {'name': 'recon_due_date', 'told': cast(recon_due_date as varchar)},
                {'name': 'recon_exposure_usd', 'told': cast(recon_exposure_usd as varchar)},
                {'name': 'surety_paid', 'told': cast(surety_paid as varchar)},
                {'name': 'column_1_rate', 'told': column_1_rate},
                {'name': 'prior_refund_usd', 'told': cast(prior_refund_usd as varchar)},
                {'name': 'box28_number', 'told': box28_number},
                {'name': 'warehouse_entry_number', 'told': warehouse_entry_number},
                {'name': 'privileged_foreign_date', 'told': cast(privileged_foreign_date as varchar)},
                {'name': 'account_last_four', 'told': account_last_four}
            ]
        ) as fact
    from ace.entry_facts

),

reported_protests as (

    select
        entry_number,
        bool_or(has_protest_column) as has_column
    from ace.entry_versions
    group by entry_number

),

reckoned_lines as (

    select
        entry_number,
        sum(ieepa_low_usd) as principal_usd
    from lines.duty_splits
    where column_1_basis = 'entry_facts'
    group by entry_number

),

walked as (

    select
        entry_number,
        bool_or(interest_start_rule = 'payment_date' and deposit_date_basis = 'user_fact') as is_from_user_day,
        bool_or(interest_start_rule = 'payment_date' and deposit_date_basis = 'monthly_statement_rule')
            as is_by_statement,
        bool_or(interest_start_rule in ('listed_deposits', 'one_listed_day', 'deposits_unlike_principal')) as is_listed,
        bool_or(is_rate_class_stated) as is_class_stated
    from refunds.interest_accruals
    group by entry_number

),

-- whose word counts is judged where drafts are made; `attestations` is what came of it
candidates as (

    select
        entry_number,
        importer_key,
        attestations,
        undrafted_reason
    from refunds.filing_candidates

),

cases as (

    select
        facts.entry_number,
        facts.importer_key,
        facts.liquidation_state,
        facts.liquidation_date,
        facts.entry_type_code,
        facts.recon_flag,
        facts.recon_due_date_basis,
        facts.protest_state,
        facts.deposit_date,
        facts.deposit_date_basis,
        facts.payee_basis,
        facts.accepted_date_basis,
        facts.claim_number,
        facts.is_accepted,
        facts.contradicted_facts,
        facts.prior_refund_usd,
        facts.refund_principal_usd,
        coalesce(reported_protests.has_column, false) as is_protest_reported,
        rules.recon_09 as recon_09_outcome,
        coalesce(eligibility.recommended_path in ('file_cape', 'fix_and_refile'), false) as is_to_file,
        coalesce(eligibility.cape_status in ('accepted', 'refunded', 'no_ieepa'), false) as is_beyond_rules,
        coalesce(eligibility.court_deadline_date = cast(facts.deposit_date + interval 2 year as date), false)
            as is_court_date_from_deposit,
        law_dates.law_date_basis,
        reckoned_lines.principal_usd as reckoned_principal_usd,
        coalesce(walked.is_from_user_day, false) as is_from_user_day,
        coalesce(walked.is_by_statement, false) as is_by_statement,
        coalesce(walked.is_listed, false) as is_listed,
        coalesce(walked.is_class_stated, false) as is_class_stated,
        interest.interest_usd,
        day.as_of_date
    from entries.case_facts as facts
    cross join registry.as_of as day
    left join entries.rule_outcomes as rules
        on facts.entry_number = rules.entry_number
    left join entries.eligibility_decisions as eligibility
        on facts.entry_number = eligibility.entry_number
    left join lines.law_dates as law_dates
        on facts.entry_number = law_dates.entry_number
    left join reported_protests
        on facts.entry_number = reported_protests.entry_number
    left join reckoned_lines
        on facts.entry_number = reckoned_lines.entry_number
    left join walked
        on facts.entry_number = walked.entry_number
    left join refunds.entry_interest as interest
        on facts.entry_number = interest.entry_number

),

stated as (

    select
        entry_number,
        'entry_facts.csv' as stated_in,
        fact.name as fact_name,
        fact.told as fact_value,
        load_id,
        source_row,
        recorded_on,
        recorded_by,
        evidence
    from facts_of_rows
    where fact.told is not null

    union all

    select
        entry_number,
        'deposits.csv' as stated_in,
        'deposit_date' as fact_name,
        concat_ws(', ', deposit_date, 'of it IEEPA ' || ieepa_usd, deposit_kind, statement_number) as fact_value,
        load_id,
        source_row,
        null as recorded_on,
        null as recorded_by,
        if(source is null, null, 'read from ' || source) as evidence
    from ace.deposits

    union all

    select
        cases.entry_number,
        'importers.csv' as stated_in,
        unnest(['rate_class', 'periodic_monthly_statement', 'payee_4811']) as fact_name,
        unnest(
            [rows.rate_class, cast(rows.periodic_monthly_statement as varchar), rows.payee_4811]
        ) as fact_value,
        rows.load_id,
        rows.source_row,
        null as recorded_on,
        null as recorded_by,
        null as evidence
    from ace.importers as rows
    join cases
        on rows.importer_key = cases.importer_key

    union all

    select
        cases.entry_number,
        'payees.csv' as stated_in,
        'payee_number' as fact_name,
        rows.payee_number as fact_value,
        rows.load_id,
        rows.source_row,
        null as recorded_on,
        null as recorded_by,
        rows.evidence
    from ace.payees as rows
    join cases
        on rows.importer_key = cases.importer_key

    union all

    select
        candidates.entry_number,
        'attestations.csv' as stated_in,
        rows.attested_fact as fact_name,
        'vouched for' as fact_value,
        rows.load_id,
        rows.source_row,
        rows.attested_on as recorded_on,
        rows.attested_by as recorded_by,
        rows.evidence
    from ace.attestations as rows
    join candidates
        on (rows.entry_number is null or rows.entry_number = candidates.entry_number)
       and (rows.importer_key is null or rows.importer_key = candidates.importer_key)

    union all

    select
        entry_number,
        'exclusions.csv' as stated_in,
        'exclusion' as fact_name,
        coalesce(exclusion_reason, 'kept off every declaration') as fact_value,
        load_id,
        source_row,
        excluded_on as recorded_on,
        excluded_by as recorded_by,
        null as evidence
    from ace.exclusions

    union all

    select
        cases.entry_number,
        'declarations.csv' as stated_in,
        'accepted_date' as fact_name,
        cast(rows.accepted_date as varchar) as fact_value,
        rows.load_id,
        rows.source_row,
        null as recorded_on,
        null as recorded_by,
        null as evidence
    from ace.declarations as rows
    join cases
        on rows.claim_number = cases.claim_number
    where rows.accepted_date is not null

),

weighed as (

    select
        stated.entry_number,
        stated.stated_in,
        stated.fact_name,
        stated.fact_value,
        stated.load_id,
        stated.source_row,
        stated.recorded_on,
        stated.recorded_by,
        stated.evidence,
        loads.file_name,
        cases.refund_principal_usd,
        cases.reckoned_principal_usd,
        cases.interest_usd,
        cases.as_of_date,
        list_contains(cases.contradicted_facts, stated.fact_name) and stated.stated_in = 'entry_facts.csv'
            as is_contradicted,
        list_filter(
            case
                when list_contains(cases.contradicted_facts, stated.fact_name) and stated.stated_in = 'entry_facts.csv'
                    then []
                when stated.stated_in = 'entry_facts.csv'
                    then case stated.fact_name
                        when 'deposit_date' then [
                            if(
                                cases.is_from_user_day,
                                {
                                    'use': 'interest',
                                    'effect': 'interest starts from it; without it, from the day a statement or the'
                                        || ' entry summary date gives'
                                },
                                null
                            ),
                            if(
                                cases.deposit_date_basis = 'user_fact' and cases.is_court_date_from_deposit,
                                {'use': 'deadline', 'effect': 'the court date is two years from it'},
                                null
                            )
                        ]
                        when 'adcvd_status' then [
                            if(
                                coalesce(cases.entry_type_code, '') in ('03', '07')
                                and cases.liquidation_state is distinct from 'liquidated',
                                {
                                    'use': 'eligibility',
                                    'effect': 'decides rule AD-CVD; without it the rule is unknown and the entry in review'
                                },
                                null
                            )
                        ]
                        when 'drawback' then [
                            if(
                                stated.fact_value = 'true',
                                {'use': 'eligibility', 'effect': 'CAPE takes no entry on a drawback claim'},
                                if(
                                    cases.is_to_file,
                                    {
                                        'use': 'filing',
                                        'effect': 'without it the entry is drafted only if somebody vouches for it'
                                    },
                                    null
                                )
                            )
                        ]
                        when 'surety_paid' then [
                            if(
                                stated.fact_value = 'true',
                                {'use': 'eligibility', 'effect': 'a surety paid the duty: for review by hand'},
                                if(
                                    cases.is_to_file,
                                    {
                                        'use': 'filing',
                                        'effect': 'without it the entry is drafted only if somebody vouches for it'
                                    },
                                    null
                                )
                            )
                        ]
                        when 'protest_status' then [
                            if(
                                stated.fact_value <> 'none'
                                or (not cases.is_protest_reported and cases.liquidation_state = 'liquidated'),
                                {
                                    'use': 'eligibility',
                                    'effect': 'decides rule PROTEST; without it a report decides, or the rule is unknown'
                                },
                                null
                            )
                        ]
                        when 'protest_filed_date' then [
                            if(
                                cast(stated.fact_value as date) > cases.as_of_date,
                                {'use': 'eligibility', 'effect': 'the protest is not filed yet, so it counts as none'},
                                null
                            )
                        ]
                        when 'protest_decision_date' then [
                            if(
                                cases.protest_state in ('denied', 'denied_in_part'),
                                {'use': 'deadline', 'effect': 'the court date is 180 days from it'},
                                null
                            )
                        ]
                        when 'protest_scope' then [
                            if(
                                cases.protest_state in ('open', 'suspended'),
                                {'use': 'eligibility', 'effect': 'decides whether to withdraw the protest or to await it'},
                                null
                            )
                        ]
                        when 'recon_09_filed' then [
                            if(
                                cases.recon_flag and cases.recon_09_outcome is not null,
                                {'use': 'eligibility', 'effect': 'decides rule RECON-09; without it the rule is unknown'},
                                null
                            )
                        ]
                        when 'recon_due_date' then [
                            if(
                                cases.recon_flag and cases.recon_due_date_basis = 'user_fact',
                                {'use': 'deadline', 'effect': 'rules RECON-DUE-DATE and RECON-DUE-75-DAYS ask it'},
                                null
                            )
                        ]
                        when 'column_1_rate' then [
                            if(
                                cases.reckoned_principal_usd is not null,
                                {
                                    'use': 'principal',
                                    'effect': 'taken out of a 15 % heading; without it the principal of the line is a range'
                                },
                                null
                            )
                        ]
                        when 'privileged_foreign_date' then [
                            if(
                                cases.law_date_basis = 'privileged_foreign_date',
                                {'use': 'principal', 'effect': 'the rows are judged by the law of that day'},
                                null
                            )
                        ]
                        when 'prior_refund_usd' then [
                            if(
                                cases.prior_refund_usd > 0,
                                {'use': 'principal', 'effect': 'taken off the principal; what is left rests on it'},
                                null
                            )
                        ]
                        when 'box28_number' then [
                            if(
                                cases.payee_basis in ('designated', 'importer'),
                                {'use': 'payee', 'effect': 'decides who is paid while no report of CBP names the payee'},
                                null
                            )
                        ]
                        else []
                    end
                when stated.stated_in = 'deposits.csv' then [
                    if(
                        cases.is_listed,
                        {'use': 'interest', 'effect': 'interest starts from the deposits as listed, or is for review by hand'},
                        null
                    )
                ]
                when stated.fact_name = 'rate_class' then [
                    if(
                        cases.is_class_stated,
                        {'use': 'interest', 'effect': 'without it interest is told at the lower, corporate rate'},
                        null
                    )
                ]
                when stated.fact_name = 'periodic_monthly_statement' then [
                    if(
                        cases.is_by_statement,
                        {'use': 'interest', 'effect': 'interest starts from the day of the monthly statement'},
                        null
                    )
                ]
                when stated.fact_name in ('payee_4811', 'payee_number') then [
                    if(
                        cases.payee_basis in ('designated', 'ambiguous'),
                        {'use': 'payee', 'effect': 'names a notify party that is or may be paid'},
                        null
                    )
                ]
                when stated.stated_in = 'attestations.csv' then [
                    if(
                        list_contains(
                            candidates.attestations,
                            stated.fact_name || ': ' || stated.recorded_by || ', ' || stated.recorded_on
                        ),
                        {'use': 'filing', 'effect': 'without it the entry would be on no draft'},
                        null
                    )
                ]
                when stated.stated_in = 'exclusions.csv' then [
                    if(
                        candidates.undrafted_reason = 'excluded',
                        {'use': 'filing', 'effect': 'without it the entry might be drafted'},
                        null
                    )
                ]
                when stated.stated_in = 'declarations.csv' then [
                    if(
                        cases.is_accepted and cases.accepted_date_basis = 'declarations',
                        {
                            'use': 'forecast',
                            'effect': 'tells which version is the baseline, and when liquidation and payment are due'
                        },
                        null
                    )
                ]
                else []
            end,
            -- what CBP has accepted or refunded, and what holds no IEEPA duty, stands there whatever the user states
            lambda told: told is not null and not (told.use = 'eligibility' and cases.is_beyond_rules)
        ) as uses
    from stated
    join ace.readable_loads as loads
        on stated.load_id = loads.load_id
    join cases
        on stated.entry_number = cases.entry_number
    left join candidates
        on stated.entry_number = candidates.entry_number
    where stated.fact_value is not null

),

used as (

    select
        entry_number,
        stated_in,
        fact_name,
        fact_value,
        load_id,
        source_row,
        file_name,
        recorded_on,
        recorded_by,
        evidence,
        is_contradicted,
        refund_principal_usd,
        reckoned_principal_usd,
        interest_usd,
        as_of_date,
        unnest(
            if(
                len(uses) > 0,
                uses,
                [
                    {
                        'use': 'nothing',
                        'effect': if(
                            is_contradicted,
                            'other rows of the user state it differently, so it counts as unknown',
                            'decides nothing as of the day'
                        )
                    }
                ]
            )
        ) as told
    from weighed

)

select
    entry_number,
    stated_in,
    fact_name,
    told.use as relied_on_for,
    load_id,
    source_row,
    file_name,
    fact_value,
    told.effect as fact_effect,
    recorded_on,
    recorded_by,
    evidence,
    is_contradicted,
    cast(
        case
            when told.use in ('nothing', 'interest') then 0
            when fact_name = 'column_1_rate' then reckoned_principal_usd
            else refund_principal_usd
        end as decimal(18, 2)
    ) as relying_principal_usd,
    cast(
        case
            when told.use = 'nothing' then 0
            when fact_name = 'column_1_rate' then null
            when refund_principal_usd = 0 then 0
            else interest_usd
        end as decimal(18, 2)
    ) as relying_interest_usd,
    as_of_date
from used
