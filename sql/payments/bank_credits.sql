-- Every line at the bank, accounted for: what of it pays refunds, and what is not explained. A line that no refund is
-- known to be is listed with the refunds it could be, by trace, money and days or, where nothing fits, by the same amount
-- on any day. Lines that are not CBP's, and debits that take back no credit, are no credits of CBP: they explain nothing
-- and leave nothing unexplained.
-- Grain: credit_key.

with

matched as (

    select
        credit_key,
        bool_or(is_certain) as is_certain,
        min(match_basis) as match_basis,
        list_sort(list(refund_number)) as refund_numbers
    from entries.credit_matches
    group by credit_key

),

-- how many lines pay the refunds a line pays
lines_of_refunds as (

    select
        mine.credit_key,
        count(distinct others.credit_key) as line_count
    from entries.credit_matches as mine
    join entries.credit_matches as others
        on mine.refund_number = others.refund_number
    where mine.is_certain
      and others.is_certain
    group by mine.credit_key

),

traces as (

    select
        trace_key,
        sum(amount_usd * credit_count) as amount_usd,
        bool_or(amount_usd < 0) as has_debit,
        bool_or(amount_usd > 0) as has_credit
    from entries.bank_credits
    where trace_key is not null
    group by trace_key

),

same_amount as (

    select
        credits.credit_key,
        list_sort(list(cash.refund_number)) as refund_numbers
    from entries.bank_credits as credits
    join entries.refund_cash as cash
        on credits.amount_usd = cash.rev603_usd
    anti join entries.credit_matches as matches
        on credits.credit_key = matches.credit_key
    where credits.is_cbp
      and cash.deposited_usd is null
      and cash.reissued_as is null
    group by credits.credit_key

),

found as (

    select
        credits.credit_key,
        credits.value_date,
        credits.account_last_four,
        credits.trace_key,
        credits.description,
        credits.amount_usd,
        credits.credit_count,
        cast(credits.amount_usd * credits.credit_count as decimal(18, 2)) as credit_total_usd,
        matched.match_basis,
        if(matched.is_certain, matched.refund_numbers, []) as refund_numbers,
        case
            when matched.credit_key is not null and not matched.is_certain then matched.refund_numbers
            when matched.credit_key is null then coalesce(same_amount.refund_numbers, [])
            else []
        end as candidate_refunds,
        case
            when traces.has_debit and traces.has_credit and traces.amount_usd = 0
                and (matched.is_certain or credits.is_cbp)
                then 'reversed'
            when matched.credit_key is not null and not matched.is_certain then 'ambiguous'
            when len(matched.refund_numbers) > 1 then 'several_refunds'
            when lines_of_refunds.line_count > 1 or (matched.is_certain and credits.credit_count > 1)
                then 'part_of_refund'
            when matched.is_certain then 'one_refund'
            when not credits.is_cbp then 'not_cbp'
            when credits.amount_usd < 0 and not coalesce(traces.has_credit, false) then 'other_debit'
            else 'unmatched'
        end as credit_finding,
        credits.load_id,
        credits.source_row
    from entries.bank_credits as credits
    left join matched
        on credits.credit_key = matched.credit_key
    left join lines_of_refunds
        on credits.credit_key = lines_of_refunds.credit_key
    left join traces
        on credits.trace_key = traces.trace_key
    left join same_amount
        on credits.credit_key = same_amount.credit_key

),

split as (

    select
        credit_key,
        case
            when credit_finding in ('one_refund', 'part_of_refund', 'several_refunds', 'reversed') then credit_total_usd
            else 0
        end as explained_usd,
        if(credit_finding in ('ambiguous', 'unmatched'), credit_total_usd, 0) as unexplained_usd
    from found

)

select
    found.credit_key,
    found.value_date,
    found.account_last_four,
    found.trace_key,
    found.description,
    found.amount_usd,
    found.credit_count,
    found.credit_total_usd,
    cast(split.explained_usd as decimal(18, 2)) as explained_usd,
    cast(split.unexplained_usd as decimal(18, 2)) as unexplained_usd,
    found.credit_finding,
    if(found.credit_finding in ('one_refund', 'part_of_refund', 'several_refunds'), found.match_basis, null)
        as match_basis,
    found.refund_numbers,
    found.candidate_refunds,
    found.load_id,
    found.source_row,
    day.as_of_date
from found
join split
    on found.credit_key = split.credit_key
cross join registry.as_of as day
