-- Every line at the bank stands here once; what is explained and what is not sum to the credits of CBP, and no other line
-- is in either.
select
    coalesce(lines.credit_key, credits.credit_key) as credit_key,
    lines.credit_key is null as is_missing_at_the_bank,
    credits.credit_key is null as is_unaccounted_for,
    credits.credit_finding,
    credits.credit_total_usd,
    credits.explained_usd,
    credits.unexplained_usd
from entries.bank_credits as lines
full join payments.bank_credits as credits
    on lines.credit_key = credits.credit_key
where credits.credit_key is null
   or lines.credit_key is null
   or credits.credit_total_usd <> lines.amount_usd * lines.credit_count
   or credits.explained_usd + credits.unexplained_usd
    <> if(credits.credit_finding in ('not_cbp', 'other_debit'), 0, credits.credit_total_usd)
