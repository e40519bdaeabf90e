-- Every tariff row of every entry's baseline: which duty it is, by which rule, and what is odd about it. The amount is
-- the one filed on the row; the registry's rate only tests it.
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
        baselines.importer_number,
        baselines.entry_type_code,
        rows.country_of_origin,
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
        rows.importer_number,
        rows.entry_type_code,
        rows.country_of_origin,
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
            coalesce(strftime(rows.entry_date, '%Y-%m-%d'), 'undated'),
            coalesce(rows.country_of_origin, 'unknown')
        ) = decisions.decision_key
    window line as (partition by rows.entry_number, rows.line_number)

),

tested as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        partition_month,
        entry_month,
        entry_date,
        importer_number,
        entry_type_code,
        country_of_origin,
        hts_number,
        heading,
        goods_value_usd,
        duty_usd,
        line_value_usd,
        heading_count,
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
    entry_number,
    line_number,
    tariff_ordinal,
    partition_month,
    entry_month,
    entry_date,
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
    counts_as_certain and not (rate_deviates and coalesce(entry_type_code = '06', false)) as counts_as_certain,
    rate_kind,
    registry_rate,
    floor_rate,
    expected_duty_usd,
    column_1_rate_filed,
    list_concat(
        if(
            entry_type_code = '06' and (rate_deviates or list_contains(anomaly_codes, 'OUTSIDE-WINDOW')),
            list_append(anomaly_codes, 'PRIVILEGED-FOREIGN-DATE-UNKNOWN'),
            anomaly_codes
        ),
        list_filter(
            [
                if(duty_bucket = 'ieepa_exempt' and duty_usd > 0 and rate_kind = 'suspended',
                    'DUTY-ON-SUSPENDED-HEADING', null),
                if(duty_bucket = 'ieepa_exempt' and duty_usd > 0 and rate_kind <> 'suspended'
                    and not list_contains(anomaly_codes, 'OUTSIDE-WINDOW'),
                    'DUTY-ON-EXEMPT-HEADING', null),
                if(duty_bucket = 'ieepa' and duty_usd <> 0 and coalesce(line_value_usd, 0) = 0,
                    'DUTY-WITHOUT-VALUE', null),
                if(duty_bucket = 'ieepa' and duty_usd is null, 'DUTY-ABSENT', null),
                if(rate_deviates, 'RATE-DEVIATES', null),
                if(duty_bucket = 'ieepa' and heading_count > 1, 'DUPLICATE-HEADING', null)
            ],
            lambda code: code is not null
        )
    ) as anomaly_codes,
    rule_source,
    rule_locator,
    load_id,
    source_row,
    $registry_version as registry_version
from tested
