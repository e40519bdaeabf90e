-- The rules that keep entries off a declaration, the message CBP has for it, and where the rule comes from; an entry stands under each rule it does not meet.
-- Entries of the same outcomes are counted as one case: there are few of them, however many entries there are.
with cases as (
    select columns(outcomes.* exclude (entry_number, partition_month)), eligibility.blocking_rules, count(*) as entry_count
    from entries.rule_outcomes as outcomes
    join entries.eligibility as eligibility on outcomes.entry_number = eligibility.entry_number
    where len(eligibility.blocking_rules) > 0
    group by all
),
told as (
    unpivot cases on columns(* exclude (blocking_rules, entry_count)) into name rule_column value outcome
),
unmet as (
    select upper(replace(rule_column, '_', '-')) as rule_id, outcome, sum(entry_count) as entry_count
    from told
    where list_contains(blocking_rules, upper(replace(rule_column, '_', '-'))) and outcome <> 'pass'
    group by rule_id, outcome
)
select
    unmet.rule_id,
    min(rules.title) as title,
    min(rules.cbp_message) as cbp_message,
    coalesce(sum(unmet.entry_count) filter (where unmet.outcome = 'fail'), 0) as failed_entry_count,
    coalesce(sum(unmet.entry_count) filter (where unmet.outcome = 'unknown'), 0) as unknown_entry_count,
    min(sources.title) as source_title,
    min(sources.address) as source_address
from unmet
join registry.cape_rules as rules on unmet.rule_id = rules.rule_id and rules.withdrawn_date is null
left join registry.sources as sources on rules.source = sources.source
group by unmet.rule_id, rules.source
order by failed_entry_count desc, unmet.rule_id, rules.source
