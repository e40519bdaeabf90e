-- Every credit and debit at the bank as of the day, once however many files repeat it: of equal lines there are as many
-- as in the one file that has most of them.
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
        count(*) as credit_count
    from ace.bank_deposits as deposits
    join ace.readable_loads as loads
        on deposits.load_id = loads.load_id
    cross join registry.as_of as day
    where deposits.value_date <= day.as_of_date
    group by all

)

select
    concat_ws('|', account_last_four, strftime(value_date, '%Y-%m-%d'), cast(amount_usd as varchar), trace_key)
        as credit_key,
    value_date,
    amount_usd,
    nullif(account_last_four, '') as account_last_four,
    nullif(trace_key, '') as trace_key,
    max(description) as description,
    max(description) is null
    or regexp_matches(upper(max(description)), 'CBP|CUSTOMS|CAPE|IEEPA|US TREAS|TREASURY') as is_cbp,
    cast(max(credit_count) as integer) as credit_count
from in_each_file
group by value_date, amount_usd, account_last_four, trace_key
