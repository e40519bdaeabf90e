-- From which file and row, under which heading and which source, does each IEEPA duty row come?

select
    lines.entry_number,
    lines.line_number,
    lines.tariff_ordinal,
    lines.heading,
    lines.duty_usd,
    loads.file_name,
    lines.source_row,
    decisions.rule_source,
    sources.title as source_title,
    decisions.rule_locator,
    lines.registry_version
from lines.classified_lines as lines
join ace.loads as loads
    on lines.load_id = loads.load_id
left join lines.heading_decisions as decisions
    on lines.heading = decisions.heading
   and lines.law_date is not distinct from decisions.law_date
   and lines.country_of_origin is not distinct from decisions.country_of_origin
left join registry.sources as sources
    on decisions.rule_source = sources.source
where lines.is_ieepa_duty
order by lines.entry_number, lines.line_number, lines.tariff_ordinal
