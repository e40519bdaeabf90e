-- Which bank line can pay which refund. By the trace number where a refund names that of a line. What no trace ties is
-- sought by money (the total less the bills that name the refund) and days, from the day before the refund date to 14 days after it, in this bounded way: one credit of
-- one refund; two credits that are its principal and interest; the credits of one day for a refund above 99,999,999.99,
-- the most one ACH credit can hold; one credit of all refunds of a payee and refund date, or of two refunds of a payee
-- at most three days apart (only where a payee has no more than 40 refunds of a date). Found is only what is the one
-- possibility for every refund and every credit in it; all else is a candidate. Lines of one trace that no refund names
-- count with their sign, as one, where a debit is among them. Other lines than CBP's are tied by trace only.
-- Grain: credit_key, refund_number.

with

refund_traces as (

    select
        refunds.trace_key,
        count(*) as refund_count,
        sum(refunds.rev603_usd - coalesce(offsets.diverted_usd, 0)) as due_usd,
        count(refunds.rev603_usd) as total_count
    from entries.reported_refunds as refunds
    left join entries.refund_offsets as offsets
        on refunds.refund_number = offsets.refund_number
    where refunds.trace_key is not null
    group by refunds.trace_key

),

credit_traces as (

    select
        trace_key,
        sum(amount_usd * credit_count) as amount_usd,
        bool_or(amount_usd < 0) as has_debit,
        max(value_date) as value_date
    from entries.bank_credits
    where trace_key is not null
    group by trace_key

),

by_trace as (

    select
        credits.credit_key,
        refunds.refund_number,
        if(refund_traces.refund_count = 1, 'trace', 'shared_trace') as match_basis,
        refund_traces.refund_count = 1
        or (refund_traces.total_count = refund_traces.refund_count
            and refund_traces.due_usd = credit_traces.amount_usd) as is_certain
    from entries.bank_credits as credits
    join credit_traces
        on credits.trace_key = credit_traces.trace_key
    join refund_traces
        on credits.trace_key = refund_traces.trace_key
    join entries.reported_refunds as refunds
        on credits.trace_key = refunds.trace_key

),

-- what stands alone at the bank: a line, or the lines of a trace that a debit takes back in part
units as (

    select
        credits.credit_key as unit_key,
        credits.value_date,
        credits.amount_usd,
        credits.credit_count,
        credits.trace_key
    from entries.bank_credits as credits
    left join credit_traces
        on credits.trace_key = credit_traces.trace_key
    anti join refund_traces
        on credits.trace_key = refund_traces.trace_key
    where credits.is_cbp
      and credits.amount_usd > 0
      and not coalesce(credit_traces.has_debit, false)

    union all

    select
        'trace ' || credit_traces.trace_key as unit_key,
        credit_traces.value_date,
        credit_traces.amount_usd,
        1 as credit_count,
        credit_traces.trace_key
    from credit_traces
    anti join refund_traces
        on credit_traces.trace_key = refund_traces.trace_key
    semi join (select trace_key from entries.bank_credits group by trace_key having bool_or(is_cbp)) as lines_of_cbp
        on credit_traces.trace_key = lines_of_cbp.trace_key
    where credit_traces.has_debit
      and credit_traces.amount_usd > 0

),

certified as (

    select
        refund_number,
        sum(principal_usd) as principal_usd,
        sum(interest_usd) as interest_usd
    from entries.refunded_entries
    group by refund_number
    having count(*) = count(principal_usd)
       and count(*) = count(interest_usd)

),

-- refunds that no line names, and that were not issued again
open_refunds as (

    select
        refunds.refund_number,
        refunds.payee_key,
        refunds.refund_date,
        refunds.rev603_usd - coalesce(offsets.diverted_usd, 0) as due_usd,
        refunds.trace_key,
        certified.principal_usd,
        certified.interest_usd,
        count(*) over (partition by refunds.payee_key, refunds.refund_date) as refunds_of_date
    from entries.reported_refunds as refunds
    left join certified
        on refunds.refund_number = certified.refund_number
    left join entries.refund_offsets as offsets
        on refunds.refund_number = offsets.refund_number
    anti join credit_traces
        on refunds.trace_key = credit_traces.trace_key
    anti join entries.refund_chains as chains
        on refunds.refund_number = chains.refund_number
    where refunds.rev603_usd - coalesce(offsets.diverted_usd, 0) > 0
      and refunds.refund_date is not null

),

one_credit as (

    select
        'amount' as match_basis,
        [refunds.refund_number] as refund_numbers,
        [units.unit_key] as unit_keys,
        units.credit_count = 1 as is_one_line
    from open_refunds as refunds
    join units
        on refunds.due_usd = units.amount_usd
       and units.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
       and (refunds.trace_key is null or units.trace_key is null)

),

principal_and_interest as (

    select
        'principal_and_interest' as match_basis,
        [refunds.refund_number] as refund_numbers,
        list_sort([principals.unit_key, interests.unit_key]) as unit_keys,
        bool_and(principals.credit_count = 1 and interests.credit_count = 1) as is_one_line
    from open_refunds as refunds
    join units as principals
        on refunds.principal_usd = principals.amount_usd
       and principals.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
       and (refunds.trace_key is null or principals.trace_key is null)
    join units as interests
        on refunds.interest_usd = interests.amount_usd
       and interests.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
       and (refunds.trace_key is null or interests.trace_key is null)
       and principals.unit_key <> interests.unit_key
    where refunds.principal_usd + refunds.interest_usd = refunds.due_usd
    group by all

),

units_of_day as (

    select
        value_date,
        list_sort(list(unit_key)) as unit_keys,
        sum(amount_usd * credit_count) as amount_usd,
        sum(credit_count) as line_count,
        bool_and(trace_key is null) as are_without_trace
    from units
    group by value_date

),

pieces_of_one_day as (

    select
        'pieces_of_one_day' as match_basis,
        [refunds.refund_number] as refund_numbers,
        units_of_day.unit_keys,
        true as is_one_line
    from open_refunds as refunds
    join units_of_day
        on refunds.due_usd = units_of_day.amount_usd
       and units_of_day.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
       and (refunds.trace_key is null or units_of_day.are_without_trace)
    where refunds.due_usd > 99999999.99
      and units_of_day.line_count > 1

),

refunds_of_date as (

    select
        payee_key,
        refund_date,
        list_sort(list(refund_number)) as refund_numbers,
        sum(due_usd) as due_usd,
        bool_and(trace_key is null) as are_without_trace
    from open_refunds
    where payee_key is not null
    group by payee_key, refund_date
    having count(*) > 1

),

payee_and_refund_date as (

    select
        'payee_and_refund_date' as match_basis,
        refunds.refund_numbers,
        [units.unit_key] as unit_keys,
        units.credit_count = 1 as is_one_line
    from refunds_of_date as refunds
    join units
        on refunds.due_usd = units.amount_usd
       and units.value_date between refunds.refund_date - 1 and refunds.refund_date + 14
       and (refunds.are_without_trace or units.trace_key is null)

),

pairs as materialized (

    select
        list_sort([earlier.refund_number, later.refund_number]) as refund_numbers,
        earlier.due_usd + later.due_usd as due_usd,
        earlier.refund_date as first_date,
        later.refund_date as last_date,
        earlier.trace_key is null and later.trace_key is null as are_without_trace
    from open_refunds as earlier
    join open_refunds as later
        on earlier.payee_key = later.payee_key
       and later.refund_date between earlier.refund_date and earlier.refund_date + 3
       and (earlier.refund_date < later.refund_date or earlier.refund_number < later.refund_number)
    where earlier.refunds_of_date <= 40
      and later.refunds_of_date <= 40
      -- these two are all of their date
      and not (earlier.refund_date = later.refund_date and earlier.refunds_of_date = 2)

),

two_refunds as (

    select
        'two_refunds' as match_basis,
        pairs.refund_numbers,
        [units.unit_key] as unit_keys,
        units.credit_count = 1 as is_one_line
    from pairs
    join units
        on pairs.due_usd = units.amount_usd
       and units.value_date between pairs.last_date - 1 and pairs.first_date + 14
       and (pairs.are_without_trace or units.trace_key is null)

),

possibilities as (

    select
        match_basis,
        refund_numbers,
        unit_keys,
        is_one_line,
        match_basis || ' ' || array_to_string(refund_numbers, ' ') || ' ' || array_to_string(unit_keys, ' ')
            as possibility
    from (
        select match_basis, refund_numbers, unit_keys, is_one_line from one_credit
        union all
        select match_basis, refund_numbers, unit_keys, is_one_line from principal_and_interest
        union all
        select match_basis, refund_numbers, unit_keys, is_one_line from pieces_of_one_day
        union all
        select match_basis, refund_numbers, unit_keys, is_one_line from payee_and_refund_date
        union all
        select match_basis, refund_numbers, unit_keys, is_one_line from two_refunds
    ) as found

),

of_refunds as (

    select
        possibility,
        unnest(refund_numbers) as refund_number
    from possibilities

),

of_units as (

    select
        possibility,
        unnest(unit_keys) as unit_key
    from possibilities

),

contested as (

    select possibility
    from of_refunds
    qualify count(*) over (partition by refund_number) > 1

    union

    select possibility
    from of_units
    qualify count(*) over (partition by unit_key) > 1

),

lines_of_units as (

    select
        credits.credit_key,
        units.unit_key
    from entries.bank_credits as credits
    join units
        on credits.credit_key = units.unit_key

    union all

    select
        credits.credit_key,
        units.unit_key
    from entries.bank_credits as credits
    join units
        on 'trace ' || credits.trace_key = units.unit_key

),

by_money as (

    select
        lines_of_units.credit_key,
        of_refunds.refund_number,
        min(possibilities.match_basis) as match_basis,
        bool_and(possibilities.is_one_line and contested.possibility is null) as is_certain
    from possibilities
    join of_refunds
        on possibilities.possibility = of_refunds.possibility
    join of_units
        on possibilities.possibility = of_units.possibility
    join lines_of_units
        on of_units.unit_key = lines_of_units.unit_key
    left join contested
        on possibilities.possibility = contested.possibility
    group by lines_of_units.credit_key, of_refunds.refund_number

)

select
    credit_key,
    refund_number,
    match_basis,
    is_certain
from by_trace

union all

select
    credit_key,
    refund_number,
    match_basis,
    is_certain
from by_money
