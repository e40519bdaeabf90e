-- How does the duty of a line with several chapter 99 rows split, row by row?

select
    contributions.entry_number,
    contributions.line_number,
    contributions.tariff_ordinal,
    contributions.heading,
    contributions.duty_bucket,
    contributions.programme,
    contributions.registry_rate,
    contributions.duty_usd,
    contributions.ieepa_low_usd,
    contributions.ieepa_high_usd,
    contributions.contribution_reason
from lines.row_contributions as contributions
join lines.duty_splits as splits
    on contributions.entry_number = splits.entry_number
   and contributions.line_number = splits.line_number
where splits.ieepa_high_usd > 0
  and splits.section_232_usd + splits.section_301_usd + splits.section_201_usd + splits.other_chapter99_usd > 0
order by contributions.entry_number, contributions.line_number, contributions.tariff_ordinal
