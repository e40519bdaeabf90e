-- The deposits an entry's interest runs on add up to its certain principal.
select
    facts.entry_number,
    facts.refund_principal_usd,
    sum(terms.principal_usd) as deposits_usd
from entries.case_facts as facts
left join refunds.deposit_terms as terms
    on facts.entry_number = terms.entry_number
where facts.refund_principal_usd > 0
group by facts.entry_number, facts.refund_principal_usd
having facts.refund_principal_usd is distinct from sum(terms.principal_usd)
