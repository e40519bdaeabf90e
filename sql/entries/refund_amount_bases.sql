-- Whether the Refund Amount of every ES-022 and REV-615 holds interest, by the file's own figures: the totals of
-- REV-603, and the IEEPA duty of the baselines. Of each witness nine refunds or entries in ten must say the same, and
-- where both speak they must agree; else the file is undecidable. Where none speaks it is principal only, as CBP says.
-- Grain: load_id.

with

printed as (

    select
        rows.load_id,
        rows.entry_number,
        rows.refund_number,
        rows.refund_amount_usd,
        rows.interest_amount_usd
    from ace.es022_entries as rows
    where rows.refund_number is not null

    union all

    select
        rows.load_id,
        rows.entry_number,
        rows.refund_number,
        rows.refund_amount_usd,
        rows.interest_amount_usd
    from ace.rev615_refund_entries as rows

),

refund_sums as (

    select
        load_id,
        refund_number,
        sum(refund_amount_usd) as refund_usd,
        sum(interest_amount_usd) as interest_usd
    from printed
    group by load_id, refund_number
    having count(*) = count(refund_amount_usd)
       and count(*) = count(interest_amount_usd)

),

refund_votes as (

    select
        sums.load_id,
        count(*) filter (where sums.refund_usd + sums.interest_usd = refunds.rev603_usd) as principal_only_count,
        count(*) filter (where sums.refund_usd = refunds.rev603_usd) as includes_interest_count
    from refund_sums as sums
    join entries.reported_refunds as refunds
        on sums.refund_number = refunds.refund_number
    -- without interest both readings are one; a diverted total may be short of the offset
    where sums.interest_usd <> 0
      and not refunds.is_said_diverted
    group by sums.load_id

),

entry_sums as (

    select
        load_id,
        entry_number,
        sum(refund_amount_usd) as refund_usd,
        sum(interest_amount_usd) as interest_usd
    from printed
    group by load_id, entry_number
    having count(*) = count(refund_amount_usd)
       and count(*) = count(interest_amount_usd)

),

entry_votes as (

    select
        sums.load_id,
        count(*) filter (where sums.refund_usd = amounts.ieepa_low_usd) as principal_only_count,
        count(*) filter (where sums.refund_usd - sums.interest_usd = amounts.ieepa_low_usd) as includes_interest_count
    from entry_sums as sums
    join lines.entry_amounts as amounts
        on sums.entry_number = amounts.entry_number
    where sums.interest_usd <> 0
      and amounts.ieepa_low_usd = amounts.ieepa_high_usd
      and amounts.ieepa_low_usd <> 0
    group by sums.load_id

),

votes as (

    select
        loads.load_id,
        loads.report_code,
        coalesce(refund_votes.principal_only_count, 0) as refunds_principal_only_count,
        coalesce(refund_votes.includes_interest_count, 0) as refunds_with_interest_count,
        coalesce(entry_votes.principal_only_count, 0) as entries_principal_only_count,
        coalesce(entry_votes.includes_interest_count, 0) as entries_with_interest_count
    from ace.readable_loads as loads
    left join refund_votes
        on loads.load_id = refund_votes.load_id
    left join entry_votes
        on loads.load_id = entry_votes.load_id
    where loads.report_code in ('ES-022', 'REV-615')

),

verdicts as (

    select
        load_id,
        report_code,
        refunds_principal_only_count,
        refunds_with_interest_count,
        entries_principal_only_count,
        entries_with_interest_count,
        case
            when refunds_principal_only_count + refunds_with_interest_count = 0 then 'silent'
            when refunds_principal_only_count >= 9 * refunds_with_interest_count then 'principal_only'
            when refunds_with_interest_count >= 9 * refunds_principal_only_count then 'includes_interest'
            else 'undecidable'
        end as refund_verdict,
        case
            when entries_principal_only_count + entries_with_interest_count = 0 then 'silent'
            when entries_principal_only_count >= 9 * entries_with_interest_count then 'principal_only'
            when entries_with_interest_count >= 9 * entries_principal_only_count then 'includes_interest'
            else 'undecidable'
        end as entry_verdict
    from votes

),

read as (

    select
        load_id,
        report_code,
        case
            when refund_verdict = 'silent' and entry_verdict = 'silent' then 'assumed_principal_only'
            when refund_verdict = 'silent' then entry_verdict
            when entry_verdict in ('silent', refund_verdict) then refund_verdict
            else 'undecidable'
        end as refund_amount_basis,
        refunds_principal_only_count,
        refunds_with_interest_count,
        entries_principal_only_count,
        entries_with_interest_count
    from verdicts

)

select
    load_id,
    report_code,
    refund_amount_basis,
    cast(refunds_principal_only_count as integer) as refunds_principal_only_count,
    cast(refunds_with_interest_count as integer) as refunds_with_interest_count,
    cast(entries_principal_only_count as integer) as entries_principal_only_count,
    cast(entries_with_interest_count as integer) as entries_with_interest_count,
    case refund_amount_basis
        when 'principal_only' then 'Refund Amount is principal: interest stands beside it'
        when 'includes_interest' then 'Refund Amount holds the interest too: the principal is what is left without it'
        when 'assumed_principal_only'
            then 'neither REV-603 nor a baseline tells: taken as principal, as CBP describes the report'
        else 'Refund Amount is principal for some refunds or entries and holds interest for others: the principal of'
            || ' this file is unknown; run the report again and ask CBP which it is'
    end as basis_finding
from read
