-- Every tariff row of every entry's baseline: which duty it is, by which rule, and what is odd about it. The amount is
-- the one filed on the row; the registry's rate only tests it. Which duties go together on one line, and which the law
-- keeps apart, stands in registry.stacking_rules; which an agreement exempts, in registry.preference_claims.
-- Grain: entry_number, line_number, tariff_ordinal.

with

baseline_rows as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        baselines.partition_month,
        baselines.entry_month,
        coalesce(rows.entry_date, baselines.entry_date) as entry_date,
        coalesce(law_dates.law_date, rows.entry_date, baselines.entry_date) as law_date,
        -- the law of zone goods is that of a day no report shows
        coalesce(
            baselines.entry_type_code = '06' and law_dates.law_date_basis is distinct from 'privileged_foreign_date',
            false
        ) as is_admission_unknown,
        baselines.importer_number,
        baselines.data_complete,
        rows.country_of_origin,
        coalesce(aliases.country_code, rows.country_of_origin) as origin,
        upper(trim(rows.line_spi_code)) as spi_code,
        rows.hts_number,
        substr(rows.hts_number, 1, 2) < '98' as is_commodity,
        rows.goods_value_usd,
        rows.duty_usd,
        -- under the KORUS preference the printed general rate is not the column 1 rate that applied
        if(starts_with(upper(rows.line_spi_code), 'KR'), null, rows.column_1_rate_filed) as column_1_rate_filed,
        rows.load_id,
        rows.source_row
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    join lines.entry_baselines as baselines
        on versions.entry_number = baselines.entry_number
       and versions.version_ordinal = baselines.version_ordinal
    left join lines.law_dates as law_dates
        on rows.entry_number = law_dates.entry_number
    left join registry.origin_aliases as aliases
        on rows.country_of_origin = aliases.origin_alias
       and aliases.withdrawn_date is null
    where list_contains($months, baselines.partition_month)
    qualify row_number() over (
        partition by rows.entry_number, rows.line_number, rows.tariff_ordinal
        order by versions.load_number desc, rows.source_row desc
    ) = 1

),

valued as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.partition_month,
        rows.entry_month,
        rows.entry_date,
        rows.law_date,
        rows.is_admission_unknown,
        rows.importer_number,
        rows.data_complete,
        rows.country_of_origin,
        rows.origin,
        rows.spi_code,
        rows.hts_number,
        decisions.heading,
        rows.goods_value_usd,
        rows.duty_usd,
        -- the entered value stands on the rows of chapters 1 to 97; it is looked for elsewhere where those have none,
        -- and unknown where only some of them state it
        cast(
            case
                when coalesce(max(if(rows.is_commodity, rows.goods_value_usd, null)) over line, 0) <= 0
                    then sum(rows.goods_value_usd) over line
                when not bool_or(rows.is_commodity and rows.goods_value_usd is null) over line
                    then sum(if(rows.is_commodity, rows.goods_value_usd, null)) over line
            end as decimal(18, 2)
        ) as line_value_usd,
        bool_or(substr(rows.hts_number, 1, 2) = '98') over line as has_chapter_98,
        count(*) over (partition by rows.entry_number, rows.line_number, decisions.heading) as heading_count,
        decisions.programme,
        decisions.duty_bucket,
        coalesce(rows.duty_usd <> 0, false) as has_duty,
        -- of these one applies to a value
        has_duty and decisions.duty_bucket = 'ieepa' and decisions.programme = 'reciprocal' as is_reciprocal_duty,
        decisions.counts_as_certain,
        decisions.rate_kind,
        decisions.registry_rate,
        decisions.floor_rate,
        rows.column_1_rate_filed,
        decisions.anomaly_codes,
        decisions.rule_source,
        decisions.rule_locator,
        rows.load_id,
        rows.source_row
    from baseline_rows as rows
    join lines.heading_decisions as decisions
        on concat_ws(
            '|',
            substr(rows.hts_number, 1, 8),
            coalesce(strftime(rows.law_date, '%Y-%m-%d'), 'undated'),
            coalesce(rows.country_of_origin, 'unknown')
        ) = decisions.decision_key
    window line as (partition by rows.entry_number, rows.line_number)

),

programmes_of_headings as (

    select distinct
        heading,
        programme
    from registry.ieepa_headings
    where withdrawn_date is null

),

stacks as (

    select
        rows.entry_number,
        rows.line_number,
        -- a heading that a policy does not take for IEEPA is company to others, and yields to none
        coalesce(list_distinct(list(coalesce(rows.programme, headings.programme))), []) as programmes,
        coalesce(list_distinct(list(rows.programme) filter (where rows.has_duty)), []) as paid_programmes,
        coalesce(list_distinct(list(rows.spi_code)), []) as spi_codes,
        count(distinct rows.heading) filter (where rows.is_reciprocal_duty) as reciprocal_duty_count
    from valued as rows
    left join programmes_of_headings as headings
        on rows.heading = headings.heading
    group by all

),

line_findings as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        if(rules.kind = 'needs', 'COMPANION-HEADING-MISSING', 'EXCLUDED-STACK') as anomaly_code
    from valued as rows
    join stacks
        on rows.entry_number = stacks.entry_number
       and rows.line_number = stacks.line_number
    join registry.stacking_rules as rules
        on rows.programme = rules.programme
       and rows.law_date between rules.effective_from and rules.effective_to
    where rows.has_duty
      and rules.withdrawn_date is null
      and list_has_any(rules.countries, ['ALL', rows.origin])
      and not coalesce(list_contains(rules.countries_excepted, rows.origin), false)
      -- a row that could not be used may be the one that is missed
      and if(
            rules.kind = 'needs',
            rows.data_complete and not list_has_any(stacks.programmes, rules.beside),
            list_has_any(stacks.paid_programmes, rules.beside)
          )

    union all

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        'PREFERENCE-CLAIM' as anomaly_code
    from valued as rows
    join stacks
        on rows.entry_number = stacks.entry_number
       and rows.line_number = stacks.line_number
    join registry.preference_claims as claims
        on rows.programme = claims.programme
       and list_contains(stacks.spi_codes, claims.spi_code)
       and rows.law_date between claims.effective_from and claims.effective_to
    where rows.has_duty
      and claims.withdrawn_date is null
      and list_contains(claims.countries, rows.origin)
      -- a claim that changes column 1 bears on the heading that holds column 1 duty, and on no other
      and (claims.claim_effect <> 'lowers_column_1' or rows.heading = claims.pattern)

    union all

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        'DUPLICATE-HEADING' as anomaly_code
    from valued as rows
    join stacks
        on rows.entry_number = stacks.entry_number
       and rows.line_number = stacks.line_number
    where (rows.duty_bucket in ('ieepa', 'ieepa_exempt') and rows.heading_count > 1)
       or (rows.is_reciprocal_duty and stacks.reciprocal_duty_count > 1)

),

found_on_line as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        list_sort(list(distinct anomaly_code)) as anomaly_codes
    from line_findings
    group by all

),

tested as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        partition_month,
        entry_month,
        entry_date,
        law_date,
        is_admission_unknown,
        importer_number,
        country_of_origin,
        hts_number,
        heading,
        goods_value_usd,
        duty_usd,
        line_value_usd,
        programme,
        duty_bucket,
        counts_as_certain,
        rate_kind,
        registry_rate,
        floor_rate,
        -- on a line with a chapter 98 row the duty is reckoned on a value that the line does not state
        case
            when registry_rate = 0 then cast(0 as decimal(18, 2))
            when line_value_usd > 0 and not has_chapter_98 then cents(line_value_usd, registry_rate)
        end as expected_duty_usd,
        coalesce(
            duty_bucket = 'ieepa'
            and duty_usd <> 0
            and abs(duty_usd - expected_duty_usd) > greatest(expected_duty_usd * 0.005, 0.01),
            false
        ) as rate_deviates,
        column_1_rate_filed,
        anomaly_codes,
        rule_source,
        rule_locator,
        load_id,
        source_row
    from valued

)

select
    tested.entry_number,
    tested.line_number,
    tested.tariff_ordinal,
    partition_month,
    entry_month,
    entry_date,
    law_date,
    importer_number,
    country_of_origin,
    hts_number,
    heading,
    goods_value_usd,
    duty_usd,
    line_value_usd,
    programme,
    duty_bucket,
    duty_bucket = 'ieepa' and coalesce(duty_usd, 0) <> 0 as is_ieepa_duty,
    -- a rate that does not fit tells of a zone entry whose law is that of its privileged foreign date
    counts_as_certain and not (rate_deviates and is_admission_unknown) as counts_as_certain,
    rate_kind,
    registry_rate,
    floor_rate,
    expected_duty_usd,
    column_1_rate_filed,
    list_concat(
        if(
            is_admission_unknown and (rate_deviates or list_contains(tested.anomaly_codes, 'OUTSIDE-WINDOW')),
            list_append(tested.anomaly_codes, 'PRIVILEGED-FOREIGN-DATE-UNKNOWN'),
            tested.anomaly_codes
        ),
        list_filter(
            [
                if(duty_bucket = 'ieepa_exempt' and duty_usd <> 0
                    and not list_contains(tested.anomaly_codes, 'OUTSIDE-WINDOW'),
                    if(rate_kind = 'suspended', 'DUTY-ON-SUSPENDED-HEADING', 'DUTY-ON-EXEMPT-HEADING'), null),
                if(duty_bucket = 'ieepa' and duty_usd <> 0 and coalesce(line_value_usd, 0) = 0,
                    'DUTY-WITHOUT-VALUE', null),
                if(duty_bucket = 'ieepa' and duty_usd is null, 'DUTY-ABSENT', null),
                if(rate_deviates, 'RATE-DEVIATES', null)
            ],
            lambda code: code is not null
        ),
        coalesce(found_on_line.anomaly_codes, [])
    ) as anomaly_codes,
    rule_source,
    rule_locator,
    load_id,
    source_row,
    $registry_version as registry_version
from tested
left join found_on_line
    on tested.entry_number = found_on_line.entry_number
   and tested.line_number = found_on_line.line_number
   and tested.tariff_ordinal = found_on_line.tariff_ordinal
