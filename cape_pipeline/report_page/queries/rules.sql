-- The rules that keep entries off a declaration, the message CBP has for it, and where the rule comes from; an entry stands under each rule it does not meet.
with unmet as (
    select findings.rule_id, findings.source, findings.outcome, findings.entry_number
    from entries.eligibility_findings as findings
    join entries.eligibility as eligibility on findings.entry_number = eligibility.entry_number
    where list_contains(eligibility.blocking_rules, findings.rule_id) and findings.outcome <> 'pass'
)
select
    unmet.rule_id,
    min(rules.title) as title,
    min(rules.cbp_message) as cbp_message,
    count(distinct unmet.entry_number) filter (where unmet.outcome = 'fail') as failed_entry_count,
    count(distinct unmet.entry_number) filter (where unmet.outcome = 'unknown') as unknown_entry_count,
    min(sources.title) as source_title,
    min(sources.address) as source_address
from unmet
left join registry.cape_rules as rules on unmet.rule_id = rules.rule_id and rules.withdrawn_date is null
left join registry.sources as sources on unmet.source = sources.source
group by unmet.rule_id, unmet.source
order by failed_entry_count desc, unmet.rule_id, unmet.source
