-- Every credit and debit at the bank as of the day, once however many files repeat it: of equal lines there are as many
-- as in the one file that has most of them. The settings say by which words a line is CBP's or Treasury's.
-- Grain: credit_key.

with

in_each_file as (

    select
        deposits.load_id,
        deposits.value_date,
        deposits.amount_usd,
        coalesce(deposits.account_last_four, '') as account_last_four,
        coalesce(ltrim(regexp_replace(upper(deposits.trace_number), '[^A-Z0-9]', '', 'g'), '0'), '') as trace_key,
        max(deposits.description) as description,
        count(*) as credit_count,
        min(deposits.source_row) as source_row
    from ace.bank_deposits as deposits
    join ace.readable_loads as loads
        on deposits.load_id = loads.load_id
    cross join registry.as_of as day
    where deposits.value_date <= day.as_of_date
    group by all

),

lines as (

    select
        value_date,
        amount_usd,
        account_last_four,
        trace_key,
        max(description) as description,
        max(credit_count) as credit_count,
        min(load_id) as load_id,
        arg_min(source_row, load_id) as source_row
    from in_each_file
    group by value_date, amount_usd, account_last_four, trace_key

),

-- the lines of one trace come from one payer, whatever the bank calls a return
payers as (

    select
        lines.trace_key,
        bool_or(coalesce(regexp_matches(upper(lines.description), originators.originator_pattern), true)) as is_cbp
    from lines
    cross join registry.bank_originators as originators
    where lines.trace_key <> ''
    group by lines.trace_key

)

select
    concat_ws(
        '|',
        lines.account_last_four,
        strftime(lines.value_date, '%Y-%m-%d'),
        cast(lines.amount_usd as varchar),
        lines.trace_key
    ) as credit_key,
    lines.value_date,
    lines.amount_usd,
    nullif(lines.account_last_four, '') as account_last_four,
    nullif(lines.trace_key, '') as trace_key,
    lines.description,
    coalesce(
        payers.is_cbp, regexp_matches(upper(lines.description), originators.originator_pattern), true
    ) as is_cbp,
    cast(lines.credit_count as integer) as credit_count,
    lines.load_id,
    lines.source_row
from lines
cross join registry.bank_originators as originators
left join payers
    on lines.trace_key = payers.trace_key
