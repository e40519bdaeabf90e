-- From which file and row, under which heading and which source, does each IEEPA duty row come?

select
    lines.entry_number,
    lines.line_number,
    lines.tariff_ordinal,
    lines.heading,
    lines.duty_usd,
    loads.file_name,
    lines.source_row,
    lines.rule_source,
    sources.title as source_title,
    lines.rule_locator,
    lines.registry_version
from lines.classified_lines as lines
join ace.loads as loads
    on lines.load_id = loads.load_id
left join registry.sources as sources
    on lines.rule_source = sources.source
where lines.is_ieepa_duty
order by lines.entry_number, lines.line_number, lines.tariff_ordinal
