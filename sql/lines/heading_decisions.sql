-- What the registry says of every tariff number on the day whose law decides and from the origin it was filed with. The
-- heading and the day decide; the origin is only tested. An IEEPA heading is one that stands in
-- registry.ieepa_headings, never one that merely looks like it. Where a reading other than the default is in force, the
-- windows and the range of headings are the ones it states.
-- Grain: decision_key.

with

filed_keys as (

    select distinct
        substr(rows.hts_number, 1, 8) as hts_digits,
        coalesce(law_dates.law_date, rows.entry_date, baselines.entry_date) as law_date,
        rows.country_of_origin
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    join lines.entry_baselines as baselines
        on versions.entry_number = baselines.entry_number
       and versions.version_ordinal = baselines.version_ordinal
    left join lines.law_dates as law_dates
        on rows.entry_number = law_dates.entry_number

),

filed as (

    select
        hts_digits,
        law_date,
        country_of_origin,
        concat_ws(
            '|',
            hts_digits,
            coalesce(strftime(law_date, '%Y-%m-%d'), 'undated'),
            coalesce(country_of_origin, 'unknown')
        ) as decision_key
    from filed_keys

),

left_out as (

    select distinct hts_digits
    from registry.ieepa_windows_in_force
    where not is_taken_for_ieepa

),

ieepa_windows as (

    select
        filed.decision_key,
        windows.programme,
        windows.rate_kind,
        windows.rate,
        windows.floor_rate,
        windows.imposes_duty,
        windows.countries,
        windows.source,
        windows.locator,
        windows.effective_from,
        windows.effective_to,
        filed.law_date between windows.effective_from and windows.effective_to as is_in_window
    from filed
    join registry.ieepa_windows_in_force as windows
        on filed.hts_digits = windows.hts_digits
    where windows.is_taken_for_ieepa
    qualify row_number() over (
        partition by filed.decision_key
        order by
            is_in_window desc nulls last,
            greatest(windows.effective_from - filed.law_date, filed.law_date - windows.effective_to) nulls last,
            windows.effective_from
    ) = 1

),

family_windows as (

    select
        filed.decision_key,
        families.family,
        families.duty_bucket,
        families.source,
        families.locator,
        families.effective_from,
        families.effective_to,
        (families.effective_from is null or filed.law_date >= families.effective_from)
        and (families.effective_to is null or filed.law_date <= families.effective_to) as is_in_window
    from filed
    join registry.chapter99_families as families
        on filed.hts_digits between families.heading_from and families.heading_to
    where families.withdrawn_date is null
      and families.duty_bucket <> 'ieepa'
    qualify row_number() over (
        partition by filed.decision_key
        order by
            cast(families.heading_to as integer) - cast(families.heading_from as integer),
            is_in_window desc nulls last,
            families.pattern
    ) = 1

),

aliased as (

    select
        filed.decision_key,
        filed.hts_digits,
        filed.law_date,
        filed.country_of_origin,
        coalesce(aliases.country_code, filed.country_of_origin) as origin
    from filed
    left join registry.origin_aliases as aliases
        on filed.country_of_origin = aliases.origin_alias
       and aliases.withdrawn_date is null

),

decided as (

    select
        aliased.decision_key,
        aliased.hts_digits,
        aliased.law_date,
        aliased.country_of_origin,
        ieepa.decision_key is not null as is_ieepa_heading,
        case
            when ieepa.decision_key is not null and ieepa.imposes_duty and coalesce(ieepa.is_in_window, true)
                then 'ieepa'
            when ieepa.decision_key is not null then 'ieepa_exempt'
            -- a companion heading outlives IEEPA: outside its IEEPA window nothing on its row is IEEPA
            when family.duty_bucket = 'ieepa_exempt' or left_out.hts_digits is not null then 'other_chapter_99'
            when family.duty_bucket is not null then family.duty_bucket
            when substr(aliased.hts_digits, 1, 2) = '99' then 'unknown_chapter_99'
            when substr(aliased.hts_digits, 1, 2) = '98' then 'chapter_98'
            else 'column_1'
        end as duty_bucket,
        coalesce(ieepa.programme, family.family) as programme,
        ieepa.rate_kind,
        if(ieepa.is_in_window, ieepa.rate, null) as registry_rate,
        if(ieepa.is_in_window, ieepa.floor_rate, null) as floor_rate,
        coalesce(ieepa.is_in_window, family.is_in_window, true) as is_in_window,
        aliased.law_date is not null as is_dated,
        ieepa.countries is null
        or list_contains(ieepa.countries, 'ALL')
        or aliased.origin is null
        or list_contains(ieepa.countries, aliased.origin) as is_origin_right,
        coalesce(ieepa.source, family.source) as rule_source,
        coalesce(ieepa.locator, family.locator) as rule_locator,
        coalesce(ieepa.effective_from, family.effective_from) as effective_from,
        coalesce(ieepa.effective_to, family.effective_to) as effective_to
    from aliased
    left join ieepa_windows as ieepa
        on aliased.decision_key = ieepa.decision_key
       and (ieepa.rate_kind <> 'zero_exempt_companion' or coalesce(ieepa.is_in_window, true))
    left join family_windows as family
        on aliased.decision_key = family.decision_key
    left join left_out
        on aliased.hts_digits = left_out.hts_digits

)

select
    decision_key,
    partition_month_of(law_date) as partition_month,
    law_date,
    country_of_origin,
    concat_ws('.', substr(hts_digits, 1, 4), substr(hts_digits, 5, 2), substr(hts_digits, 7, 2)) as heading,
    duty_bucket,
    programme,
    rate_kind,
    registry_rate,
    floor_rate,
    not is_ieepa_heading
    or (duty_bucket = 'ieepa' and is_dated and is_origin_right) as counts_as_certain,
    list_filter(
        [
            if(not is_dated and is_ieepa_heading, 'ENTRY-DATE-ABSENT', null),
            if(is_dated and not is_in_window, 'OUTSIDE-WINDOW', null),
            if(not is_origin_right, 'WRONG-ORIGIN', null),
            if(
                rate_kind = 'ad_valorem_add_superseded_retro' and registry_rate is not null,
                'SUPERSEDED-RETROACTIVE',
                null
            ),
            if(duty_bucket = 'unknown_chapter_99', 'UNKNOWN-HEADING', null)
        ],
        lambda code: code is not null
    ) as anomaly_codes,
    rule_source,
    rule_locator,
    effective_from,
    effective_to,
    $registry_version as registry_version
from decided
