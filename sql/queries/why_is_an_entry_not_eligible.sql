-- Why does CAPE not take an entry today? Every rule that an entry does not pass, with CBP's words where it has some.

select
    eligibility.entry_number,
    eligibility.cape_status,
    eligibility.recommended_path,
    eligibility.path_reason,
    findings.rule_id,
    findings.outcome,
    findings.message,
    sources.title as source_title
from entries.eligibility as eligibility
join entries.eligibility_findings as findings
    on eligibility.entry_number = findings.entry_number
left join registry.sources as sources
    on findings.source = sources.source
where eligibility.cape_status in ('ineligible', 'review')
  and findings.outcome <> 'pass'
order by eligibility.open_principal_usd desc nulls last, eligibility.entry_number, findings.rule_id
