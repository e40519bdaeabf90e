-- What is known of every refund in cash as of the day: ES-022 and REV-615 say which entries it holds, REV-603 what was
-- issued, REV-613 what was returned, the bank what arrived, the user's bills what was diverted. A diverted amount rests
-- on a bill: one that names the refund, or the only one of the payee, dated no later, whose amount is exactly what is
-- missing, and for no other refund. A refund pays no more of a bill than it is.
-- Grain: refund_number.

with

es022_refunds as (

    select
        refund_number,
        -- a sum with a hole is not a sum
        cast(if(count(*) = count(principal_usd), sum(principal_usd), null) as decimal(18, 2)) as es022_principal_usd,
        cast(if(count(*) = count(interest_usd), sum(interest_usd), null) as decimal(18, 2)) as es022_interest_usd,
        count(distinct entry_number) as entry_count,
        max(payee_number) as payee_number,
        max(liquidation_date) as liquidation_date,
        max(refund_date) as refund_date
    from entries.refunded_entries
    group by all

),

on_rev613 as (

    select
        rows.refund_number,
        arg_max(
            rows.rejected_usd,
            (coalesce(loads.report_run_date, date '2000-01-01'), loads.load_number, rows.source_row)
        ) as returned_usd
    from ace.rev613_rejected_refunds as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by rows.refund_number

),

has_es022 as (

    select count(*) > 0 as is_loaded
    from ace.readable_loads
    where report_code in ('ES-022', 'REV-615')

),

refunds as (

    select
        coalesce(rev603.refund_number, es022.refund_number) as refund_number,
        coalesce(rev603.payee_number, es022.payee_number) as payee_number,
        coalesce(rev603.refund_date, es022.refund_date) as refund_date,
        es022.liquidation_date,
        rev603.payee_key,
        rev603.refund_status,
        rev603.refund_secondary_status,
        rev603.refund_type,
        rev603.document_number,
        rev603.rev603_usd,
        rev603.trace_number,
        es022.es022_principal_usd,
        es022.es022_interest_usd,
        es022.es022_principal_usd + es022.es022_interest_usd as es022_usd,
        es022.entry_count,
        rev603.refund_number is not null as is_in_rev603,
        es022.refund_number is not null as is_in_es022,
        on_rev613.refund_number is not null as is_returned,
        on_rev613.returned_usd,
        coalesce(rev603.is_said_returned, false) as is_said_returned,
        coalesce(rev603.is_said_diverted, false) as is_said_diverted,
        next_refunds.reissued_as,
        returned_refunds.refund_number as reissue_of,
        -- the entries of a returned refund stand in the one that replaces it
        if(es022.refund_number is not null or es022_of_last.refund_number is not null, 'cape', rev603.refund_class)
            as refund_class
    from entries.reported_refunds as rev603
    full join es022_refunds as es022
        on rev603.refund_number = es022.refund_number
    left join on_rev613
        on coalesce(rev603.refund_number, es022.refund_number) = on_rev613.refund_number
    left join entries.refund_chains as next_refunds
        on rev603.refund_number = next_refunds.refund_number
    left join entries.refund_chains as returned_refunds
        on rev603.refund_number = returned_refunds.reissued_as
    left join es022_refunds as es022_of_last
        on next_refunds.last_refund_number = es022_of_last.refund_number

),

matched_credits as (

    select
        matches.refund_number,
        min(matches.match_basis) filter (where matches.is_certain) as match_basis,
        sum(credits.amount_usd * credits.credit_count) filter (where matches.is_certain) as credited_usd,
        sum(credits.credit_count) filter (where matches.is_certain) as certain_count,
        sum(credits.credit_count) filter (where matches.match_basis in ('trace', 'shared_trace')) as traced_count,
        max(credits.value_date) as value_date,
        bool_or(not matches.is_certain) as is_ambiguous,
        coalesce(list_sort(list(matches.credit_key) filter (where not matches.is_certain)), []) as candidate_credits
    from entries.credit_matches as matches
    join entries.bank_credits as credits
        on matches.credit_key = credits.credit_key
    group by matches.refund_number

),

cash as (

    select
        refunds.refund_number,
        if(
            matched_credits.match_basis = 'trace',
            matched_credits.credited_usd,
            refunds.rev603_usd - coalesce(named.diverted_usd, 0)
        ) as deposited_usd
    from refunds
    join matched_credits
        on refunds.refund_number = matched_credits.refund_number
    left join entries.refund_offsets as named
        on refunds.refund_number = named.refund_number
    where matched_credits.match_basis is not null

),

-- bills that name no refund, each once
bills as (

    select
        rows.bill_number,
        rows.importer_key,
        rows.bill_date,
        max(rows.amount_usd) as amount_usd
    from ace.bills as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where rows.refund_number is null
      and rows.bill_date <= day.as_of_date
      and not coalesce(regexp_matches(upper(rows.bill_status), 'CANCEL|VOID'), false)
    group by rows.bill_number, rows.importer_key, rows.bill_date

),

-- what is missing of a diverted refund that no bill names: at the bank, or already in REV-603's total
missing as (

    select
        refunds.refund_number,
        refunds.payee_key,
        refunds.refund_date,
        unnest([
            {'amount_usd': refunds.rev603_usd - coalesce(cash.deposited_usd, 0), 'is_netted': false},
            {'amount_usd': refunds.es022_usd - refunds.rev603_usd, 'is_netted': true}
        ]) as found
    from refunds
    left join cash
        on refunds.refund_number = cash.refund_number
    anti join entries.refund_offsets as named
        on refunds.refund_number = named.refund_number
    where refunds.is_said_diverted

),

exact_bills as (

    select
        missing.refund_number,
        bills.bill_number,
        bills.amount_usd,
        bool_or(missing.found.is_netted) as is_netted
    from missing
    join bills
        on missing.payee_key = bills.importer_key
       and missing.found.amount_usd = bills.amount_usd
       and bills.bill_date <= missing.refund_date
    where missing.found.amount_usd > 0
    group by missing.refund_number, bills.bill_number, bills.amount_usd
    qualify count(*) over (partition by missing.refund_number) = 1
        and count(*) over (partition by bills.bill_number) = 1

),

offsets as (

    select
        refund_number,
        bill_numbers,
        refund_total_basis,
        diverted_usd,
        netted_offset_usd
    from entries.refund_offsets

    union all

    select
        refund_number,
        [bill_number] as bill_numbers,
        if(is_netted, 'net', 'gross') as refund_total_basis,
        if(is_netted, 0, amount_usd) as diverted_usd,
        if(is_netted, amount_usd, 0) as netted_offset_usd
    from exact_bills

)

select
    refunds.refund_number,
    refunds.refund_class,
    refunds.payee_number,
    refunds.liquidation_date,
    refunds.refund_date,
    refunds.refund_status,
    refunds.refund_secondary_status,
    refunds.refund_type,
    refunds.document_number,
    refunds.trace_number,
    cast(refunds.entry_count as integer) as entry_count,
    refunds.es022_principal_usd,
    refunds.es022_interest_usd,
    refunds.rev603_usd,
    cast(cash.deposited_usd as decimal(18, 2)) as deposited_usd,
    matched_credits.value_date as bank_value_date,
    cast(coalesce(matched_credits.certain_count, matched_credits.traced_count, 0) as integer) as bank_credit_count,
    matched_credits.match_basis,
    coalesce(matched_credits.candidate_credits, []) as candidate_credits,
    refunds.is_returned,
    refunds.returned_usd,
    offsets.refund_total_basis,
    cast(coalesce(offsets.diverted_usd, 0) as decimal(18, 2)) as diverted_usd,
    cast(coalesce(offsets.netted_offset_usd, 0) as decimal(18, 2)) as netted_offset_usd,
    coalesce(offsets.bill_numbers, []) as bill_numbers,
    refunds.reissue_of,
    refunds.reissued_as,
    case
        when refunds.reissued_as is not null then 'rejected'
        when not refunds.is_in_rev603 then 'not_in_rev603'
        when refunds.is_said_diverted then 'diverted'
        when coalesce(matched_credits.is_ambiguous, false) then 'ambiguous'
        when has_es022.is_loaded and not refunds.is_in_es022 and refunds.refund_class = 'cape' then 'not_in_es022'
        when cash.deposited_usd = refunds.rev603_usd then 'matched'
        -- a credit that was taken back wholly is no cash
        when cash.deposited_usd <> 0 and cash.deposited_usd < refunds.rev603_usd then 'short'
        when cash.deposited_usd <> 0 and cash.deposited_usd > refunds.rev603_usd then 'over'
        when refunds.is_returned or refunds.is_said_returned then 'rejected'
        -- without a total nobody can say whether its cash has come
        when refunds.rev603_usd is null then 'ambiguous'
        else 'pending'
    end as match_status
from refunds
cross join has_es022
left join matched_credits
    on refunds.refund_number = matched_credits.refund_number
left join cash
    on refunds.refund_number = cash.refund_number
left join offsets
    on refunds.refund_number = offsets.refund_number
