-- What would not be true of a correct world: of CBP's reports, of the filer's rows, or of the user's own facts.
-- Grain: exception_key.

with

collection as (

    select
        min(effective_from) as first_date,
        max(effective_to) as last_date
    from registry.ieepa_headings
    where withdrawn_date is null

),

found as (

    select
        'an entry is accepted on one declaration only' as expectation,
        facts.entry_number as found_on,
        null as importer_number,
        facts.entry_number,
        null as refund_number,
        facts.refund_principal_usd as amount_usd,
        facts.accepted_claim_count || ' claims show it accepted' as detail
    from entries.case_facts as facts
    where facts.accepted_claim_count > 1

    union all

    select
        'a refund never exceeds the IEEPA duty that was paid' as expectation,
        facts.entry_number as found_on,
        null as importer_number,
        facts.entry_number,
        facts.refund_number,
        facts.refunded_principal_usd - facts.ieepa_high_usd as amount_usd,
        'refunded ' || facts.refunded_principal_usd || ', at most ' || facts.ieepa_high_usd || ' IEEPA' as detail
    from entries.case_facts as facts
    where facts.refunded_principal_usd > facts.ieepa_high_usd

    union all

    select
        'no IEEPA duty is paid outside the window of its heading' as expectation,
        lines.entry_number as found_on,
        null as importer_number,
        lines.entry_number,
        null as refund_number,
        sum(lines.duty_usd) as amount_usd,
        'headings ' || string_agg(distinct lines.heading, ', ' order by lines.heading) || ' on '
            || min(lines.entry_date) as detail
    from lines.classified_lines as lines
    where list_contains(lines.anomaly_codes, 'OUTSIDE-WINDOW')
      and lines.duty_bucket in ('ieepa', 'ieepa_exempt')
      and lines.duty_usd <> 0
    group by lines.entry_number

    union all

    select
        'no IEEPA duty is paid before the first or after the last day of its collection' as expectation,
        splits.entry_number as found_on,
        null as importer_number,
        splits.entry_number,
        null as refund_number,
        sum(splits.ieepa_high_usd) as amount_usd,
        'lines ' || string_agg(splits.line_number, ', ' order by splits.line_number) || ' on '
            || min(splits.entry_date) || ', collected from ' || min(collection.first_date) || ' to '
            || min(collection.last_date) as detail
    from lines.duty_splits as splits
    cross join collection
    -- of lines with chapter 99 rows the window of each heading is asked above
    where splits.split_basis = 'rate_derived'
      and splits.ieepa_high_usd <> 0
      and (splits.entry_date < collection.first_date or splits.entry_date > collection.last_date)
    group by splits.entry_number

    union all

    select
        'the IEEPA duty of a line is no more than what was paid on it' as expectation,
        splits.entry_number as found_on,
        null as importer_number,
        splits.entry_number,
        null as refund_number,
        sum(splits.ieepa_high_usd - splits.paid_duty_usd) as amount_usd,
        'lines ' || string_agg(splits.line_number, ', ' order by splits.line_number)
            || ': credits on other rows bring what was paid below the IEEPA duty' as detail
    from lines.duty_splits as splits
    where splits.ieepa_high_usd > splits.paid_duty_usd
      and splits.ieepa_high_usd <> 0
    group by splits.entry_number

    union all

    select
        'only liquidated entries are protested' as expectation,
        facts.entry_number as found_on,
        null as importer_number,
        facts.entry_number,
        null as refund_number,
        facts.refund_principal_usd as amount_usd,
        'protest ' || facts.protest_state || ' on an entry that is ' || facts.liquidation_state as detail
    from entries.case_facts as facts
    where facts.protest_state in ('open', 'suspended')
      and facts.liquidation_state = 'unliquidated'

    union all

    select
        'the user''s files agree with each other' as expectation,
        facts.entry_number as found_on,
        null as importer_number,
        facts.entry_number,
        null as refund_number,
        facts.refund_principal_usd as amount_usd,
        'they differ on ' || array_to_string(facts.contradicted_facts, ', ') as detail
    from entries.case_facts as facts
    where len(facts.contradicted_facts) > 0

    union all

    select
        'ES-003 shows IEEPA duty until CAPE or a correction removes it' as expectation,
        baselines.entry_number as found_on,
        null as importer_number,
        baselines.entry_number,
        null as refund_number,
        baselines.baseline_ieepa_heading_duty_usd as amount_usd,
        'IEEPA duty vanished between two versions without either' as detail
    from lines.entry_baselines as baselines
    where baselines.baseline_basis = 'ieepa_vanished'

    union all

    select
        'an entry accepted by CAPE no longer carries IEEPA duty' as expectation,
        effects.entry_number as found_on,
        null as importer_number,
        effects.entry_number,
        null as refund_number,
        effects.ieepa_after_usd as amount_usd,
        'ES-003 run on ' || effects.after_run_date || ' still shows ' || effects.ieepa_after_usd
            || ' of IEEPA duty; the version before showed '
            || coalesce(cast(effects.ieepa_before_usd as varchar), 'an unknown amount') as detail
    from entries.cape_effects as effects
    where effects.ieepa_after_usd > 0

    union all

    select
        'the entries of a filed declaration are known' as expectation,
        filed.declaration_id as found_on,
        null as importer_number,
        null as entry_number,
        null as refund_number,
        null as amount_usd,
        coalesce(filed.file_name, 'claim ' || filed.claim_number)
            || ' is filed, and no file and no report tells its entries: they may be drafted again; put the uploaded file'
            || ' into the exports folder' as detail
    from refunds.filed_declarations as filed
    left join refunds.declaration_entries as members
        on filed.declaration_id = members.declaration_id
    where members.declaration_id is null
      and filed.stated_status not in ('rejected_file', 'abandoned', 'rejected')

    union all

    select
        'the exports cover every month of every importer' as expectation,
        coverage.importer_key || ' ' || coverage.entry_month as found_on,
        coverage.importer_number,
        null as entry_number,
        null as refund_number,
        null as amount_usd,
        case coverage.coverage_finding
            when 'no_entries'
                then 'no entry in ' || coverage.entry_month || ', and no file is known to have asked for all of it'
            when 'sudden_drop'
                then coverage.entry_count || ' entries in ' || coverage.entry_month || ' after '
                    || coverage.entries_three_months_before || ' in the three months before'
            else coverage.rows_quarantined || ' of ' || (coverage.rows_loaded + coverage.rows_quarantined)
                || ' received rows '
                || if(coverage.entry_month = 'undated', 'without an entry date', 'of ' || coverage.entry_month)
                || ' were set aside'
        end as detail
    from ace.coverage as coverage
    where coverage.coverage_finding in ('no_entries', 'sudden_drop', 'too_many_quarantined')

    union all

    select
        'ES-022 and REV-603 name the same payee of an entry' as expectation,
        payees.entry_number as found_on,
        null as importer_number,
        payees.entry_number,
        facts.refund_number,
        facts.refund_principal_usd as amount_usd,
        'ES-022 names ' || payees.es022_payee_number || ', which counts; REV-603 names ' || payees.rev603_payee_number
            as detail
    from entries.entry_payees as payees
    join entries.case_facts as facts
        on payees.entry_number = facts.entry_number
    where importer_key(payees.es022_payee_number) <> importer_key(payees.rev603_payee_number)

    union all

    select
        'every credit of CBP pays refunds that are known' as expectation,
        credits.credit_key as found_on,
        null as importer_number,
        null as entry_number,
        null as refund_number,
        credits.unexplained_usd as amount_usd,
        'credit of ' || credits.value_date
            || case
                when len(credits.candidate_refunds) = 0 then ': no refund has its amount'
                when credits.credit_finding = 'ambiguous'
                    then ': it fits ' || array_to_string(credits.candidate_refunds, ', ')
                else ': of its amount are ' || array_to_string(credits.candidate_refunds, ', ')
            end as detail
    from payments.bank_credits as credits
    where credits.credit_finding in ('unmatched', 'ambiguous')

    union all

    select
        'a file tells whether its Refund Amount holds interest' as expectation,
        loads.file_name || ' ' || bases.load_id as found_on,
        null as importer_number,
        null as entry_number,
        null as refund_number,
        null as amount_usd,
        bases.basis_finding as detail
    from entries.refund_amount_bases as bases
    join ace.loads as loads
        on bases.load_id = loads.load_id
    where bases.refund_amount_basis = 'undecidable'

    union all

    select
        'a bill that names a refund names one that was diverted' as expectation,
        bills.bill_number || ' of ' || bills.refund_number as found_on,
        bills.importer_number,
        null as entry_number,
        bills.refund_number,
        bills.amount_usd,
        if(refunds.refund_number is null, 'REV-603 does not show the refund', 'REV-603 does not say Funds Diverted')
            as detail
    from ace.bills as bills
    join ace.readable_loads as loads
        on bills.load_id = loads.load_id
    left join entries.reported_refunds as refunds
        on bills.refund_number = refunds.refund_number
    where bills.refund_number is not null
      and not coalesce(refunds.is_said_diverted, false)
    qualify row_number() over (
        partition by bills.bill_number, bills.refund_number order by loads.load_number desc, bills.source_row
    ) = 1

)

select
    expectation || ': ' || found_on as exception_key,
    expectation,
    importer_number,
    entry_number,
    refund_number,
    cast(amount_usd as decimal(18, 2)) as amount_usd,
    detail
from found
