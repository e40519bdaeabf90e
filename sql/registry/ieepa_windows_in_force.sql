-- The windows of the IEEPA headings as the readings in force state them: their days, and whether the heading is taken
-- for IEEPA at all. By the defaults these are the windows of registry.ieepa_headings.
-- Grain: heading, registry_effective_from.

select
    headings.heading,
    replace(headings.heading, '.', '') as hts_digits,
    headings.effective_from as registry_effective_from,
    if(
        headings.effective_from = policies.default_ieepa_first_day, policies.ieepa_first_day, headings.effective_from
    ) as effective_from,
    if(
        headings.effective_to = policies.default_ieepa_last_day,
        policies.ieepa_last_day,
        least(headings.effective_to, policies.ieepa_last_day)
    ) as effective_to,
    hts_digits between policies.first_ieepa_heading and policies.last_ieepa_heading as is_taken_for_ieepa,
    headings.programme,
    headings.rate_kind,
    headings.rate,
    cast(
        nullif(regexp_extract(headings.rate_text, '^max\((0\.[0-9]+)-column1,0\)$', 1), '') as decimal(9, 6)
    ) as floor_rate,
    headings.imposes_duty,
    headings.countries,
    headings.source,
    headings.locator
from registry.ieepa_headings as headings
cross join registry.policies_in_force as policies
where headings.withdrawn_date is null
